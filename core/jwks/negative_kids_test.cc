#include "core/jwks/negative_kids.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

constexpr absl::Duration kTtl = absl::Seconds(30);
const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

TEST(NegativeKidsTest, RefusesForItsTime) {
  NegativeKids kids(4, kTtl);
  kids.Add("a", kStart);
  EXPECT_TRUE(kids.Contains("a", kStart + kTtl - absl::Seconds(1)));
  EXPECT_FALSE(kids.Contains("a", kStart + kTtl));
  EXPECT_FALSE(kids.Contains("b", kStart));
}

TEST(NegativeKidsTest, RefusesLongerEachTime) {
  NegativeKids kids(4, kTtl);
  absl::Time now = kStart;
  for (const int seconds : {30, 60, 120, 240, 300, 300}) {
    kids.Add("a", now);
    kids.Add("a", now);  // many callers, one answer
    EXPECT_TRUE(kids.Contains("a", now + absl::Seconds(seconds - 1)));
    now += absl::Seconds(seconds);
    EXPECT_FALSE(kids.Contains("a", now)) << seconds;
  }
}

TEST(NegativeKidsTest, IsBoundedAndForgetsTheOldest) {
  NegativeKids kids(3, kTtl);
  for (int i = 0; i < 5; ++i) kids.Add(absl::StrCat("k", i), kStart);
  EXPECT_EQ(kids.size(), 3u);
  EXPECT_FALSE(kids.Contains("k1", kStart));
  EXPECT_TRUE(kids.Contains("k2", kStart));
  EXPECT_TRUE(kids.Contains("k4", kStart));
}

TEST(NegativeKidsTest, ClearForgetsAll) {
  NegativeKids kids(3, kTtl);
  kids.Add("a", kStart);
  kids.Clear();
  EXPECT_FALSE(kids.Contains("a", kStart));
  EXPECT_EQ(kids.size(), 0u);
}

TEST(NegativeKidsTest, AClockThatWentBackRefusesNothing) {
  NegativeKids kids(3, kTtl);
  kids.Add("a", kStart);
  EXPECT_FALSE(kids.Contains("a", kStart - absl::Hours(1)));
}

TEST(NegativeKidsTest, CapacityZeroKeepsNothing) {
  NegativeKids kids(0, kTtl);
  kids.Add("a", kStart);
  EXPECT_FALSE(kids.Contains("a", kStart));
}

}  // namespace
}  // namespace latchkey
