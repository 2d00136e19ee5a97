#include "core/store/sqlite/session_row.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(RolesTest, GiveBackWhatWasEncoded) {
  const std::vector<std::vector<std::string>> cases = {
      {},
      {""},
      {"admin", "user"},
      {"", "", "3:abc", std::string("\0:\xff", 3)},
      {std::string(70'000, 'x'), "y"},
  };
  for (const std::vector<std::string>& roles : cases) {
    EXPECT_EQ(DecodeRoles(EncodeRoles(roles)), roles);
  }
}

TEST(RolesTest, EncodeReadably) {
  EXPECT_EQ(EncodeRoles({"admin", "", "b"}), "5:admin0:1:b");
}

TEST(RolesTest, StopWhereDamaged) {
  EXPECT_THAT(DecodeRoles("1:a9:b"), ElementsAre("a"));
  EXPECT_THAT(DecodeRoles("1:ab"), ElementsAre("a"));
  EXPECT_THAT(DecodeRoles("-1:a"), IsEmpty());
  EXPECT_THAT(DecodeRoles("99999999999999999999:a"), IsEmpty());
  EXPECT_THAT(DecodeRoles(":a"), IsEmpty());
}

}  // namespace
}  // namespace latchkey
