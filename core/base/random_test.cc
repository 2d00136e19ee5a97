#include "core/base/random.h"

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

TEST(SystemRandomTest, FillsEveryByte) {
  // Larger than the 256 bytes that getrandom gives in one piece for certain.
  constexpr size_t kSize = 100'000;
  std::string bytes = Random::SystemRandom()->Bytes(kSize);
  ASSERT_EQ(bytes.size(), kSize);
  std::vector<int> seen(256);
  for (char c : bytes) ++seen[static_cast<uint8_t>(c)];
  // 390 expected of each value, standard deviation 20.
  for (int count : seen) {
    EXPECT_GT(count, 190);
    EXPECT_LT(count, 590);
  }
}

TEST(SystemRandomTest, DoesNotRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(seen.insert(Random::SystemRandom()->Bytes(16)).second);
  }
}

TEST(SystemRandomTest, EmptyIsFine) {
  EXPECT_EQ(Random::SystemRandom()->Bytes(0), "");
}

// Gives the numbers it was made with, little end first.
class ListedRandom final : public Random {
 public:
  explicit ListedRandom(std::deque<uint64_t> numbers)
      : numbers_(std::move(numbers)) {}
  void Fill(absl::Span<uint8_t> out) override {
    ASSERT_EQ(out.size(), 8u);
    ASSERT_FALSE(numbers_.empty());
    for (size_t i = 0; i < 8; ++i) {
      out[i] = static_cast<uint8_t>(numbers_.front() >> (8 * i));
    }
    numbers_.pop_front();
  }
  size_t left() const { return numbers_.size(); }

 private:
  std::deque<uint64_t> numbers_;
};

TEST(UniformTest, RefusesTheIncompleteRun) {
  // 2^64 = 6 * k + 4: the last four numbers would favour 0 to 3.
  ListedRandom random({UINT64_MAX, UINT64_MAX - 3, UINT64_MAX - 4, 1});
  EXPECT_EQ(random.Uniform(6), 5u);
  EXPECT_EQ(random.left(), 1u);
}

TEST(UniformTest, PowersOfTwoRefuseNothing) {
  ListedRandom random({UINT64_MAX, UINT64_MAX});
  EXPECT_EQ(random.Uniform(8), 7u);
  EXPECT_EQ(random.Uniform(1), 0u);
  EXPECT_EQ(random.left(), 0u);
}

TEST(UniformTest, ReachesAllOfASmallRange) {
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t number = Random::SystemRandom()->Uniform(5);
    EXPECT_LT(number, 5u);
    seen.insert(number);
  }
  EXPECT_EQ(seen.size(), 5u);
}

}  // namespace
}  // namespace latchkey
