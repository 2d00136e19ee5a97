#include "core/store/sqlite/query.h"

#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/status_macros.h"
#include "core/store/stored_time.h"

namespace latchkey {

Query::Query(Connection* connection, const char* sql)
    : connection_(connection) {
  auto statement = connection->Prepare(sql);
  if (!statement.ok()) {
    status_ = std::move(statement).status();
  } else if (sqlite3_stmt_busy(*statement) != 0) {
    status_ = Error(Reason::kInternal, "a statement is used twice at once");
  } else {
    statement_ = *statement;
  }
}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  // Drops the copies of bound values, which may be secrets or large.
  sqlite3_clear_bindings(statement_);
}

Query& Query::Int(int64_t value) {
  if (status_.ok()) Check(sqlite3_bind_int64(statement_, ++parameter_, value));
  return *this;
}

Query& Query::Text(absl::string_view value) {
  if (!status_.ok()) return *this;
  // A null pointer would bind NULL, not the empty text.
  const char* data = value.empty() ? "" : value.data();
  Check(sqlite3_bind_text64(statement_, ++parameter_, data, value.size(),
                            SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Query& Query::Blob(absl::string_view value) {
  if (!status_.ok()) return *this;
  const char* data = value.empty() ? "" : value.data();
  Check(sqlite3_bind_blob64(statement_, ++parameter_, data, value.size(),
                            SQLITE_TRANSIENT));
  return *this;
}

Query& Query::Time(absl::Time value) { return Int(ToStoredMicros(value)); }

Query& Query::OptionalTime(const std::optional<absl::Time>& value) {
  return value ? Time(*value) : Null();
}

Query& Query::Null() {
  if (status_.ok()) Check(sqlite3_bind_null(statement_, ++parameter_));
  return *this;
}

Query& Query::Limit(size_t rows) {
  constexpr size_t kMax = std::numeric_limits<int64_t>::max();
  return Int(static_cast<int64_t>(std::min(rows, kMax)));
}

absl::StatusOr<bool> Query::Next() {
  RETURN_IF_ERROR(status_);
  column_ = 0;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_->ErrorOf("step");
}

absl::Status Query::Run(Reason taken) {
  absl::StatusOr<bool> row = Next();
  while (row.ok() && *row) row = Next();
  if (row.ok() || !status_.ok()) return row.status();
  const int code = sqlite3_extended_errcode(connection_->handle());
  if (code == SQLITE_CONSTRAINT_UNIQUE ||
      code == SQLITE_CONSTRAINT_PRIMARYKEY) {
    return Error(taken, sqlite3_errmsg(connection_->handle()));
  }
  return row.status();
}

int64_t Query::ReadInt() { return sqlite3_column_int64(statement_, column_++); }

std::string Query::ReadText() {
  const int column = column_++;
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (data == nullptr) return std::string();
  return std::string(static_cast<const char*>(data), static_cast<size_t>(size));
}

absl::Time Query::ReadTime() { return FromStoredMicros(ReadInt()); }

std::optional<absl::Time> Query::ReadOptionalTime() {
  if (!NextIsNull()) return ReadTime();
  ++column_;
  return std::nullopt;
}

bool Query::NextIsNull() const {
  return sqlite3_column_type(statement_, column_) == SQLITE_NULL;
}

bool Query::NextIsBlob() const {
  return sqlite3_column_type(statement_, column_) == SQLITE_BLOB;
}

void Query::Check(int code) {
  if (code != SQLITE_OK) status_ = connection_->ErrorOf("bind a value");
}

}  // namespace latchkey
