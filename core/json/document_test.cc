#include "core/json/document.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey::json {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> NamesOf(Node object) {
  std::vector<std::string> names;
  for (const Node member : object.children()) {
    names.emplace_back(member.name());
  }
  return names;
}

TEST(DocumentTest, HoldsEveryTypeInTheOrderOfTheText) {
  Document document;
  ASSERT_THAT(document.Parse(R"({"s":"a\nb","n":-1.5e3,"t":true,"z":null,)"
                             R"("a":[1,[2,{"x":3}],4],"o":{"in":"side"}})"),
              IsOk());
  const Node root = document.root();
  EXPECT_THAT(NamesOf(root), ElementsAre("s", "n", "t", "z", "a", "o"));
  EXPECT_EQ(root.Find("s")->as_string(), "a\nb");
  EXPECT_EQ(root.Find("n")->as_number(), "-1.5e3");
  EXPECT_EQ(root.Find("t")->as_bool(), true);
  EXPECT_EQ(root.Find("z")->type(), Node::Type::kNull);
  EXPECT_EQ(root.Find("o")->Find("in")->as_string(), "side");
  EXPECT_EQ(root.Find("in"), std::nullopt) << "a member of a member";
  std::vector<std::string> numbers;
  for (const Node element : root.Find("a")->children()) {
    numbers.emplace_back(element.as_number().value_or("-"));
  }
  EXPECT_THAT(numbers, ElementsAre("1", "-", "4"));
}

TEST(DocumentTest, OtherTypesGiveNothing) {
  Document document;
  ASSERT_THAT(document.Parse("[\"text\", 1]"), IsOk());
  const Node array = document.root();
  EXPECT_EQ(array.as_string(), std::nullopt);
  EXPECT_EQ(array.as_number(), std::nullopt);
  EXPECT_EQ(array.as_bool(), std::nullopt);
  EXPECT_EQ(array.Find("text"), std::nullopt);
  EXPECT_EQ((*array.children().begin()).as_number(), std::nullopt);
}

TEST(DocumentTest, CopiesOutWhatParseGives) {
  const std::string text =
      R"({"a":[1,"x",{"b":[]},null,false],"c":{},"d":0.10})";
  Document document;
  ASSERT_THAT(document.Parse(text), IsOk());
  EXPECT_EQ(document.root().ToValue(), *Parse(text));
  EXPECT_EQ(Write(document.root().ToValue()), text);
}

TEST(DocumentTest, IsEmptyBeforeTheFirstTextAndAfterAFailure) {
  Document document;
  EXPECT_EQ(document.root().type(), Node::Type::kNull);
  ASSERT_THAT(document.Parse("[1]"), IsOk());
  EXPECT_THAT(document.Parse("[1,]"), HasReason(Reason::kInvalidRequest));
  EXPECT_EQ(document.root().type(), Node::Type::kNull);
  ASSERT_THAT(document.Parse("[1]"), IsOk());
  EXPECT_THAT(document.ParseObject("[1]"), HasReason(Reason::kInvalidRequest));
  EXPECT_EQ(document.root().type(), Node::Type::kNull);
}

