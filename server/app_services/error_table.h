// The one place where a Reason becomes what App Services clients know.
#ifndef LATCHKEY_SERVER_APP_SERVICES_ERROR_TABLE_H_
#define LATCHKEY_SERVER_APP_SERVICES_ERROR_TABLE_H_

#include "absl/status/status.h"
#include "server/app_services/exchange.h"
#include "server/http/http_message.h"

namespace latchkey {

// ErrorFor says how a failure is told: the exchange's own refusal, or the row
// of its situation and the status's reason. Pure; thread-safe.
//
// Clients react to errors with requests of their own, so two rules hold
// whatever happens: only a token that is really dead gets 401 with
// `InvalidSession` or the bare text `unauthorized` (realm-web would refresh and
// repeat for ever), a failed login apart, where no token is involved; and the
// e-mail/password endpoints never answer 401.
ClientError ErrorFor(const Exchange& exchange, const absl::Status& status);

// ErrorReply is the answer with that error. `exchange` gives base URL, app and
// request id for the `link` that clients show to developers.
HttpReply ErrorReply(const Exchange& exchange, const ClientError& error);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_ERROR_TABLE_H_
