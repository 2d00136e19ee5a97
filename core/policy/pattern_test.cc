#include "core/policy/pattern.h"

#include <string>

#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

TEST(PatternTest, SearchesAndDoesNotMatchTheWhole) {
  const auto pattern = Pattern::Compile("@corp\\.example$");
  ASSERT_THAT(pattern, IsOk());
  EXPECT_TRUE(pattern->Search("ann@corp.example"));
  EXPECT_FALSE(pattern->Search("ann@corp.example.org"));
  EXPECT_FALSE(pattern->Search("ann@corpXexample"));
  EXPECT_TRUE(Pattern::Compile("")->Search(""));
}

TEST(PatternTest, SaysWhatIsWrongWithoutRepeatingIt) {
  const auto why = [](absl::string_view text) {
    const auto pattern = Pattern::Compile(text);
    EXPECT_THAT(pattern, HasReason(Reason::kInvalidRequest));
    return std::string(pattern.status().message());
  };
  EXPECT_EQ(why("(a"), "unbalanced parentheses");
  EXPECT_EQ(why("a)"), "unbalanced parentheses");
  EXPECT_EQ(why("[a"), "a missing ]");
  EXPECT_THAT(why("(?=secret)"), testing::HasSubstr("lookahead"));
  EXPECT_EQ(why("a**"), "not RE2 syntax");
  EXPECT_EQ(why("((a{100}){100}){100}"), "not RE2 syntax");
  EXPECT_EQ(why("\\pL{1000}"), "needs too much memory");
  EXPECT_EQ(why(std::string(1025, 'a')), "at most 1024 bytes");
}

TEST(PatternTest, HostileTextsTakeLinearTime) {
  const auto pattern = Pattern::Compile("(a+)+$");
  ASSERT_THAT(pattern, IsOk());
  EXPECT_FALSE(pattern->Search(std::string(100'000, 'a') + "b"));
}

}  // namespace
}  // namespace latchkey
