// Query runs one prepared statement once.
#ifndef LATCHKEY_CORE_STORE_SQLITE_QUERY_H_
#define LATCHKEY_CORE_STORE_SQLITE_QUERY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/store/sqlite/connection.h"

namespace latchkey {

// Query binds parameters in their order, then steps through the rows, whose
// columns are read in their order:
//
//   Query query(&connection, "SELECT id FROM users WHERE app = ?");
//   query.Text(app);
//   ASSIGN_OR_RETURN(bool found, query.Next());
//   if (found) id = query.ReadText();
//
// Not thread-safe; must not outlive the connection; one Query per statement of
// a connection at a time.
class Query final {
 public:
  // `sql` is a literal (see Connection::Prepare). A failure shows in Next().
  Query(Connection* connection, const char* sql);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Query& Int(int64_t value);
  Query& Unsigned(uint64_t value) { return Int(static_cast<int64_t>(value)); }
  // Text and Blob copy; any bytes are kept.
  Query& Text(absl::string_view value);
  Query& Blob(absl::string_view value);
  Query& Time(absl::Time value);
  Query& OptionalTime(const std::optional<absl::Time>& value);
  Query& Null();
  // Limit binds a number of rows; SQLite takes no more than int64_t holds.
  Query& Limit(size_t rows);

  // Next steps to the next row; false when there is none.
  absl::StatusOr<bool> Next();
  // Run steps to the end. `taken` is the reason when a row of that key exists.
  absl::Status Run(Reason taken = Reason::kResourceExists);

  int64_t ReadInt();
  uint64_t ReadUnsigned() { return static_cast<uint64_t>(ReadInt()); }
  bool ReadBool() { return ReadInt() != 0; }
  std::string ReadText();  // also of a blob
  absl::Time ReadTime();
  std::optional<absl::Time> ReadOptionalTime();
  // Whether the column to be read next is null, or a blob. Reads nothing.
  bool NextIsNull() const;
  bool NextIsBlob() const;

 private:
  void Check(int code);

  Connection* const connection_;
  sqlite3_stmt* statement_ = nullptr;
  absl::Status status_;
  int parameter_ = 0;
  int column_ = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_SQLITE_QUERY_H_
