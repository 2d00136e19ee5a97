#include "tests/conformance/tally.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

absl::string_view NameOf(Wanted wanted) {
  switch (wanted) {
    case Wanted::kValid:
      return "valid";
    case Wanted::kInvalid:
      return "invalid";
    case Wanted::kFree:
      return "acceptable";
  }
  return "";
}

}  // namespace

Wanted WantedFrom(absl::string_view result) {
  if (result == "valid") return Wanted::kValid;
  if (result == "acceptable") return Wanted::kFree;
  EXPECT_EQ(result, "invalid");
  return Wanted::kInvalid;
}

Tally::Tally(absl::string_view file, absl::Span<const Deviation> deviations)
    : file_(file) {
  for (const Deviation& deviation : deviations) {
    if (deviation.file != file) continue;
    const bool added =
        rows_.emplace(std::string(deviation.cases), Row{&deviation}).second;
    if (!added) {
      unexpected_.push_back(
          absl::StrCat(file, ": ", deviation.cases, " is listed twice"));
    }
  }
}

Tally::Row* Tally::FindRow(const VectorCase& vector) {
  auto row = rows_.find(vector.id);
  if (row == rows_.end() && !vector.group.empty()) {
    row = rows_.find(vector.group);
  }
  return row == rows_.end() ? nullptr : &row->second;
}

void Tally::Judge(const VectorCase& vector, bool accepted) {
  ++cases_;
  if (accepted == (vector.wanted == Wanted::kValid)) {
    if (vector.wanted == Wanted::kValid) ++valid_accepted_;
    if (vector.wanted == Wanted::kInvalid) ++invalid_refused_;
    if (vector.wanted == Wanted::kFree) ++free_refused_;
    return;
  }
  if (Row* row = FindRow(vector); row != nullptr) {
    ++row->hits;
    ++deviations_;
    return;
  }
  unexpected_.push_back(absl::StrCat(
      file_, ": case ", vector.id, " is ", NameOf(vector.wanted),
      vector.group.empty() ? "" : absl::StrCat(" (", vector.group, ")"),
      " but was ", accepted ? "accepted" : "refused"));
}

std::vector<std::string> Tally::Problems(int expected_cases) const {
  std::vector<std::string> problems = unexpected_;
  for (const auto& [cases, row] : rows_) {
    if (row.hits == row.deviation->count) continue;
    problems.push_back(absl::StrCat(file_, ": ", cases, " lists ",
                                    row.deviation->count, " deviations, found ",
                                    row.hits));
  }
  if (expected_cases <= 0 || cases_ != expected_cases) {
    problems.push_back(absl::StrCat(file_, ": has ", cases_,
                                    " cases, expected ", expected_cases));
  }
  return problems;
}

std::string Tally::Summary() const {
  return absl::StrCat(
      file_, ": ", cases_, " cases, ", valid_accepted_, " valid accepted, ",
      invalid_refused_, " invalid refused, ", free_refused_,
      " acceptable refused, ", deviations_, " listed deviations, ",
      unexpected_.size(), " unexpected");
}

void ExpectConforms(const Tally& tally, int expected_cases) {
  std::cout << tally.Summary() << "\n";
  for (const std::string& problem : tally.Problems(expected_cases)) {
    ADD_FAILURE() << problem;
  }
}

}  // namespace latchkey
