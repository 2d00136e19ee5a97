#include "core/base/log.h"

#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/base/secret.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

static_assert(
    std::is_constructible_v<LogField, absl::string_view, std::string>);
static_assert(!std::is_constructible_v<LogField, absl::string_view, Secret>);
static_assert(
    !std::is_constructible_v<LogField, absl::string_view, const Secret&>);

std::vector<std::string>& Lines() {
  static auto* const lines = new std::vector<std::string>;
  return *lines;
}

class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    Lines().clear();
    SetLogSinkForTest([](const std::string& line) { Lines().push_back(line); });
  }
  ~LogTest() override {
    SetLogSinkForTest(nullptr);
    SetLogLevel(LogLevel::kInfo);
  }

  // What a value looks like in the line.
  static std::string Written(absl::string_view value) {
    Lines().clear();
    Log(LogLevel::kInfo, "e", {{"v", value}});
    const std::string& line = Lines().at(0);
    constexpr absl::string_view kBefore = "\"v\":\"";
    const size_t start = line.find(std::string(kBefore)) + kBefore.size();
    return line.substr(start, line.size() - start - 2);
  }
};

TEST_F(LogTest, OneJsonObject) {
  Log(LogLevel::kWarning, "key_source_failed",
      {{"issuer", "https://a.example"}, {"attempt", 3}});
  ASSERT_EQ(Lines().size(), 1u);
  EXPECT_THAT(
      Lines()[0],
      MatchesRegex("\\{\"time\":\"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:"
                   "[0-9]{2}\\.[0-9]{6}Z\",\"level\":\"warning\","
                   "\"event\":\"key_source_failed\","
                   "\"issuer\":\"https://a.example\",\"attempt\":\"3\"\\}"));
}

TEST_F(LogTest, LevelsBelowAreDropped) {
  Log(LogLevel::kDebug, "quiet");
  EXPECT_TRUE(Lines().empty());
  SetLogLevel(LogLevel::kDebug);
  Log(LogLevel::kDebug, "loud");
  EXPECT_EQ(Lines().size(), 1u);
  SetLogLevel(LogLevel::kError);
  Log(LogLevel::kWarning, "quiet");
  EXPECT_EQ(Lines().size(), 1u);
  Log(LogLevel::kError, "loud");
  EXPECT_EQ(Lines().size(), 2u);
}

TEST_F(LogTest, ValuesCannotForgeALine) {
  EXPECT_EQ(Written("a\n{\"event\":\"x\"}"),
            "a\\u000a{\\\"event\\\":\\\"x\\\"}");
  EXPECT_EQ(Written("back\\slash"), "back\\\\slash");
  EXPECT_EQ(Written(absl::string_view("\0\x1b[2J\x7f", 6)),
            "\\u0000\\u001b[2J\\u007f");
}

TEST_F(LogTest, Utf8StaysAndBrokenBytesAreReplaced) {
  EXPECT_EQ(Written("Jos\xc3\xa9 \xf0\x9f\x98\x80"),
            "Jos\xc3\xa9 \xf0\x9f\x98\x80");
  EXPECT_EQ(Written("\xc2\xa0"), "\xc2\xa0");
  EXPECT_EQ(Written("csi \xc2\x9b!"), "csi \\u009b!");
  EXPECT_EQ(Written("\xffz"), "\\ufffdz");
  EXPECT_EQ(Written("z\xc2"), "z\\ufffd");
}

TEST_F(LogTest, LongValuesAreCutBetweenCharacters) {
  EXPECT_EQ(Written(std::string(256, 'x')), std::string(256, 'x'));
  EXPECT_EQ(Written(std::string(257, 'x')), std::string(256, 'x'));
  for (size_t before : {253u, 254u, 255u}) {
    const std::string start(before, 'x');
    EXPECT_EQ(Written(start + "\xf0\x9f\x98\x80"), start) << before;
  }
  const std::string fits = std::string(252, 'x') + "\xf0\x9f\x98\x80";
  EXPECT_EQ(Written(fits + "y"), fits);
}

TEST_F(LogTest, GoesToStandardError) {
  SetLogSinkForTest(nullptr);
  ::testing::internal::CaptureStderr();
  Log(LogLevel::kError, "first");
  Log(LogLevel::kInfo, "second", {{"k", "v"}});
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(written, HasSubstr("\"event\":\"first\"}\n{\"time\""));
  EXPECT_THAT(written, EndsWith("\"event\":\"second\",\"k\":\"v\"}\n"));
}

}  // namespace
}  // namespace latchkey
