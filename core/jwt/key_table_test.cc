#include "core/jwt/key_table.h"

#include <string>
#include <utility>
#include <vector>

#include "core/base/secret.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

PublicKey Key(Algorithm algorithm, std::string kid, char fill) {
  return *PublicKey::FromSecret(algorithm, std::move(kid),
                                Secret(std::string(64, fill)));
}

size_t Count(const KeyTable& table, const std::optional<std::string>& kid,
             Algorithm algorithm) {
  return table.Candidates(kid, algorithm).size();
}

TEST(KeyTableTest, KeysAreFoundByKidAndAlgorithm) {
  const KeyTable table({Key(Algorithm::kHs256, "a", '1'),
                        Key(Algorithm::kHs512, "a", '2'),
                        Key(Algorithm::kHs256, "b", '3')});
  const auto found = table.Candidates("a", Algorithm::kHs512);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(*found[0], table.keys()[1]);
  EXPECT_EQ(Count(table, "b", Algorithm::kHs512), 0u);
  EXPECT_EQ(Count(table, "c", Algorithm::kHs256), 0u);
  EXPECT_EQ(Count(table, "", Algorithm::kHs256), 0u);
  EXPECT_TRUE(table.Contains("a"));
  EXPECT_FALSE(table.Contains("c"));
  EXPECT_FALSE(table.Contains(""));
}

// jwt-attacks B42.
TEST(KeyTableTest, WithoutKidOnlyTheOneKeyFits) {
  const KeyTable table({Key(Algorithm::kHs256, "a", '1'),
                        Key(Algorithm::kHs512, "b", '2'),
                        Key(Algorithm::kHs256, "c", '3')});
  EXPECT_EQ(Count(table, std::nullopt, Algorithm::kHs512), 1u);
  EXPECT_EQ(Count(table, std::nullopt, Algorithm::kHs256), 0u);
  EXPECT_EQ(Count(table, std::nullopt, Algorithm::kHs384), 0u);
}

TEST(KeyTableTest, AtMostFourKeysOfOneKidAreTried) {
  std::vector<PublicKey> keys;
  for (char fill = '0'; fill < '9'; ++fill) {
    keys.push_back(Key(Algorithm::kHs256, "a", fill));
  }
  const KeyTable table(std::move(keys));
  EXPECT_EQ(Count(table, "a", Algorithm::kHs256), KeyTable::kMaxCandidates);
}

TEST(KeyTableTest, StaticKeysFitEveryKid) {
  const KeyTable table({Key(Algorithm::kHs256, "", '1'),
                        Key(Algorithm::kHs256, "", '2'),
                        Key(Algorithm::kHs512, "", '3')});
  EXPECT_EQ(Count(table, "anything", Algorithm::kHs256), 2u);
  EXPECT_EQ(Count(table, "", Algorithm::kHs256), 2u);
  EXPECT_EQ(Count(table, std::nullopt, Algorithm::kHs256), 2u);
  EXPECT_EQ(Count(table, std::nullopt, Algorithm::kHs512), 1u);
  EXPECT_EQ(Count(table, "anything", Algorithm::kHs384), 0u);
}

TEST(KeyTableTest, EmptyTableHasNoCandidates) {
  const KeyTable table;
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(Count(table, std::nullopt, Algorithm::kRs256), 0u);
  EXPECT_FALSE(table.HasAlgorithm(Algorithm::kRs256));
}

}  // namespace
}  // namespace latchkey
