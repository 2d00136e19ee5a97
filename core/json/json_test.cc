#include "core/json/json.h"

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey::json {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Nested(int depth) {
  return absl::StrCat(std::string(static_cast<size_t>(depth), '['),
                      std::string(static_cast<size_t>(depth), ']'));
}

TEST(JsonTest, ReadsEachType) {
  const auto value = Parse(
      R"( { "s" : "aé\u00e9\ud83d\ude00\n\/", "n":-1.5e2, "t":true,
            "f":false, "z":null, "a":[1,[],{}], "":"" } )");
  ASSERT_THAT(value, IsOk());
  EXPECT_EQ(*value->Find("s")->as_string(), "aéé😀\n/");
  EXPECT_EQ(value->Find("n")->as_number()->text, "-1.5e2");
  EXPECT_EQ(value->Find("n")->as_int64(), -150);
  EXPECT_TRUE(*value->Find("t")->as_bool());
  EXPECT_FALSE(*value->Find("f")->as_bool());
  EXPECT_TRUE(value->Find("z")->is_null());
  EXPECT_EQ(value->Find("a")->as_array()->size(), 3u);
  EXPECT_EQ(*value->Find("")->as_string(), "");
  EXPECT_EQ(value->Find("missing"), nullptr);
}

TEST(JsonTest, ReadsScalarsAtTheTop) {
  EXPECT_THAT(Parse("1"), IsOkAndHolds(Value(1)));
  EXPECT_THAT(Parse(" \"x\" "), IsOkAndHolds(Value("x")));
  EXPECT_THAT(Parse("null"), IsOkAndHolds(Value()));
  EXPECT_THAT(Parse("false"), IsOkAndHolds(Value(false)));
}

