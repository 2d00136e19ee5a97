#include "core/base/clock.h"

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

TEST(RealClockTest, MovesForward) {
  Clock* clock = Clock::RealClock();
  const absl::Time first = clock->TimeNow();
  EXPECT_GT(first, absl::FromUnixSeconds(1'700'000'000));
  absl::Mutex mu;
  absl::MutexLock lock(&mu);
  bool never = false;
  const absl::Time deadline = first + absl::Milliseconds(2);
  EXPECT_FALSE(
      clock->AwaitWithDeadline(&mu, absl::Condition(&never), deadline));
  EXPECT_GE(clock->TimeNow(), deadline);
}

TEST(RealClockTest, ConditionEndsTheWait) {
  absl::Mutex mu;
  absl::MutexLock lock(&mu);
  bool already = true;
  EXPECT_TRUE(Clock::RealClock()->AwaitWithDeadline(
      &mu, absl::Condition(&already), absl::InfiniteFuture()));
}

}  // namespace
}  // namespace latchkey
