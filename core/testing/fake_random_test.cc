#include "core/testing/fake_random.h"

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

TEST(FakeRandomTest, GivesSplitMix64) {
  // First output for seed 1234567 of the authors' reference code,
  // 6457827717110365317, little end first.
  FakeRandom random(1234567);
  EXPECT_EQ(absl::BytesToHexString(random.Bytes(8)), "85fc08fb17d09e59");
}

TEST(FakeRandomTest, SeedsDecide) {
  FakeRandom a(1);
  FakeRandom same(1);
  FakeRandom other(2);
  const std::string first = a.Bytes(13);
  EXPECT_EQ(first, same.Bytes(13));
  EXPECT_NE(first, other.Bytes(13));
  EXPECT_NE(first, a.Bytes(13));
}

}  // namespace
}  // namespace latchkey
