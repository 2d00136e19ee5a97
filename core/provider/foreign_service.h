// ForeignService calls a provider's service elsewhere.
#ifndef LATCHKEY_CORE_PROVIDER_FOREIGN_SERVICE_H_
#define LATCHKEY_CORE_PROVIDER_FOREIGN_SERVICE_H_

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/call_context.h"
#include "core/base/clock.h"
#include "core/json/json.h"
#include "core/jwks/form_body.h"
#include "core/jwks/http_fetcher.h"

namespace latchkey {

// ForeignAnswer is a verdict: status 200 with an object, or 400-499.
struct ForeignAnswer {
  int status = 0;
  // The answer's object; an empty one where a refusal has none.
  json::Value body{json::Value::Object{}};

  bool ok() const { return status == 200; }
  // Text gives a member's text; empty when it is no text.
  absl::string_view Text(absl::string_view name) const;
};

// ForeignService: thread-safe. Both calls block, for fetch.total_timeout and
// until ctx.deadline at most, and are made once: a code works a single time.
//
// CANCELLED and DEADLINE_EXCEEDED come from `ctx`; OVERLOADED when
// `max_concurrency` calls are in flight, or the service says 429 (with its
// Retry-After); ISSUER_UNAVAILABLE when there is no verdict: no connection,
// redirects, 5xx, and answers that are no JSON. No detail holds anything that
// was sent.
class ForeignService final {
 public:
  struct Options {
    std::string name;  // in details: "google"
    int max_concurrency = 4;
    FetchOptions fetch;  // headers and body are ours
  };
  // `fetcher` and `clock` outlive it.
  ForeignService(Options options, HttpFetcher* fetcher, Clock* clock);

  // Post sends `form` (application/x-www-form-urlencoded).
  absl::StatusOr<ForeignAnswer> Post(const std::string& url, FormBody* form,
                                     const CallContext& ctx);
  // Get sends `query` as the URL's query.
  absl::StatusOr<ForeignAnswer> Get(const std::string& url, FormBody* query,
                                    const CallContext& ctx);

 private:
  absl::StatusOr<ForeignAnswer> Call(const std::string& url, FetchOptions fetch,
                                     const CallContext& ctx);
  absl::StatusOr<ForeignAnswer> Judge(const HttpResponse& response) const;

  const Options options_;
  HttpFetcher* const fetcher_;
  Clock* const clock_;
  std::atomic<int> running_{0};
};

// SafeCode is `text` when it is a short name as error codes are (RFC 6749
// §5.2), else "?": for details, which must not repeat what was sent.
absl::string_view SafeCode(absl::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_FOREIGN_SERVICE_H_
