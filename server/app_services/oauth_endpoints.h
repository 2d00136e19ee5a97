// Logins and links in a browser, by way of Google, Apple or Facebook
// (app-services.md §2.4; docs/adr/0030-redirect-flow.md).
#ifndef LATCHKEY_SERVER_APP_SERVICES_OAUTH_ENDPOINTS_H_
#define LATCHKEY_SERVER_APP_SERVICES_OAUTH_ENDPOINTS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/app/app.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/snapshot.h"
#include "core/jwt/key_ring.h"
#include "core/login/link_service.h"
#include "core/login/login_service.h"
#include "core/metrics/metrics.h"
#include "core/policy/rate_limiter.h"
#include "core/provider/authorization_endpoint.h"
#include "core/provider/credential.h"
#include "core/session/session_service.h"
#include "server/app_services/bearer.h"
#include "server/app_services/exchange.h"
#include "server/app_services/form_params.h"
#include "server/app_services/redirect_flow.h"
#include "server/app_services/route_table.h"

namespace latchkey {

// OauthEndpoints: thread-safe; outlives the table's use.
class OauthEndpoints final {
 public:
  struct Deps {  // borrowed
    const Bearer* bearer;
    const Snapshot<AppTable>* apps;
    LoginService* logins;
    LinkService* links;
    SessionService* sessions;
    RateLimiter* limiter;  // of one peer in one app
    const KeyRing* keys;
    Metrics* metrics;
    Clock* clock;
    Random* random;
  };
  explicit OauthEndpoints(Deps deps);
  void AddTo(RouteTable* table);

 private:
  // Begin sends the browser to the provider.
  absl::Status Begin(Exchange* exchange);
  absl::Status BeginLink(RedirectFlow flow,
                         const AuthorizationEndpoint& endpoint,
                         Exchange* exchange);
  absl::Status ReadFlow(const FormParams& params, Exchange* exchange,
                        RedirectFlow* flow);
  // SendAway answers with the provider's URL: as a redirect, or in a header for
  // scripts.
  absl::Status SendAway(const AuthorizationEndpoint& endpoint, bool in_header,
                        RedirectFlow* flow, Exchange* exchange);

  // Callback takes the browser back.
  absl::Status Callback(Exchange* exchange);
  // Resume fills the exchange from a flow that came back; from then on what
  // fails is told to the flow's page. `plain_cookie`: the browser showed the
  // cookie that any host of the domain could have set.
  absl::Status Resume(const RedirectFlow& flow, bool plain_cookie,
                      Exchange* exchange,
                      const AuthorizationEndpoint** endpoint);
  absl::Status Admit(const RedirectFlow& flow, const FormParams& params,
                     Exchange* exchange);
  absl::Status Login(const RedirectFlow& flow, Credential credential,
                     Exchange* exchange);
  absl::Status Link(const RedirectFlow& flow, const Credential& credential,
                    Exchange* exchange);

  const Deps deps_;
  RedirectFlows flows_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_OAUTH_ENDPOINTS_H_
