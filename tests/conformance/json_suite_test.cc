// JSONTestSuite against core/json. Files are named y_ (must be accepted), n_
// (must be refused) and i_ (free).
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/json/json.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "tests/conformance/tally.h"
#include "tests/conformance/vectors.h"

namespace latchkey {
namespace {

constexpr absl::string_view kFolder = "json-test-suite";

// Wide enough that no file is refused for its size alone.
constexpr json::Limits kWide = {
    .max_bytes = 1024 * 1024, .max_depth = 512, .max_members = 1'000'000};

Wanted WantedOf(absl::string_view name) {
  if (absl::StartsWith(name, "y_")) return Wanted::kValid;
  if (absl::StartsWith(name, "n_")) return Wanted::kInvalid;
  EXPECT_TRUE(absl::StartsWith(name, "i_")) << name;
  return Wanted::kFree;
}

std::string GroupOf(absl::string_view name) {
  if (absl::StartsWith(name, "i_number_")) return "large number";
  if (absl::StrContains(name, "duplicated_key")) return "duplicate name";
  return "";
}

// What is accepted reads the same after writing.
void ExpectRoundTrip(const json::Value& value) {
  EXPECT_THAT(json::Parse(json::Write(value), kWide), IsOkAndHolds(value));
}

void RunFolder(absl::string_view label, const json::Limits& limits) {
  const std::string folder = absl::StrCat(kFolder, "/test_parsing");
  Tally tally(label);
  for (const std::string& name : ListVectorFiles(folder)) {
    const absl::StatusOr<json::Value> value =
        json::Parse(ReadVectorText(absl::StrCat(folder, "/", name)), limits);
    if (value.ok()) ExpectRoundTrip(*value);
    tally.Judge({name, WantedOf(name), GroupOf(name)}, value.ok());
  }
  ExpectConforms(tally, 318);
}

TEST(JsonSuiteTest, ParsingWithinTheUsualLimits) {
  RunFolder("test_parsing", json::Limits());
}

TEST(JsonSuiteTest, ParsingWithinWideLimits) {
  RunFolder("test_parsing, wide limits", kWide);
}

// The suite has no verdict on these; duplicates and lone surrogates are what
// core/json refuses.
TEST(JsonSuiteTest, Transforming) {
  const std::string folder = absl::StrCat(kFolder, "/test_transform");
  Tally tally("test_transform");
  for (const std::string& name : ListVectorFiles(folder)) {
    const absl::StatusOr<json::Value> value =
        json::Parse(ReadVectorText(absl::StrCat(folder, "/", name)));
    if (value.ok()) ExpectRoundTrip(*value);
    const bool ambiguous = absl::StrContains(name, "same_key") ||
                           absl::StrContains(name, "invalid_codepoint");
    tally.Judge({name, ambiguous ? Wanted::kInvalid : Wanted::kValid},
                value.ok());
  }
  ExpectConforms(tally, 22);
}

}  // namespace
}  // namespace latchkey
