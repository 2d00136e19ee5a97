// AppServices serves the client API of MongoDB App Services.
#ifndef LATCHKEY_SERVER_APP_SERVICES_APP_SERVICES_H_
#define LATCHKEY_SERVER_APP_SERVICES_APP_SERVICES_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/app/app.h"
#include "core/audit/audit.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/snapshot.h"
#include "core/jwt/key_ring.h"
#include "core/login/account_service.h"
#include "core/login/link_service.h"
#include "core/login/login_service.h"
#include "core/metrics/metrics.h"
#include "core/policy/rate_limiter.h"
#include "core/provider/api_key_service.h"
#include "core/session/access_tokens.h"
#include "core/session/session_service.h"
#include "core/store/store.h"
#include "server/app_services/exchange.h"
#include "server/app_services/route_table.h"
#include "server/http/path_handler.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// AppServices is an adapter like Connect's: it reads paths and bodies, calls
// the handlers and services that do the work for all transports, on the same
// lanes, and writes what those clients understand (docs/app-services.md).
// Thread-safe; never blocks.
class AppServices final : public PathHandler {
 public:
  struct Deps {  // borrowed
    const Snapshot<AppTable>* apps;
    const MethodTable* methods;
    Dispatcher* dispatcher;
    LoginService* logins;
    LinkService* links;
    AccountService* accounts;
    SessionService* sessions;
    const AccessTokens* access_tokens;
    ApiKeyService* api_keys;
    Store* store;
    RateLimiter* lookups;  // of one peer in one app
    Metrics* metrics;
    Clock* clock;
    Random* random;
    const KeyRing* keys;
    AuditSink* audit;
  };
  struct Options {
    std::string issuer;  // base URL of apps that name none
    absl::Duration deadline = absl::Seconds(5);  // of each call
  };
  AppServices(Options options, Deps deps);
  ~AppServices() override;

  bool Serves(absl::string_view path) const override;
  HttpReply TooLarge(const HttpRequest& head, int status) const override;
  void Handle(HttpRequest request,
              std::function<void(HttpReply)> reply) override;

 private:
  class Call;
  struct Endpoints;

  // Begin finds the endpoint and lets it read the request.
  absl::Status Begin(const RouteTable::Match& match, Exchange* exchange) const;
  void FillContext(Exchange* exchange) const;
  absl::Status FindApp(absl::string_view id, Exchange* exchange) const;
  HttpReply Preflight(const RouteTable::Match& match,
                      const Exchange& exchange) const;
  // Finished adds what every reply has.
  HttpReply Finished(const Exchange& exchange, HttpReply reply) const;

  const Options options_;
  const Deps deps_;
  RouteTable routes_;
  const std::unique_ptr<Endpoints> endpoints_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_APP_SERVICES_H_
