#include "core/base/clock.h"

#include "absl/time/clock.h"

namespace latchkey {
namespace {

class SystemClock final : public Clock {
 public:
  absl::Time TimeNow() override { return absl::Now(); }

  bool AwaitWithDeadline(absl::Mutex* mu, const absl::Condition& condition,
                         absl::Time deadline) override
      ABSL_SHARED_LOCKS_REQUIRED(mu) {
    return mu->AwaitWithDeadline(condition, deadline);
  }
};

}  // namespace

Clock* Clock::RealClock() {
  static Clock* const clock = new SystemClock;
  return clock;
}

}  // namespace latchkey
