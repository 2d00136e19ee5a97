// The caller's own API keys (app-services.md §2.10).
#ifndef LATCHKEY_SERVER_APP_SERVICES_API_KEY_ENDPOINTS_H_
#define LATCHKEY_SERVER_APP_SERVICES_API_KEY_ENDPOINTS_H_

#include "absl/status/status.h"
#include "server/app_services/bearer.h"
#include "server/app_services/exchange.h"
#include "server/app_services/route_table.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// ApiKeyEndpoints translates to UserApiKeyService. The bearer is the refresh
// token. Thread-safe; outlives the table's use.
class ApiKeyEndpoints final {
 public:
  struct Deps {  // borrowed
    const Bearer* bearer;
    const MethodTable* methods;  // with the rows of UserApiKeyService
  };
  explicit ApiKeyEndpoints(Deps deps) : deps_(deps) {}
  void AddTo(RouteTable* table);

 private:
  using Member = absl::Status (ApiKeyEndpoints::*)(Exchange*);
  void Add(const char* method, const char* pattern, Member work,
           RouteTable* table);

  absl::Status Create(Exchange* exchange);
  absl::Status List(Exchange* exchange);
  absl::Status Get(Exchange* exchange);
  absl::Status Delete(Exchange* exchange);
  absl::Status Enable(Exchange* exchange);
  absl::Status Disable(Exchange* exchange);

  // Run calls the RPC `name` for the key in the path.
  template <typename Response, typename Request>
  absl::Status Run(const char* name, Request request, Exchange* exchange,
                   Response* response);

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_API_KEY_ENDPOINTS_H_
