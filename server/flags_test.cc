#include "server/flags.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;

ParsedFlags Parse(std::vector<const char*> args) {
  args.insert(args.begin(), "latchkeyd");
  return ParseFlags(static_cast<int>(args.size()), args.data());
}

TEST(FlagsTest, ReadsBothSpellingsOfConfig) {
  EXPECT_EQ(Parse({"--config=a.yaml"}).flags.config, "a.yaml");
  EXPECT_EQ(Parse({"--config", "b.yaml"}).flags.config, "b.yaml");
  EXPECT_FALSE(Parse({"--config=a.yaml"}).done);
  EXPECT_FALSE(Parse({"--config=a.yaml"}).flags.validate);
}

TEST(FlagsTest, Validates) {
  EXPECT_TRUE(Parse({"--validate", "--config=a.yaml"}).flags.validate);
}

TEST(FlagsTest, HelpAndVersionEndWell) {
  EXPECT_TRUE(Parse({"--help"}).done);
  EXPECT_EQ(Parse({"--help"}).exit_code, 0);
  EXPECT_THAT(Parse({"--version"}).output, HasSubstr("latchkeyd 0."));
}

TEST(FlagsTest, WrongFlagsExitWithTwoAndSayWhich) {
  EXPECT_EQ(Parse({"--confg=a"}).exit_code, 2);
  EXPECT_THAT(Parse({"--confg=a"}).output, HasSubstr("--confg=a"));
  EXPECT_EQ(Parse({}).exit_code, 2);
  EXPECT_THAT(Parse({}).output, HasSubstr("--config=FILE is required"));
  EXPECT_EQ(Parse({"--config"}).exit_code, 2);
}

}  // namespace
}  // namespace latchkey
