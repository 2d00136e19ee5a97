// Database: one writer, several readers, on one file.
#ifndef LATCHKEY_CORE_STORE_SQLITE_DATABASE_H_
#define LATCHKEY_CORE_STORE_SQLITE_DATABASE_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/store/sqlite/connection.h"
#include "core/store/sqlite/database_file.h"
#include "core/store/sqlite/reader_pool.h"
#include "core/store/sqlite/schema.h"
#include "core/store/sqlite/writer.h"
#include "core/store/store.h"

namespace latchkey {

// Thread-safe; calls block on I/O. Errors of its own: STORE_UNAVAILABLE.
class Database final {
 public:
  // Open claims the file and migrates it forward.
  static absl::StatusOr<std::unique_ptr<Database>> Open(
      const SqliteOptions& options, absl::Span<const Migration> migrations);

  // Read runs `read(Connection*)` on a read-only connection and returns what it
  // returns, a StatusOr. Sees every write that was acknowledged before. For a
  // consistent view, `read` runs a single Query.
  template <typename F>
  auto Read(F&& read) -> decltype(read(static_cast<Connection*>(nullptr))) {
    auto connection = readers_.Borrow();
    if (!connection.ok()) return connection.status();
    auto result = read(connection->get());
    readers_.GiveBack(*std::move(connection));
    return result;
  }

  // Write: see Writer::Write. Durable when it returns OK.
  absl::Status Write(Writer::Job job) { return writer_.Write(job); }

  // See Store::Healthy.
  absl::Status Healthy();

 private:
  Database(std::unique_ptr<DatabaseFile> file,
           std::unique_ptr<Connection> connection, int readers);

  // In this order: the lock goes last, the last connection tidies up.
  const std::unique_ptr<DatabaseFile> file_;
  Writer writer_;
  ReaderPool readers_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_SQLITE_DATABASE_H_
