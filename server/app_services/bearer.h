// Who calls: the two kinds of token that clients send as bearer.
#ifndef LATCHKEY_SERVER_APP_SERVICES_BEARER_H_
#define LATCHKEY_SERVER_APP_SERVICES_BEARER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/app/app.h"
#include "core/base/clock.h"
#include "core/base/snapshot.h"
#include "core/session/access_tokens.h"
#include "core/session/session_service.h"
#include "server/app_services/exchange.h"

namespace latchkey {

// Bearer: thread-safe.
class Bearer final {
 public:
  struct Deps {  // borrowed
    const Snapshot<AppTable>* apps;
    const AccessTokens* access_tokens;
    SessionService* sessions;
    Clock* clock;
  };
  explicit Bearer(Deps deps) : deps_(deps) {}

  // Both fill `caller`, `context.caller` and `app`, or refuse; `situation`
  // becomes kAccess or kRefresh. An app in the path must be the token's.
  //
  // TakeAccess does no I/O.
  absl::Status TakeAccess(Exchange* exchange) const;
  // TakeRefresh blocks on the store; the session must not rotate.
  absl::Status TakeRefresh(Exchange* exchange) const;

  // TokenOf reads the header: the view lives as long as the request.
  static absl::Status TokenOf(Exchange* exchange, absl::string_view* token);

 private:
  absl::Status TakeApp(Exchange* exchange) const;

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_BEARER_H_
