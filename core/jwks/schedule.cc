#include "core/jwks/schedule.h"

#include <algorithm>
#include <cstdint>

namespace latchkey {
namespace {

// Between `low` and `high`, evenly, in milliseconds.
absl::Duration Between(absl::Duration low, absl::Duration high,
                       Random* random) {
  const int64_t span = absl::ToInt64Milliseconds(high - low);
  if (span <= 0) return low;
  const uint64_t bound = static_cast<uint64_t>(span) + 1;
  return low + absl::Milliseconds(static_cast<int64_t>(random->Uniform(bound)));
}

}  // namespace

absl::Duration RefreshInterval(absl::Duration poll,
                               std::optional<absl::Duration> max_age,
                               const JwksCacheOptions& options) {
  const absl::Duration wanted = poll > absl::ZeroDuration()
                                    ? poll
                                    : max_age.value_or(options.default_refresh);
  const absl::Duration most =
      std::min(options.max_refresh, options.max_stale / 2);
  return std::max(options.min_refresh, std::min(wanted, most));
}

absl::Duration RefreshDelay(absl::Duration interval, Random* random) {
  return Between(interval * 0.8, interval, random);
}

absl::Duration RetryDelay(const RetryInput& input,
                          const JwksCacheOptions& options, Random* random) {
  absl::Duration most = options.retry_min;
  for (int i = 0; i < input.failures && most < options.retry_max; ++i) {
    most *= 2;
  }
  absl::Duration delay =
      Between(options.retry_min, std::min(most, options.retry_max), random);
  if (input.retry_after.has_value()) {
    delay = std::max(delay, *input.retry_after);
  }
  return std::min(delay, input.interval);
}

}  // namespace latchkey
