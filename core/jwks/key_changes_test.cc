#include "core/jwks/key_changes.h"

#include <vector>

#include "core/jwks/test_keys.h"
#include "core/jwt/jwk.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<PublicKey> Keys(const std::vector<TestJwk>& keys) {
  return ParseJwks(TestJwks(keys))->keys;
}

TEST(KeyChangesTest, SameKeysInAnyOrderAreNoChange) {
  EXPECT_FALSE(
      CompareKeys(Keys({{"a", 0}, {"b", 1}}), Keys({{"b", 1}, {"a", 0}}))
          .any());
  EXPECT_FALSE(CompareKeys({}, {}).any());
}

TEST(KeyChangesTest, NamesWhatCameWentAndWasReplaced) {
  const KeyChanges changes = CompareKeys(Keys({{"a", 0}, {"b", 1}, {"c", 2}}),
                                         Keys({{"a", 0}, {"b", 3}, {"d", 2}}));
  EXPECT_TRUE(changes.any());
  EXPECT_THAT(changes.added, ElementsAre("d"));
  EXPECT_THAT(changes.removed, ElementsAre("c"));
  EXPECT_THAT(changes.replaced, ElementsAre("b"));
}

TEST(KeyChangesTest, ASecondKeyOfOneKidIsAReplacement) {
  const KeyChanges changes =
      CompareKeys(Keys({{"a", 0}}), Keys({{"a", 0}, {"a", 1}}));
  EXPECT_THAT(changes.replaced, ElementsAre("a"));
  EXPECT_THAT(changes.added, IsEmpty());
}

}  // namespace
}  // namespace latchkey
