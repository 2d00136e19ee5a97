#include "core/base/ids.h"

#include <string>
#include <type_traits>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "core/base/simulated_clock.h"
#include "core/testing/fake_random.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

static_assert(!std::is_convertible_v<UserId, SessionId>);
static_assert(!std::is_convertible_v<std::string, UserId>);

TEST(StringIdTest, ComparesAndHashesByValue) {
  EXPECT_EQ(AppId("a"), AppId(std::string("a")));
  EXPECT_NE(AppId("a"), AppId("b"));
  EXPECT_LT(AppId("a"), AppId("b"));
  EXPECT_TRUE(AppId().empty());
  absl::flat_hash_set<AppId> set = {AppId("a"), AppId("a"), AppId("b")};
  EXPECT_EQ(set.size(), 2u);
}

TEST(ObjectIdTest, StartsWithTheSeconds) {
  SimulatedClock clock(absl::FromUnixSeconds(0x0123abcd));
  FakeRandom random;
  const std::string id = NewObjectId(&clock, &random);
  EXPECT_TRUE(IsObjectId(id)) << id;
  EXPECT_EQ(id.substr(0, 8), "0123abcd");
  const std::string next = NewObjectId(&clock, &random);
  EXPECT_EQ(next.substr(0, 8), "0123abcd");
  EXPECT_NE(next, id);
}

TEST(ObjectIdTest, TimesOutsideTheFieldAreClamped) {
  FakeRandom random;
  SimulatedClock clock(absl::FromUnixSeconds(-1));
  EXPECT_EQ(NewObjectId(&clock, &random).substr(0, 8), "00000000");
  clock.SetTime(absl::FromUnixSeconds(int64_t{1} << 33));
  EXPECT_EQ(NewObjectId(&clock, &random).substr(0, 8), "ffffffff");
}

TEST(ObjectIdTest, Shape) {
  EXPECT_TRUE(IsObjectId("0123456789abcdef01234567"));
  EXPECT_FALSE(IsObjectId(""));
  EXPECT_FALSE(IsObjectId("0123456789abcdef0123456"));
  EXPECT_FALSE(IsObjectId("0123456789abcdef012345678"));
  EXPECT_FALSE(IsObjectId("0123456789ABCDEF01234567"));
  EXPECT_FALSE(IsObjectId("0123456789abcdeg01234567"));
  EXPECT_FALSE(IsObjectId("0123456789abcdef0123456\xb9"));
}

TEST(SessionIdTest, Shape) {
  FakeRandom random;
  const SessionId id = NewSessionId(&random);
  EXPECT_EQ(id.value().size(), 22u);
  EXPECT_TRUE(IsSessionId(id.value())) << id.value();
  EXPECT_NE(NewSessionId(&random), id);

  EXPECT_TRUE(IsSessionId("AAAAAAAAAAAAAAAAAAAAAA"));
  EXPECT_FALSE(IsSessionId(""));
  EXPECT_FALSE(IsSessionId("AAAAAAAAAAAAAAAAAAAAA"));
  EXPECT_FALSE(IsSessionId("AAAAAAAAAAAAAAAAAAAAAAAA"));
  EXPECT_FALSE(IsSessionId("AAAAAAAAAAAAAAAAAAAAAB")) << "trailing bits";
  EXPECT_FALSE(IsSessionId("AAAAAAAAAAAAAAAAAAAA=="));
}

}  // namespace
}  // namespace latchkey