TEST(JsonTest, RefusesMalformedText) {
  for (absl::string_view text :
       {"",         " ",         "{",         "}",
        "[",        "]",         "[]]",       "1]",
        "1],[2",    "1,2",       ",",         "{}x",
        "{} {}",    "{},",       "[1,]",      "[,1]",
        "[1 2]",    "{\"a\"}",   "{\"a\":}",  "{\"a\":1,}",
        "{a:1}",    "{'a':1}",   "{\"a\" 1}", "{1:2}",
        "[\"a]",    "tru",       "truex",     "nul",
        "nullx",    "falsey",    "True",      "NaN",
        "Infinity", "-Infinity", "// c\n1",   "1 // c",
        "/**/1",    "\"\\x\"",   "\"\\u12\"", "\"\\u12G4\"",
        "\"a\nb\"", "\"a\tb\"",  "\"",        "\"\\\"",
        "[1}",      "{]",        "\x01",      "[\"a\",\x0b\"b\"]"}) {
    EXPECT_THAT(Parse(text), HasReason(Reason::kInvalidRequest)) << text;
  }
  EXPECT_THAT(Parse(absl::string_view("1\0", 2)),
              HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(Parse(absl::string_view("\"a\0b\"", 5)),
              HasReason(Reason::kInvalidRequest));
}

TEST(JsonTest, RefusesMalformedNumbers) {
  for (absl::string_view text :
       {"01", "-01", "-",   "+1",  ".5",   "5.",    "1.e1",
        "1e", "1e+", "0x1", "1_0", "--1",  "1.2.3", "1e5.5",
        "1a", "-a",  "1-",  "00",  "[1e]", "[-]"}) {
    EXPECT_THAT(Parse(text), HasReason(Reason::kInvalidRequest)) << text;
  }
}

// RFC 8259 §8.1; jwt-attacks C54.
TEST(JsonTest, RefusesInvalidUnicode) {
  for (absl::string_view text :
       {"\"\xC0\x80\"", "\"\x80\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"",
        "\"\xE2\x82\"", R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")",
        R"("\ud800x")", R"("\udc00\ud800")", "{\"\xFF\":1}", R"({"\ud800":1})",
        "\xEF\xBB\xBF{}", "\xFF\xFE"}) {
    EXPECT_THAT(Parse(text), HasReason(Reason::kInvalidRequest)) << text;
  }
}

// jwt-attacks B34, B35.
TEST(JsonTest, RefusesDuplicateNamesAlsoWhenEscaped) {
  EXPECT_THAT(Parse(R"({"alg":1,"alg":1})"),
              HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(Parse(R"({"alg":1,"\u0061lg":2})"),
              HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(Parse(R"([{"a":{"b":1,"b":2}}])"),
              HasReason(Reason::kInvalidRequest));
  std::string many = "{";
  for (int i = 0; i < 50; ++i) absl::StrAppend(&many, "\"m", i, "\":1,");
  EXPECT_THAT(Parse(absl::StrCat(many, "\"m50\":1}")), IsOk());
  EXPECT_THAT(Parse(absl::StrCat(many, "\"m7\":1}")),
              HasReason(Reason::kInvalidRequest));
}

TEST(JsonTest, KeepsLimits) {
  Limits limits;
  limits.max_bytes = 8;
  limits.max_depth = 3;
  limits.max_members = 3;
  EXPECT_THAT(Parse("[1,    ]", limits), HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(Parse("[1,   2]", limits), IsOk());
  EXPECT_THAT(Parse("[1,    2]", limits), HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(Parse("[1,2,3]", limits), HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(Parse(Nested(3), limits), IsOk());
  EXPECT_THAT(Parse(Nested(4), limits), HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(Parse(Nested(32)), IsOk());
  EXPECT_THAT(Parse(Nested(33)), HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(Parse(Nested(30'000)), HasReason(Reason::kInvalidRequest));
}

TEST(JsonTest, ReadsTextsOverTheKeptSize) {
  Limits limits;
  limits.max_bytes = 1 << 20;
  const std::string large(100'000, 'x');
  const auto value = Parse(absl::StrCat("\"", large, "\""), limits);
  ASSERT_THAT(value, IsOk());
  EXPECT_EQ(*value->as_string(), large);
}

TEST(JsonTest, NumbersKeepTheirText) {
  for (absl::string_view text :
       {"18446744073709551616", "1e400", "-1e400", "0.10", "1E+2", "-0",
        "123456789012345678901234567890.123456789", "1e-400"}) {
    const auto value = Parse(text);
    ASSERT_THAT(value, IsOk()) << text;
    EXPECT_EQ(value->as_number()->text, text);
    EXPECT_EQ(Write(*value), text);
  }
  EXPECT_THAT(Parse(std::string(400, '9')), IsOk());
}

TEST(JsonTest, Int64IsExactOrAbsent) {
  const auto read = [](absl::string_view text) {
    return Value(Value::Number{std::string(text)}).as_int64();
  };
  EXPECT_EQ(read("0"), 0);
  EXPECT_EQ(read("-0"), 0);
  EXPECT_EQ(read("0e999999999999"), 0);
  EXPECT_EQ(read("1e3"), 1000);
  EXPECT_EQ(read("1.50e1"), 15);
  EXPECT_EQ(read("1200e-2"), 12);
  EXPECT_EQ(read("9007199254740993"), 9007199254740993);
  EXPECT_EQ(read("9223372036854775807"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(read("-9223372036854775808"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(read("9223372036854775808"), std::nullopt);
  EXPECT_EQ(read("-9223372036854775809"), std::nullopt);
  EXPECT_EQ(read("1.5"), std::nullopt);
  EXPECT_EQ(read("1e-1"), std::nullopt);
  EXPECT_EQ(read("1e19"), std::nullopt);
  EXPECT_EQ(read("1e99999999999999999999"), std::nullopt);
  EXPECT_EQ(read("1e-99999999999999999999"), std::nullopt);
  EXPECT_EQ(Value("1").as_int64(), std::nullopt);
}

TEST(JsonTest, DoubleIsFiniteOrAbsent) {
  const auto read = [](absl::string_view text) {
    return Value(Value::Number{std::string(text)}).as_double();
  };
  EXPECT_EQ(read("1.5e3"), 1500.0);
  EXPECT_EQ(read("-0.25"), -0.25);
  EXPECT_EQ(read("1e308"), 1e308);
  EXPECT_EQ(read("1e400"), std::nullopt);
  EXPECT_EQ(read("-1e400"), std::nullopt);
  EXPECT_EQ(read("1e-400"), 0.0);
  EXPECT_EQ(Value(true).as_double(), std::nullopt);
}

TEST(JsonTest, WritesWhatItReads) {
  for (absl::string_view text :
       {R"({"a":[1,2.50,{"b":null}],"c":true,"d":"x"})", "[]", "{}", "\"\"",
        R"("\"\\\b\f\n\r\t\u0000\u001f")", "\"\x7F\"", "\"\xE2\x80\xA8\""}) {
    const auto value = Parse(text);
    ASSERT_THAT(value, IsOk()) << text;
    EXPECT_EQ(Write(*value), text);
    EXPECT_THAT(Parse(Write(*value)), IsOkAndHolds(*value));
  }
}

TEST(JsonTest, MembersCompareInAnyOrder) {
  EXPECT_EQ(*Parse(R"({"a":1,"b":[2]})"), *Parse(R"({"b":[2],"a":1})"));
  EXPECT_NE(*Parse(R"({"a":1})"), *Parse(R"({"a":2})"));
  EXPECT_NE(*Parse(R"({"a":1})"), *Parse(R"({"a":1,"b":1})"));
  EXPECT_NE(*Parse("[1,2]"), *Parse("[2,1]"));
  EXPECT_NE(*Parse("{}"), *Parse("[]"));
}

TEST(JsonTest, ParseObjectWantsAnObject) {
  EXPECT_THAT(ParseObject("{}"), IsOk());
  EXPECT_THAT(ParseObject("[]"), HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(ParseObject("null"), HasReason(Reason::kInvalidRequest));
}

TEST(JsonTest, MergeReplacesAndAdds) {
  EXPECT_THAT(MergeObjects(R"({"a":1,"b":2})", R"({"b":{"x":1},"c":3})"),
              IsOkAndHolds(R"({"a":1,"b":{"x":1},"c":3})"));
  EXPECT_THAT(MergeObjects("{}", "[]"), HasReason(Reason::kInvalidRequest));
}

// What was merged can be read, and merged again.
TEST(JsonTest, MergeRefusesWhatPassesTheLimits) {
  const auto object = [](char name, size_t bytes) {
    return absl::StrCat("{\"", std::string(1, name), "\":\"",
                        std::string(bytes - 8, 'x'), "\"}");
  };
  const std::string half = object('a', 32 * 1024);
  // One brace of each less, a comma more.
  const auto full = MergeObjects(half, object('b', 32 * 1024 + 1));
  ASSERT_THAT(full, IsOk());
  EXPECT_EQ(full->size(), Limits().max_bytes);
  EXPECT_THAT(MergeObjects(*full, *full), IsOkAndHolds(*full));
  EXPECT_THAT(MergeObjects(half, object('b', 32 * 1024 + 2)),
              HasReason(Reason::kLimitReached));
  const auto many = [](char name) {
    std::string text = absl::StrCat("{\"", std::string(1, name), "\":[0");
    for (int i = 0; i < 6000; ++i) text += ",0";
    return text + "]}";
  };
  EXPECT_THAT(MergeObjects(many('a'), many('a')), IsOkAndHolds(many('a')));
  EXPECT_THAT(MergeObjects(many('a'), many('b')),
              HasReason(Reason::kLimitReached));
}

TEST(JsonTest, WritingDoesNotMakeLonger) {
  for (const char* text : {R"("\b\f\n\r\t")", R"("\u0001\u007f\/")",
                           "\"\x7F\x7F\"", R"(["\u00e9",{"\b":1.0e+05}])"}) {
    const auto value = Parse(text);
    ASSERT_THAT(value, IsOk()) << text;
    EXPECT_LE(Write(*value).size(), std::string(text).size()) << text;
  }
}

TEST(JsonTest, ErrorsDoNotShowTheText) {
  const auto value = Parse("{\"password\":\"hunter2\"");
  ASSERT_THAT(value, HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(std::string(value.status().message()), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace latchkey::json
