// Login and linking, for every provider (app-services.md §2.4).
#ifndef LATCHKEY_SERVER_APP_SERVICES_LOGIN_ENDPOINTS_H_
#define LATCHKEY_SERVER_APP_SERVICES_LOGIN_ENDPOINTS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/login/link_service.h"
#include "core/login/login_service.h"
#include "core/metrics/metrics.h"
#include "core/policy/rate_limiter.h"
#include "core/provider/api_key_service.h"
#include "core/provider/credential.h"
#include "core/session/session_service.h"
#include "server/app_services/bearer.h"
#include "server/app_services/exchange.h"
#include "server/app_services/route_table.h"

namespace latchkey {

// LoginEndpoints: thread-safe; outlives the table's use.
class LoginEndpoints final {
 public:
  struct Deps {  // borrowed
    const Bearer* bearer;
    LoginService* logins;
    LinkService* links;
    SessionService* sessions;
    ApiKeyService* api_keys;
    RateLimiter* lookups;
    Metrics* metrics;
    Clock* clock;
    Random* random;
  };
  explicit LoginEndpoints(Deps deps) : deps_(deps) {}
  void AddTo(RouteTable* table);

 private:
  absl::Status Prepare(Exchange* exchange);
  absl::Status Login(LoginRequest request, Exchange* exchange);
  absl::Status Link(const Credential& credential, Exchange* exchange);
  // Linking the caller's own API key changes nothing and is no mistake.
  // THROTTLED: the answer tells whether a key is right.
  absl::StatusOr<bool> IsOwnApiKey(const Credential& credential,
                                   const Exchange& exchange);

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_LOGIN_ENDPOINTS_H_
