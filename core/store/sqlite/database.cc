#include "core/store/sqlite/database.h"

#include <string>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/store/sqlite/query.h"

namespace latchkey {
namespace {

constexpr int kWriterCacheKib = 1024;

absl::Status UseWal(Connection* connection, SqliteOptions::Durability wanted) {
  Query query(connection, "PRAGMA journal_mode = WAL");
  ASSIGN_OR_RETURN(const bool answered, query.Next());
  const std::string mode = answered ? query.ReadText() : "";
  if (mode != "wal") {
    return Error(Reason::kStoreUnavailable,
                 absl::StrCat("the database cannot use a write-ahead log here "
                              "(journal mode ",
                              mode, "): is it on a network file system?"));
  }
  return connection->Execute(wanted == SqliteOptions::Durability::kFull
                                 ? "PRAGMA synchronous = FULL"
                                 : "PRAGMA synchronous = NORMAL");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Open(
    const SqliteOptions& options, absl::Span<const Migration> migrations) {
  ASSIGN_OR_RETURN(std::unique_ptr<DatabaseFile> file,
                   DatabaseFile::Claim(options.path));
  ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection,
                   Connection::Open(options.path, Connection::Mode::kReadWrite,
                                    kWriterCacheKib));
  RETURN_IF_ERROR(CheckOwnership(connection.get(), migrations));
  RETURN_IF_ERROR(UseWal(connection.get(), options.durability));
  RETURN_IF_ERROR(Migrate(connection.get(), migrations));
  return absl::WrapUnique(
      new Database(std::move(file), std::move(connection), options.readers));
}

Database::Database(std::unique_ptr<DatabaseFile> file,
                   std::unique_ptr<Connection> connection, int readers)
    : file_(std::move(file)),
      writer_(std::move(connection)),
      readers_(file_->path(), readers) {}

absl::Status Database::Healthy() {
  RETURN_IF_ERROR(file_->CheckInPlace());
  RETURN_IF_ERROR(Read([](Connection* connection) {
    return Query(connection, "SELECT seq FROM users LIMIT 1").Run();
  }));
  return writer_.Probe();
}

}  // namespace latchkey
