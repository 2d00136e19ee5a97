// Every case of cases.txt has its tests. Sections A-E and G: a test whose name
// begins with the number; F: the tests that the list names.
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "re2/re2.h"

namespace latchkey {
namespace {

constexpr char kCases[] = "tests/attacks/cases.txt";
// Written by the build: the test sources, one a line.
constexpr char kSources[] = "tests/attacks/test_sources.txt";

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// "Suite.Name" of every test.
std::set<std::string> TestNames() {
  static const RE2 kTest(R"(\bTEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\))");
  std::set<std::string> names;
  const std::string list = Contents(kSources);
  for (absl::string_view path : absl::StrSplit(list, '\n', absl::SkipEmpty())) {
    const std::string source = Contents(std::string(path));
    re2::StringPiece rest(source);
    std::string suite, name;
    while (RE2::FindAndConsume(&rest, kTest, &suite, &name)) {
      names.insert(absl::StrCat(suite, ".", name));
    }
  }
  return names;
}

// The cases by number.
std::map<std::string, std::string> Cases() {
  std::map<std::string, std::string> cases;
  const std::string text = Contents(kCases);
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (absl::StartsWith(line, "#")) continue;
    const std::vector<std::string> parts =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    EXPECT_EQ(parts.size(), 2u) << line;
    if (parts.size() != 2) continue;
    EXPECT_TRUE(cases.emplace(parts[0], parts[1]).second) << line;
  }
  return cases;
}

TEST(AttackCases, NumbersRunOnWithoutAGap) {
  std::set<int> numbers;
  for (const auto& [number, title] : Cases()) {
    EXPECT_TRUE(RE2::FullMatch(number, "[A-G][0-9]{2,3}")) << number;
    numbers.insert(std::stoi(number.substr(1)));
  }
  ASSERT_EQ(numbers.size(), 134u);
  EXPECT_EQ(*numbers.begin(), 1);
  EXPECT_EQ(*numbers.rbegin(), 134);
}

TEST(AttackCases, EachHasATestOfItsNumber) {
  std::set<std::string> tested;
  for (const std::string& name : TestNames()) {
    std::string number;
    if (RE2::PartialMatch(name, R"(\.([A-G][0-9]{2,3})_)", &number)) {
      tested.insert(number);
    }
  }
  const std::map<std::string, std::string> cases = Cases();
  for (const auto& [number, title] : cases) {
    if (number[0] == 'F') continue;
    EXPECT_EQ(tested.count(number), 1u) << number << " " << title;
  }
  for (const std::string& number : tested) {
    EXPECT_EQ(cases.count(number), 1u) << number << " is not in the list";
  }
}

TEST(AttackCases, TheNamedTestsOfFetchingExist) {
  const std::set<std::string> names = TestNames();
  for (const auto& [number, text] : Cases()) {
    if (number[0] != 'F') continue;
    const std::vector<std::string> parts = absl::StrSplit(text, ": ");
    ASSERT_EQ(parts.size(), 2u) << number;
    for (absl::string_view name : absl::StrSplit(parts[1], ' ')) {
      EXPECT_EQ(names.count(std::string(name)), 1u) << number << ": " << name;
    }
  }
}

}  // namespace
}  // namespace latchkey
