#include "core/config/interpolate.h"

#include <gtest/gtest.h>

#include <map>

namespace latchkey {
namespace {

std::optional<std::string> Env(const std::string& name) {
  const std::map<std::string, std::string> values = {
      {"A", "one"}, {"B_2", "two"}, {"LOOP", "${A}"}, {"EMPTY", ""}};
  const auto found = values.find(name);
  if (found == values.end()) return std::nullopt;
  return found->second;
}

TEST(InterpolateTest, ReplacesVariables) {
  EXPECT_EQ(Interpolate("${A}", Env).text, "one");
  EXPECT_EQ(Interpolate("x${A}-${B_2}y", Env).text, "xone-twoy");
  EXPECT_EQ(Interpolate("a${EMPTY}b", Env).text, "ab");
  EXPECT_EQ(Interpolate("${A}", Env).problem, "");
}

TEST(InterpolateTest, LooksAtValuesOnce) {
  EXPECT_EQ(Interpolate("${LOOP}", Env).text, "${A}");
}

TEST(InterpolateTest, LeavesOtherDollarsAlone) {
  EXPECT_EQ(Interpolate("$${A}", Env).text, "${A}");
  EXPECT_EQ(Interpolate("$A $ $$ 5$", Env).text, "$A $ $$ 5$");
  EXPECT_EQ(Interpolate("$$${A}", Env).text, "$${A}");
  EXPECT_EQ(Interpolate("$${A}", Env).problem, "");
}

TEST(InterpolateTest, NamesWhatIsMissing) {
  EXPECT_EQ(Interpolate("${NOPE}", Env).problem,
            "the environment variable NOPE is not set");
}

TEST(InterpolateTest, RefusesWhatIsNoVariable) {
  for (const char* text :
       {"${}", "${1A}", "${a b}", "${A:-x}", "${A-s3cret}"}) {
    const Interpolated result = Interpolate(text, Env);
    EXPECT_EQ(result.problem,
              "\"${...}\" must hold the name of an environment variable")
        << text;
  }
  EXPECT_EQ(Interpolate("${A", Env).problem,
            "\"${\" has no \"}\"; write \"$${\" for the characters");
}

}  // namespace
}  // namespace latchkey
