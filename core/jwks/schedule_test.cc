#include "core/jwks/schedule.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "core/jwks/jwks_cache_options.h"
#include "core/testing/fake_random.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

constexpr absl::Duration kNoPoll = absl::ZeroDuration();

TEST(ScheduleTest, PollThenMaxAgeThenDefault) {
  const JwksCacheOptions options;
  EXPECT_EQ(RefreshInterval(absl::Minutes(5), absl::Minutes(7), options),
            absl::Minutes(5));
  EXPECT_EQ(RefreshInterval(kNoPoll, absl::Minutes(7), options),
            absl::Minutes(7));
  EXPECT_EQ(RefreshInterval(kNoPoll, std::nullopt, options), absl::Minutes(10));
}

TEST(ScheduleTest, IntervalIsClamped) {
  JwksCacheOptions options;
  options.max_stale = absl::Hours(100);
  EXPECT_EQ(RefreshInterval(kNoPoll, absl::ZeroDuration(), options),
            absl::Seconds(60));
  EXPECT_EQ(RefreshInterval(absl::Seconds(1), std::nullopt, options),
            absl::Seconds(60));
  EXPECT_EQ(RefreshInterval(kNoPoll, absl::Hours(1000), options),
            absl::Hours(24));
  options.max_stale = absl::Hours(4);
  EXPECT_EQ(RefreshInterval(kNoPoll, absl::Hours(1000), options),
            absl::Hours(2));
}

TEST(ScheduleTest, RefreshComesAheadOfExpiryAndSpreads) {
  FakeRandom random;
  const absl::Duration interval = absl::Seconds(1000);
  absl::Duration least = interval;
  absl::Duration most = absl::ZeroDuration();
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration delay = RefreshDelay(interval, &random);
    least = std::min(least, delay);
    most = std::max(most, delay);
  }
  EXPECT_GE(least, absl::Seconds(800));
  EXPECT_LT(least, absl::Seconds(810));
  EXPECT_LE(most, absl::Seconds(1000));
  EXPECT_GT(most, absl::Seconds(990));
}

absl::Duration LongestRetry(RetryInput input) {
  FakeRandom random;
  absl::Duration most = absl::ZeroDuration();
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration delay = RetryDelay(input, JwksCacheOptions(), &random);
    EXPECT_GE(delay, absl::Seconds(1));
    most = std::max(most, delay);
  }
  return most;
}

TEST(ScheduleTest, RetriesDoubleUpToTheMost) {
  const absl::Duration interval = absl::Minutes(10);
  for (const auto& [failures, seconds] :
       {std::pair(1, 2), {2, 4}, {3, 8}, {5, 32}, {6, 60}, {1000, 60}}) {
    const absl::Duration most =
        LongestRetry({failures, std::nullopt, interval});
    EXPECT_LE(most, absl::Seconds(seconds)) << failures;
    EXPECT_GT(most, absl::Seconds(seconds) * 0.95) << failures;
  }
}

TEST(ScheduleTest, RetryAfterIsHonouredUpToTheInterval) {
  FakeRandom random;
  const JwksCacheOptions options;
  const absl::Duration interval = absl::Minutes(10);
  EXPECT_EQ(RetryDelay({1, absl::Minutes(5), interval}, options, &random),
            absl::Minutes(5));
  EXPECT_EQ(RetryDelay({1, absl::Hours(5), interval}, options, &random),
            interval);
  EXPECT_GE(RetryDelay({1, absl::ZeroDuration(), interval}, options, &random),
            options.retry_min);
}

}  // namespace
}  // namespace latchkey
