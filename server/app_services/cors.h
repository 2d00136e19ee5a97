// Which web pages may call (https://fetch.spec.whatwg.org/#http-cors-protocol).
#ifndef LATCHKEY_SERVER_APP_SERVICES_CORS_H_
#define LATCHKEY_SERVER_APP_SERVICES_CORS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "core/app/app.h"
#include "server/http/http_message.h"

namespace latchkey {

// All functions are thread-safe.

// AllowedOrigin is what `app` lists that `origin` fits: itself, or "*"; empty
// when there is none. Where `app` is null, because the path names none, that of
// any app of `apps` that serves App Services clients.
std::string AllowedOrigin(absl::string_view origin, const App* app,
                          const AppTable& apps);

// AddCorsHeaders lets the pages of `allowed`, which is AllowedOrigin's, read
// the reply.
void AddCorsHeaders(const std::string& allowed, HttpReply* reply);

// PreflightReply answers OPTIONS of an allowed origin. `methods` is
// "GET, POST".
HttpReply PreflightReply(const std::string& allowed,
                         const std::string& methods);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_CORS_H_
