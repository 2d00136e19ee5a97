#include "core/config/yaml_tree.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

std::string Repeat(absl::string_view text, size_t count) {
  std::string all;
  for (size_t i = 0; i < count; ++i) absl::StrAppend(&all, text);
  return all;
}

// "LINE: MESSAGE" of the one problem; empty when the text is fine.
std::string ProblemOf(absl::string_view text) {
  Problems problems;
  const bool parsed = ParseYaml(text, &problems).has_value();
  const std::vector<ConfigProblem> list = problems.Take();
  EXPECT_EQ(list.size(), parsed ? 0u : 1u);
  return list.empty() ? "" : absl::StrCat(list[0].line, ": ", list[0].message);
}

TEST(YamlTreeTest, KeepsLinesAndDuplicates) {
  Problems problems;
  const auto tree =
      ParseYaml("# top\na: 1\nb:\n  - x\n  - {c: ~}\na: 'two'\n", &problems);
  ASSERT_TRUE(tree.has_value());
  const auto& entries = tree->root->entries;
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].key, "a");
  EXPECT_EQ(entries[0].line, 2);
  EXPECT_EQ(entries[0].value->text, "1");
  EXPECT_EQ(entries[1].line, 3);
  ASSERT_EQ(entries[1].value->entries.size(), 2u);
  EXPECT_EQ(entries[1].value->entries[1].line, 5);
  EXPECT_EQ(entries[1].value->entries[1].value->entries[0].value->kind,
            YamlNode::Kind::kNull);
  EXPECT_EQ(entries[2].key, "a");
  EXPECT_EQ(entries[2].line, 6);
  EXPECT_EQ(entries[2].value->text, "two");
}

TEST(YamlTreeTest, ResolvesAliases) {
  Problems problems;
  const auto tree = ParseYaml("a: &x [1]\nb: *x\n", &problems);
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(tree->root->entries[0].value, tree->root->entries[1].value);
}

TEST(YamlTreeTest, RefusesOddDocuments) {
  EXPECT_EQ(ProblemOf(""), "0: the file is empty");
  EXPECT_EQ(ProblemOf("# only a comment\n"), "0: the file is empty");
  EXPECT_EQ(ProblemOf("a: 1\n---\nb: 2\n"),
            "0: the file holds more than one document (---)");
  EXPECT_EQ(ProblemOf("a: 1\nb: !!binary eA==\n"),
            "2: not YAML: tags (!...) are not used here");
  EXPECT_EQ(ProblemOf("a: 1\n? [x]\n: 1\n"), "2: not YAML: a key must be text");
  EXPECT_EQ(ProblemOf("a: &x\n  - *x\n"),
            "2: not YAML: an alias of what it stands in");
  EXPECT_EQ(ProblemOf("a: 1\nb: \xff\n"), "2: this is not UTF-8 text");
  EXPECT_EQ(ProblemOf(std::string("a: 1\n\0\n", 7)),
            "2: this is not UTF-8 text");
  EXPECT_EQ(ProblemOf(std::string("\xff\xfe"
                                  "a\0",
                                  4)),
            "1: this is not UTF-8 text");
}

TEST(YamlTreeTest, RefusesBadSyntaxWithItsLine) {
  for (const char* text :
       {"a: 1\n\tb: 2\n", "a: 1\nb: [1, 2\n", "a: 1\n b: 2\n", "a: 1\n}\n",
        "a: 1\nb: *nothing\n", "a: 1\nb: \"\\q\"\n", "a: 1\nb: @x\n"}) {
    const std::string problem = ProblemOf(text);
    EXPECT_EQ(problem.substr(1, 12), ": not YAML: ") << text << problem;
    EXPECT_GE(problem[0], '2') << text << problem;
  }
}

TEST(YamlTreeTest, NeverShowsText) {
  EXPECT_EQ(ProblemOf("a: 1\nb: *s3cret\n").find("s3cret"), std::string::npos);
}

TEST(YamlTreeTest, BoundsSizeDepthAndCount) {
  EXPECT_EQ(ProblemOf(std::string(kMaxYamlBytes + 1, 'x')),
            "0: the file is larger than 1 MiB");
  EXPECT_EQ(ProblemOf(Repeat("[", 64) + Repeat("]", 64)), "");
  EXPECT_EQ(ProblemOf(Repeat("[", 65) + Repeat("]", 65)),
            "1: not YAML: nested too deeply");
  EXPECT_EQ(ProblemOf(Repeat("- x\n", 99'999)), "");
  EXPECT_EQ(ProblemOf(Repeat("- x\n", 100'000)),
            "100000: not YAML: too many values in the file");
}

// Large enough that anything but linear time would be noticed.
constexpr size_t kHostileBytes = kMaxYamlBytes / 4;

TEST(YamlTreeTest, SurvivesHostileText) {
  for (const char* piece :
       {"[",   "{", "- ", "? ", "a: ",   "{a: ", "[{", "&a ",
        "*a ", "!", "\"", "'",  "|\n",   ">",    "%",  "a:\n ",
        "]",   "}", ",",  ": ", "---\n", "a",    "\\", "#"}) {
    const std::string text =
        Repeat(piece, kHostileBytes / std::string(piece).size());
    Problems problems;
    ParseYaml(text, &problems);
    EXPECT_LE(problems.Take().size(), 1u);
  }
}

}  // namespace
}  // namespace latchkey
