// Counting what a file of vectors wants against what latchkey does.
#ifndef LATCHKEY_TESTS_CONFORMANCE_TALLY_H_
#define LATCHKEY_TESTS_CONFORMANCE_TALLY_H_

#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "tests/conformance/deviations.h"

namespace latchkey {

// What a vector's author says of a case. kFree: either verdict conforms
// (Wycheproof's "acceptable", JSONTestSuite's i_); latchkey refuses those,
// except for the ones listed as deviations.
enum class Wanted { kValid, kInvalid, kFree };

// WantedFrom reads Wycheproof's "valid", "invalid" and "acceptable".
Wanted WantedFrom(absl::string_view result);

struct VectorCase {
  std::string id;
  Wanted wanted = Wanted::kInvalid;
  // Class of cases that the list of deviations may name; empty: none.
  std::string group = "";
};

// Tally collects the verdicts on one file.
class Tally {
 public:
  // `deviations` outlive the tally; rows of other files are passed over.
  explicit Tally(absl::string_view file,
                 absl::Span<const Deviation> deviations = Deviations());

  void Judge(const VectorCase& vector, bool accepted);

  // Problems names each verdict that is neither wanted nor listed, each row of
  // the list that does not hold exactly, and a number of cases other than
  // `expected_cases` (> 0).
  std::vector<std::string> Problems(int expected_cases) const;

  // Summary is one line of counts.
  std::string Summary() const;

 private:
  struct Row {
    const Deviation* deviation;
    int hits = 0;
  };
  Row* FindRow(const VectorCase& vector);

  const std::string file_;
  absl::btree_map<std::string, Row> rows_;
  std::vector<std::string> unexpected_;
  int cases_ = 0;
  int valid_accepted_ = 0;
  int invalid_refused_ = 0;
  int free_refused_ = 0;
  int deviations_ = 0;
};

// ExpectConforms prints the summary and fails the running test for each
// problem.
void ExpectConforms(const Tally& tally, int expected_cases);

}  // namespace latchkey

#endif  // LATCHKEY_TESTS_CONFORMANCE_TALLY_H_
