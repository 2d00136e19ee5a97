// Connection is one handle of SQLite with its prepared statements.
#ifndef LATCHKEY_CORE_STORE_SQLITE_CONNECTION_H_
#define LATCHKEY_CORE_STORE_SQLITE_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3;
struct sqlite3_stmt;

namespace latchkey {

// Not thread-safe: used by one thread at a time.
class Connection final {
 public:
  enum class Mode { kReadWrite, kReadOnly };

  // Open opens the existing file `path`. `cache_kib` bounds the page cache.
  // STORE_UNAVAILABLE when it cannot.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(
      const std::string& path, Mode mode, int cache_kib);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Execute runs statements that give no rows (rows are dropped).
  absl::Status Execute(const char* sql);

  // Prepare compiles `sql` once and keeps it. `sql` is a literal: its address
  // is the key. The statement belongs to the connection.
  absl::StatusOr<sqlite3_stmt*> Prepare(const char* sql);

  // InTransaction is false also when SQLite rolled back by itself.
  bool InTransaction() const;
  // The number of rows that the last statement changed.
  size_t Changes() const;
  // The integer key of the row inserted last.
  int64_t LastInsertedKey() const;

  // ErrorOf describes the last failure: STORE_UNAVAILABLE, or INTERNAL where
  // our own SQL or use of SQLite is wrong. Holds no bound value.
  absl::Status ErrorOf(absl::string_view doing) const;

  sqlite3* handle() const { return db_; }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  Connection(sqlite3* db, std::string path);

  sqlite3* const db_;
  const std::string path_;
  absl::flat_hash_map<const void*, std::unique_ptr<sqlite3_stmt, Finalize>>
      statements_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_SQLITE_CONNECTION_H_
