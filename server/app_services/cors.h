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

// CorsGrant is what a page may do.
struct CorsGrant {
  std::string origin;  // AllowedOrigin's, not empty
  // It may send cookies along. Not for "*", which browsers refuse then.
  bool with_cookies = false;
};

// AddCorsHeaders lets the pages of grant.origin read the reply.
void AddCorsHeaders(const CorsGrant& grant, HttpReply* reply);

// PreflightReply answers OPTIONS of an allowed origin. `methods` is
// "GET, POST".
HttpReply PreflightReply(const CorsGrant& grant, const std::string& methods);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_CORS_H_
