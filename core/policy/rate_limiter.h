// RateLimiter is a bounded set of token buckets.
#ifndef LATCHKEY_CORE_POLICY_RATE_LIMITER_H_
#define LATCHKEY_CORE_POLICY_RATE_LIMITER_H_

#include <cstddef>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace latchkey {

// RateLimiter: one bucket a key, `burst` tokens deep, refilled at
// `per_minute`. At most `max_keys` buckets are kept; the least recently used
// go first. Thread-safe (sharded locks); never blocks long.
class RateLimiter final {
 public:
  struct Options {
    double per_minute = 30;  // <= 0: no limit
    double burst = 10;
    size_t max_keys = 100'000;
  };
  explicit RateLimiter(Options options);
  ~RateLimiter();

  // Admit takes one token; false when the bucket is empty.
  bool Admit(absl::string_view key, absl::Time now);
  // RetryAfter is the time until one token is there.
  absl::Duration RetryAfter(absl::string_view key, absl::Time now) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_POLICY_RATE_LIMITER_H_
