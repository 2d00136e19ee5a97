// What is not about one user's account: location, functions, and verification
// for other services (app-services.md §2.3, §2.11, §2.12).
#ifndef LATCHKEY_SERVER_APP_SERVICES_SERVICE_ENDPOINTS_H_
#define LATCHKEY_SERVER_APP_SERVICES_SERVICE_ENDPOINTS_H_

#include <string>

#include "absl/status/status.h"
#include "server/app_services/bearer.h"
#include "server/app_services/exchange.h"
#include "server/app_services/route_table.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// ServiceEndpoints: thread-safe; outlives the table's use.
class ServiceEndpoints final {
 public:
  struct Deps {  // borrowed
    const Bearer* bearer;
    const MethodTable* methods;  // with AuthService/Verify
  };
  explicit ServiceEndpoints(Deps deps) : deps_(deps) {}
  void AddTo(RouteTable* table);

 private:
  using Member = absl::Status (ServiceEndpoints::*)(Exchange*);
  void Add(const char* method, const char* pattern, Member prepare,
           RouteTable* table);

  absl::Status Location(Exchange* exchange);
  absl::Status CallFunction(Exchange* exchange);
  // An access token as bearer decides alone; otherwise, where the path names an
  // app, the header `jwtTokenString` or `apiKey`.
  absl::Status Verify(Exchange* exchange);
  absl::Status VerifyForeign(const std::string& token, Exchange* exchange);

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_SERVICE_ENDPOINTS_H_
