// Arithmetic of when to fetch next. Pure but for the dice.
#ifndef LATCHKEY_CORE_JWKS_SCHEDULE_H_
#define LATCHKEY_CORE_JWKS_SCHEDULE_H_

#include <optional>

#include "absl/time/time.h"
#include "core/base/random.h"
#include "core/jwks/jwks_cache_options.h"

namespace latchkey {

// RefreshInterval is `poll` when positive, else the answer's `max_age`, else
// the default; clamped as JwksCacheOptions says.
absl::Duration RefreshInterval(absl::Duration poll,
                               std::optional<absl::Duration> max_age,
                               const JwksCacheOptions& options);

// RefreshDelay spreads refreshes: between 0.8 and 1.0 of `interval`, so that
// they come ahead of expiry and not all at once.
absl::Duration RefreshDelay(absl::Duration interval, Random* random);

// RetryDelay after `failures` >= 1 failures in a row: random between retry_min
// and twice as much for each failure, retry_max at most; not less than the
// server's `retry_after`; never more than `interval`.
struct RetryInput {
  int failures = 1;
  std::optional<absl::Duration> retry_after;
  absl::Duration interval;
};
absl::Duration RetryDelay(const RetryInput& input,
                          const JwksCacheOptions& options, Random* random);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_SCHEDULE_H_
