// Profile, sessions and the own account (app-services.md §2.5-2.8).
#ifndef LATCHKEY_SERVER_APP_SERVICES_SESSION_ENDPOINTS_H_
#define LATCHKEY_SERVER_APP_SERVICES_SESSION_ENDPOINTS_H_

#include "absl/status/status.h"
#include "core/login/account_service.h"
#include "core/metrics/metrics.h"
#include "core/session/session_service.h"
#include "server/app_services/bearer.h"
#include "server/app_services/exchange.h"
#include "server/app_services/route_table.h"

namespace latchkey {

// SessionEndpoints: thread-safe; outlives the table's use.
class SessionEndpoints final {
 public:
  struct Deps {  // borrowed
    const Bearer* bearer;
    AccountService* accounts;
    SessionService* sessions;
    Metrics* metrics;
  };
  explicit SessionEndpoints(Deps deps) : deps_(deps) {}
  void AddTo(RouteTable* table);

 private:
  absl::Status Profile(Exchange* exchange);
  absl::Status Delete(Exchange* exchange);
  absl::Status Refresh(Exchange* exchange);
  absl::Status Logout(Exchange* exchange);

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_SESSION_ENDPOINTS_H_
