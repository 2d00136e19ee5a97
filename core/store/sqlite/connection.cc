#include "core/store/sqlite/connection.h"

#include <sqlite3.h>

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

// Somebody's sqlite3 shell may hold a lock for a moment.
constexpr int kBusyTimeoutMs = 2000;

absl::Status Configure(Connection* connection, int cache_kib) {
  sqlite3* db = connection->handle();
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, kBusyTimeoutMs);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // Small allocations of a statement's run; the default is three times that.
  sqlite3_db_config(db, SQLITE_DBCONFIG_LOOKASIDE, nullptr, 256, 128);
  const std::string pragmas =
      absl::StrCat("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;",
                   "PRAGMA mmap_size = 0; PRAGMA cache_size = -", cache_kib);
  return connection->Execute(pragmas.c_str());
}

}  // namespace

void Connection::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Connection::Connection(sqlite3* db, std::string path)
    : db_(db), path_(std::move(path)) {}

Connection::~Connection() {
  statements_.clear();
  sqlite3_close(db_);
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(
    const std::string& path, Mode mode, int cache_kib) {
  // No SQLITE_OPEN_CREATE: the file is made with its mode by somebody else.
  // No mutex: one thread at a time is our promise.
  const int flags =
      SQLITE_OPEN_NOMUTEX |
      (mode == Mode::kReadWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  if (db == nullptr) {
    return Error(Reason::kStoreUnavailable, "no memory to open the database");
  }
  auto connection = absl::WrapUnique(new Connection(db, path));
  if (code != SQLITE_OK) return connection->ErrorOf("open");
  RETURN_IF_ERROR(Configure(connection.get(), cache_kib));
  return connection;
}

absl::Status Connection::Execute(const char* sql) {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return ErrorOf(sql);
  }
  return absl::OkStatus();
}

absl::StatusOr<sqlite3_stmt*> Connection::Prepare(const char* sql) {
  auto& kept = statements_[sql];
  if (kept == nullptr) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                        &statement, nullptr);
    if (code != SQLITE_OK) return ErrorOf("prepare a statement");
    kept.reset(statement);
  }
  return kept.get();
}

bool Connection::InTransaction() const {
  return sqlite3_get_autocommit(db_) == 0;
}

size_t Connection::Changes() const {
  return static_cast<size_t>(sqlite3_changes64(db_));
}

int64_t Connection::LastInsertedKey() const {
  return sqlite3_last_insert_rowid(db_);
}

absl::Status Connection::ErrorOf(absl::string_view doing) const {
  const int code = sqlite3_errcode(db_) & 0xff;
  const bool bug = code == SQLITE_ERROR || code == SQLITE_MISUSE ||
                   code == SQLITE_RANGE || code == SQLITE_MISMATCH;
  return Error(bug ? Reason::kInternal : Reason::kStoreUnavailable,
               absl::StrCat("SQLite database ", path_, ": ", doing, ": ",
                            sqlite3_errmsg(db_), " (code ",
                            sqlite3_extended_errcode(db_), ")"));
}

}  // namespace latchkey
