// JsonRows cuts a file into the JSON objects that it is made of.
#ifndef LATCHKEY_CLIENTS_CLI_JSON_ROWS_H_
#define LATCHKEY_CLIENTS_CLI_JSON_ROWS_H_

#include <cstddef>
#include <istream>
#include <string>

#include "absl/status/statusor.h"

namespace latchkey {

// JsonRows reads objects one after the other: on lines of their own, in an
// array (or several, as pages that were put together), or in {"users": [...]}.
// Only one of them is in memory. Borrows the stream; thread-compatible.
class JsonRows final {
 public:
  static constexpr size_t kMaxRowBytes = 256 * 1024;

  explicit JsonRows(std::istream* in) : in_(in) {}

  // Next reads the next object; false at the end of the file. One that is too
  // large leaves *row empty. UsageError when the file is something else or ends
  // in the middle. What is inside an object is not looked at.
  absl::StatusOr<bool> Next(std::string* row);

 private:
  enum class Place { kTop, kArrayStart, kAfterElement, kAfterComma };

  // Skips to the object's first byte; false at the end.
  absl::StatusOr<bool> FindObject();
  absl::StatusOr<bool> AtEnd() const;
  absl::Status Step(char c);
  // Reads an object whose first byte is read; true when it turned out to be the
  // head of {"users": [...]}.
  absl::StatusOr<bool> ReadObject(std::string* row);
  absl::Status Unexpected() const;

  std::istream* const in_;
  Place place_ = Place::kTop;
  bool in_wrapper_ = false;
  size_t offset_ = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_JSON_ROWS_H_
