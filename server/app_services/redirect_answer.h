// What a browser is told on its way to a provider and back.
#ifndef LATCHKEY_SERVER_APP_SERVICES_REDIRECT_ANSWER_H_
#define LATCHKEY_SERVER_APP_SERVICES_REDIRECT_ANSWER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "core/provider/authorization_endpoint.h"
#include "core/session/session_service.h"
#include "server/app_services/exchange.h"
#include "server/app_services/redirect_flow.h"
#include "server/http/http_message.h"

namespace latchkey {

// All functions are thread-safe; `exchange` has its base URL.

// AddPageHeaders is for whatever a browser shows or follows here: nothing of it
// is to be passed on, framed or run.
void AddPageHeaders(Exchange* exchange);

// CallbackOf is where the provider sends people back to.
std::string CallbackOf(const Exchange& exchange);
// IsSecure: the base URL is https, so browsers take a `__Host-` cookie.
bool IsSecure(const Exchange& exchange);

// NewCookie is the value of Set-Cookie. ShownCookie gives the value that the
// browser shows, of the one for https or the other; empty when there is none of
// the right shape.
std::string NewCookie(const Exchange& exchange, absl::string_view value);
std::string ShownCookie(const Exchange& exchange, bool secure);

// ProviderUrl asks the provider for a code (RFC 6749 §4.1.1).
std::string ProviderUrl(const AuthorizationEndpoint& endpoint,
                        const std::string& callback, absl::string_view state,
                        const FlowProofs& proofs);

// AnswerPage gives the flow's page a session, PageError why there is none.
void AnswerPage(const RedirectFlow& flow, const IssuedSession& issued,
                Exchange* exchange);
HttpReply PageError(const RedirectFlow& flow, absl::string_view text,
                    const Exchange& exchange);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_REDIRECT_ANSWER_H_
