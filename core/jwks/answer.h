// What an HTTP answer says about time and failure.
#ifndef LATCHKEY_CORE_JWKS_ANSWER_H_
#define LATCHKEY_CORE_JWKS_ANSWER_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/jwks/http_fetcher.h"

namespace latchkey {

// MaxAge is the answer's freshness (RFC 9111 §5.2.2): max-age less Age, zero
// for no-store, no-cache and nonsense; nullopt when Cache-Control says nothing.
std::optional<absl::Duration> MaxAge(const HttpResponse& response);

// RetryAfter reads Retry-After (RFC 9110 §10.2.3, seconds or a date), else
// X-Rate-Limit-Reset (seconds since 1970). Not negative; not yet bounded.
std::optional<absl::Duration> RetryAfter(const HttpResponse& response,
                                         absl::Time now);

// AnswerError is ISSUER_UNAVAILABLE that names the status, with RetryAfter.
absl::Status AnswerError(absl::string_view what, const HttpResponse& response,
                         absl::Time now);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_ANSWER_H_
