#include "core/base/constant_time.h"

#include <string>

#include "gtest/gtest.h"

namespace latchkey {
namespace {

TEST(ConstantTimeEqualsTest, EveryFlippedBitCounts) {
  for (size_t size : {1u, 7u, 32u, 100u}) {
    const std::string text(size, 'k');
    EXPECT_TRUE(ConstantTimeEquals(text, std::string(text)));
    for (size_t i = 0; i < size; ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string other = text;
        other[i] = static_cast<char>(other[i] ^ (1 << bit));
        EXPECT_FALSE(ConstantTimeEquals(text, other)) << i << " " << bit;
      }
    }
  }
}

TEST(ConstantTimeEqualsTest, LengthsCount) {
  EXPECT_TRUE(ConstantTimeEquals("", ""));
  EXPECT_FALSE(ConstantTimeEquals("", "a"));
  EXPECT_FALSE(ConstantTimeEquals("ab", "abc"));
  EXPECT_FALSE(ConstantTimeEquals(std::string("a\0", 2), "a"));
}

}  // namespace
}  // namespace latchkey
