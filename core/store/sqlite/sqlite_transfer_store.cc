#include "core/store/sqlite/sqlite_transfer_store.h"

#include <utility>

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/store/sqlite/query.h"
#include "core/store/sqlite/sqlite_credential_store.h"
#include "core/store/sqlite/sqlite_user_store.h"

namespace latchkey {
namespace {

// Whether the registration is there; users show when they are inserted.
absl::StatusOr<bool> IsThere(Connection* connection, const TransferRow& row) {
  if (row.user) return false;
  if (row.passwords.empty()) return true;
  const PasswordRecord& record = row.passwords.front();
  Query query(connection,
              "SELECT 1 FROM passwords WHERE app = ? AND provider = ?"
              " AND email = ? AND id = ?");
  query.Text(record.app.value()).Text(record.provider.value());
  query.Text(record.email).Text(record.id);
  return query.Next();
}

bool IsTaken(const absl::Status& status) {
  return GetReason(status) == Reason::kResourceExists;
}

// InsertParts stops at the first part that is taken, with the parts before it
// stored.
absl::StatusOr<TransferResult> InsertParts(Connection* connection,
                                           const TransferRow& row) {
  if (row.user) {
    const absl::Status status = InsertUser(connection, *row.user);
    const Reason reason = GetReason(status);
    if (reason == Reason::kResourceExists) return TransferResult::kExists;
    if (reason == Reason::kIdentityInUse) return TransferResult::kIdentityTaken;
    RETURN_IF_ERROR(status);
  }
  for (const PasswordRecord& record : row.passwords) {
    const absl::Status status = InsertPassword(connection, record);
    if (IsTaken(status)) return TransferResult::kAddressTaken;
    RETURN_IF_ERROR(status);
  }
  for (const ApiKeyRecord& key : row.api_keys) {
    const absl::Status status = InsertApiKey(connection, key);
    if (IsTaken(status)) return TransferResult::kApiKeyTaken;
    RETURN_IF_ERROR(status);
  }
  return TransferResult::kCreated;
}

absl::StatusOr<TransferResult> InsertRow(Connection* connection,
                                         const TransferRow& row) {
  ASSIGN_OR_RETURN(const bool there, IsThere(connection, row));
  if (there) return TransferResult::kExists;
  RETURN_IF_ERROR(Query(connection, "SAVEPOINT transfer").Run());
  ASSIGN_OR_RETURN(const TransferResult result, InsertParts(connection, row));
  if (result != TransferResult::kCreated) {
    RETURN_IF_ERROR(Query(connection, "ROLLBACK TO transfer").Run());
  }
  RETURN_IF_ERROR(Query(connection, "RELEASE transfer").Run());
  return result;
}

}  // namespace

absl::StatusOr<std::vector<TransferResult>> SqliteTransferStore::Insert(
    absl::Span<const TransferRow> rows, TransferMode mode) {
  std::vector<TransferResult> results;
  bool dry = false;
  const absl::Status status =
      database_->Write([&](Connection* connection) -> absl::Status {
        for (const TransferRow& row : rows) {
          ASSIGN_OR_RETURN(const TransferResult result,
                           InsertRow(connection, row));
          results.push_back(result);
        }
        dry = mode == TransferMode::kDryRun;
        // A job that fails leaves nothing behind.
        return dry ? Error(Reason::kCancelled, "a dry run") : absl::OkStatus();
      });
  const bool as_wanted =
      dry ? GetReason(status) == Reason::kCancelled : status.ok();
  if (!as_wanted) return status;
  return results;
}

absl::StatusOr<std::vector<PasswordRecord>> SqliteTransferStore::ListPasswords(
    const AppId& app, absl::string_view after, size_t limit) {
  return ListPasswordRecords(database_, app, after, limit);
}

}  // namespace latchkey