// A text's views must not be those of an earlier, longer one.
TEST(DocumentTest, ReadsTextsOfAnyLengthOneAfterTheOther) {
  Document document;
  for (const size_t size : {10, 60'000, 100, 20'000, 1, 40'000, 2}) {
    const std::string text(size, 'x');
    ASSERT_THAT(document.Parse(absl::StrCat("{\"", text, "\":\"", text, "\"}"),
                               {.max_bytes = 1'000'000}),
                IsOk());
    ASSERT_EQ(document.root().Find(text)->as_string(), text);
  }
}

TEST(DocumentTest, FindsDuplicatesAmongFewAndManyMembers) {
  for (const int count : {2, 15, 16, 17, 18, 200}) {
    std::string text = "{";
    for (int i = 0; i < count - 1; ++i) {
      absl::StrAppend(&text, "\"m", i, "\":{\"m0\":0},");
    }
    Document document;
    EXPECT_THAT(document.Parse(text + "\"last\":0}"), IsOk()) << count;
    EXPECT_THAT(document.Parse(text + "\"\\u006d0\":0}"),
                HasReason(Reason::kInvalidRequest))
        << count;
  }
}

TEST(DocumentTest, BlanksBesideNamesAndStringsDoNotCount) {
  Document document;
  ASSERT_THAT(document.Parse(" { \"a b\" \t:\r\n \" x \" \n, \"\" : \"\" , "
                             "\":\":[ \"]\" ],\"n\" : 12 \t} "),
              IsOk());
  const Node root = document.root();
  EXPECT_THAT(NamesOf(root), ElementsAre("a b", "", ":", "n"));
  EXPECT_EQ(root.Find("a b")->as_string(), " x ");
  EXPECT_EQ(root.Find("")->as_string(), "");
  EXPECT_EQ((*root.Find(":")->children().begin()).as_string(), "]");
  EXPECT_EQ(root.Find("n")->as_number(), "12");
}

// Texts without escapes are read another way: both ways judge alike.
TEST(DocumentTest, AnEscapeElsewhereChangesNothing) {
  const absl::string_view texts[] = {R"("a")",
                                     R"({"a":"b"})",
                                     R"({"a" : "b" , "c" :{"d":[ ]}})",
                                     R"({"":""})",
                                     R"({"a":"b","a":"b"})",
                                     R"({"a"x:1})",
                                     R"({"a" "b":1})",
                                     R"({"a":"b"c})",
                                     R"({"a":"b" "c"})",
                                     R"(["a"b])",
                                     R"(["a" "b"])",
                                     R"({"a"})",
                                     R"({"a":})",
                                     R"({:"a"})",
                                     R"({a:"a"})",
                                     R"({"a:"b"})",
                                     R"(["a])",
                                     R"({'a':"b"})",
                                     R"({"a":"b",})",
                                     R"({1:"b"})",
                                     "[\"\x01\"]",
                                     "{\"\n\":1}",
                                     "[\"\xff\"]",
                                     "{\"\xc3\":1}",
                                     "[\"\x7f\"]",
                                     R"({"a"::"b"})",
                                     R"({"a":"b":"c"})",
                                     R"({"a":"b":1}})",
                                     R"(["a":5]])",
                                     R"({"a":"b":{"c":0},"d":1})",
                                     R"({"a":"b":0,"c":0},"d":1})",
                                     R"(["a":[1],"b"]])",
                                     R"(["a":"b"])"};
  for (const absl::string_view text : texts) {
    Document plain;
    Document escaped;
    const absl::Status status = plain.Parse(absl::StrCat("[", text, ",0]"));
    const absl::Status other =
        escaped.Parse(absl::StrCat("[", text, ",\"\\u0041\"]"));
    ASSERT_EQ(status.ok(), other.ok()) << text;
    if (!status.ok()) continue;
    EXPECT_EQ((*plain.root().children().begin()).ToValue(),
              (*escaped.root().children().begin()).ToValue())
        << text;
  }
}

TEST(DocumentTest, NothingHidesBehindAStringAndAColon) {
  const absl::string_view texts[] = {
      R"({"a":"b":1}})",
      R"(["a":5]])",
      R"({"alg":"ES256":0,"crit":["b64"]},"kid":"k1"})",
      R"({"sub":"x":0,"cnf":{}},"exp":1})",
      R"({"a":1:"b"}})",
      R"({"a":null:"b"}})",
      R"({"a":true:[]}})"};
  for (const absl::string_view text : texts) {
    Document document;
    EXPECT_THAT(document.Parse(text), HasReason(Reason::kInvalidRequest))
        << text;
  }
}

TEST(DocumentTest, MovesWithItsViews) {
  Document document;
  ASSERT_THAT(document.Parse(R"(["text"])"), IsOk());
  const Node text = *document.root().children().begin();
  const Document moved = std::move(document);
  EXPECT_EQ(text.as_string(), "text");
}

}  // namespace
}  // namespace latchkey::json
