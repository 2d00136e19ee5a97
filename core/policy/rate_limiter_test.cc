#include "core/policy/rate_limiter.h"

#include <atomic>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/work_queue.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

TEST(RateLimiterTest, AdmitsTheBurstAndThenRefuses) {
  RateLimiter limiter({.per_minute = 6, .burst = 3});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.Admit("k", kNow)) << i;
  EXPECT_FALSE(limiter.Admit("k", kNow));
}

TEST(RateLimiterTest, RefillsWithTimeUpToTheBurst) {
  RateLimiter limiter({.per_minute = 6, .burst = 2});
  EXPECT_TRUE(limiter.Admit("k", kNow));
  EXPECT_TRUE(limiter.Admit("k", kNow));
  EXPECT_FALSE(limiter.Admit("k", kNow + absl::Seconds(9)));
  EXPECT_TRUE(limiter.Admit("k", kNow + absl::Seconds(10)));
  const absl::Time later = kNow + absl::Hours(1);
  EXPECT_TRUE(limiter.Admit("k", later));
  EXPECT_TRUE(limiter.Admit("k", later));
  EXPECT_FALSE(limiter.Admit("k", later));
}

TEST(RateLimiterTest, KeysDoNotShareABucket) {
  RateLimiter limiter({.per_minute = 6, .burst = 1});
  EXPECT_TRUE(limiter.Admit("a", kNow));
  EXPECT_TRUE(limiter.Admit("b", kNow));
  EXPECT_FALSE(limiter.Admit("a", kNow));
}

TEST(RateLimiterTest, SaysWhenTheNextTokenIsThere) {
  RateLimiter limiter({.per_minute = 6, .burst = 1});
  EXPECT_EQ(limiter.RetryAfter("k", kNow), absl::ZeroDuration());
  EXPECT_TRUE(limiter.Admit("k", kNow));
  EXPECT_EQ(limiter.RetryAfter("k", kNow), absl::Seconds(10));
  EXPECT_EQ(limiter.RetryAfter("k", kNow + absl::Seconds(4)), absl::Seconds(6));
  EXPECT_EQ(limiter.RetryAfter("k", kNow + absl::Seconds(11)),
            absl::ZeroDuration());
}

TEST(RateLimiterTest, AClockThatGoesBackGivesNothing) {
  RateLimiter limiter({.per_minute = 6, .burst = 1});
  EXPECT_TRUE(limiter.Admit("k", kNow));
  EXPECT_FALSE(limiter.Admit("k", kNow - absl::Hours(1)));
  // And going on from there must not count the same time twice.
  EXPECT_FALSE(limiter.Admit("k", kNow + absl::Seconds(9)));
}

TEST(RateLimiterTest, NoRateMeansNoLimit) {
  RateLimiter limiter({.per_minute = 0, .burst = 1});
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(limiter.Admit("k", kNow));
  EXPECT_EQ(limiter.RetryAfter("k", kNow), absl::ZeroDuration());
}

TEST(RateLimiterTest, ForgetsTheLeastRecentlyUsedKeys) {
  // One bucket a shard: a key is forgotten as soon as another one falls into
  // its shard, and some of 1000 others surely do.
  RateLimiter limiter({.per_minute = 6, .burst = 1, .max_keys = 1});
  EXPECT_TRUE(limiter.Admit("victim", kNow));
  EXPECT_FALSE(limiter.Admit("victim", kNow));
  for (int i = 0; i < 1000; ++i) limiter.Admit(absl::StrCat("k", i), kNow);
  EXPECT_TRUE(limiter.Admit("victim", kNow));
}

TEST(RateLimiterTest, ManyThreadsTakeEachTokenOnce) {
  RateLimiter limiter({.per_minute = 0.001, .burst = 50});
  std::atomic<int> admitted{0};
  {
    WorkQueue threads({.name = "lk-test", .threads = 4});
    for (int t = 0; t < 4; ++t) {
      ASSERT_TRUE(threads.TrySubmit([&] {
        for (int i = 0; i < 100; ++i) {
          if (limiter.Admit("k", kNow)) ++admitted;
        }
      }));
    }
  }
  EXPECT_EQ(admitted, 50);
}

}  // namespace
}  // namespace latchkey
