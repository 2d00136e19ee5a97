#include "core/config/durations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey {
namespace {

using ::testing::Eq;
using ::testing::Optional;

TEST(DurationsTest, ReadsEachUnit) {
  EXPECT_THAT(ParseConfigDuration("500ms"), Optional(absl::Milliseconds(500)));
  EXPECT_THAT(ParseConfigDuration("10s"), Optional(absl::Seconds(10)));
  EXPECT_THAT(ParseConfigDuration("30m"), Optional(absl::Minutes(30)));
  EXPECT_THAT(ParseConfigDuration("2h"), Optional(absl::Hours(2)));
  EXPECT_THAT(ParseConfigDuration("60d"), Optional(absl::Hours(60 * 24)));
  EXPECT_THAT(ParseConfigDuration("0s"), Optional(absl::ZeroDuration()));
}

TEST(DurationsTest, RefusesAllElse) {
  for (const char* text :
       {"", "10", "s", "-1s", "+1s", "1.5h", "1h30m", " 10s", "10 s", "10S",
        "10sec", "1234567890s", "1e3s", "inf", "\xff"}) {
    EXPECT_THAT(ParseConfigDuration(text), Eq(std::nullopt)) << text;
  }
}

TEST(DurationsTest, WritesTheLargestUnit) {
  EXPECT_EQ(FormatConfigDuration(absl::ZeroDuration()), "0s");
  EXPECT_EQ(FormatConfigDuration(absl::Milliseconds(1500)), "1500ms");
  EXPECT_EQ(FormatConfigDuration(absl::Seconds(90)), "90s");
  EXPECT_EQ(FormatConfigDuration(absl::Hours(1825 * 24)), "1825d");
}

}  // namespace
}  // namespace latchkey
