// OutcomeFile says what became of each row of an import; a cut one shows where
// to go on.
#ifndef LATCHKEY_CLIENTS_CLI_OUTCOME_FILE_H_
#define LATCHKEY_CLIENTS_CLI_OUTCOME_FILE_H_

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace latchkey {

// What is told of a row, as one JSON object on a line.
struct RowOutcome {
  uint64_t row = 0;
  std::string result;  // created, exists, collision, refused, duplicate
  std::string id;      // of the user
  std::string detail;
  std::vector<std::string> logins;
  bool claimable = false;
};

// OutcomeFile: mode 0600. Thread-compatible.
class OutcomeFile final {
 public:
  // Nothing is written to a file without a name.
  OutcomeFile() = default;

  // Open makes a new file, or with `resume` goes on with one, whose incomplete
  // last line is cut off. UsageError when a file is there without `resume`, or
  // is no outcome file.
  absl::Status Open(const std::string& path, bool resume);

  // last_row is the last row that the file had an outcome for; 0 for none.
  uint64_t last_row() const { return last_row_; }

  absl::Status Write(const RowOutcome& outcome);
  // Flush hands what was written to the system.
  absl::Status Flush();

 private:
  absl::Status ReadOld();

  std::string path_;
  std::ofstream out_;
  uint64_t last_row_ = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_OUTCOME_FILE_H_
