// DatabaseFile owns the database's place on disk: folder, file, lock.
#ifndef LATCHKEY_CORE_STORE_SQLITE_DATABASE_FILE_H_
#define LATCHKEY_CORE_STORE_SQLITE_DATABASE_FILE_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace latchkey {

// Holds the lock until destroyed. Thread-safe.
class DatabaseFile final {
 public:
  // Claim makes what is missing (folders 0700, files 0600) and locks
  // `path`.lock. STORE_UNAVAILABLE when it cannot, or when another process (or
  // another Store of this one) has the database.
  static absl::StatusOr<std::unique_ptr<DatabaseFile>> Claim(std::string path);
  ~DatabaseFile();
  DatabaseFile(const DatabaseFile&) = delete;
  DatabaseFile& operator=(const DatabaseFile&) = delete;

  const std::string& path() const { return path_; }

  // CheckInPlace fails when the file was removed or replaced: SQLite would go
  // on writing into what nobody can open again.
  absl::Status CheckInPlace() const;

 private:
  DatabaseFile(std::string path, int lock);

  absl::Status MakeFile();

  const std::string path_;
  const int lock_;
  // The inode stays taken while SQLite has the file open.
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_SQLITE_DATABASE_FILE_H_
