#include <cstdint>

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/store/sqlite/query.h"
#include "core/store/sqlite/sqlite_credential_store.h"

namespace latchkey {
namespace {

#define LATCHKEY_SELECT_PASSWORD                                 \
  "SELECT id, app, provider, email, phc, confirmed, created_at," \
  " version FROM passwords "

absl::Status NotFound() {
  return Error(Reason::kResourceNotFound, "no such password record");
}

PasswordRecord ReadRecord(Query* query) {
  PasswordRecord record;
  record.id = query->ReadText();
  record.app = AppId(query->ReadText());
  record.provider = ProviderName(query->ReadText());
  record.email = query->ReadText();
  record.phc = query->ReadText();
  record.confirmed = query->ReadBool();
  record.created_at = query->ReadTime();
  record.version = query->ReadUnsigned();
  return record;
}

absl::StatusOr<PasswordRecord> ReadOne(Query* query) {
  ASSIGN_OR_RETURN(const bool found, query->Next());
  if (!found) return NotFound();
  return ReadRecord(query);
}

absl::StatusOr<std::vector<PasswordRecord>> ReadAll(Query* query) {
  std::vector<PasswordRecord> records;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query->Next());
    if (!found) return records;
    records.push_back(ReadRecord(query));
  }
}

absl::StatusOr<PasswordRecord> FindRecord(Connection* connection,
                                          const AppId& app,
                                          absl::string_view id) {
  Query query(connection, LATCHKEY_SELECT_PASSWORD "WHERE app = ? AND id = ?");
  query.Text(app.value()).Text(id);
  return ReadOne(&query);
}

absl::Status AddToVersion(Connection* connection, int64_t difference,
                          int64_t seq) {
  Query query(connection,
              "UPDATE passwords SET version = version + ? WHERE seq = ?");
  return query.Int(difference).Int(seq).Run();
}

// There and back: SQLite leaves a page alone, and the commit without anything
// to sync, when a row is overwritten with the same bytes.
absl::Status RewriteRecord(Connection* connection, int64_t seq) {
  RETURN_IF_ERROR(AddToVersion(connection, 1, seq));
  return AddToVersion(connection, -1, seq);
}

}  // namespace

absl::Status InsertPassword(Connection* connection,
                            const PasswordRecord& record) {
  Query query(connection,
              "INSERT INTO passwords (app, id, provider, email, phc,"
              " confirmed, created_at, version)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, 1)");
  query.Text(record.app.value()).Text(record.id);
  query.Text(record.provider.value()).Text(record.email).Text(record.phc);
  return query.Int(record.confirmed).Time(record.created_at).Run();
}

absl::Status UpdatePassword(Connection* connection,
                            const PasswordRecord& record) {
  ASSIGN_OR_RETURN(const PasswordRecord stored,
                   FindRecord(connection, record.app, record.id));
  if (stored.version != record.version) {
    return Error(Reason::kConflict, "the record was changed in between");
  }
  Query query(connection,
              "UPDATE passwords SET provider = ?, email = ?, phc = ?,"
              " confirmed = ?, created_at = ?, version = ?"
              " WHERE app = ? AND id = ?");
  query.Text(record.provider.value()).Text(record.email).Text(record.phc);
  query.Int(record.confirmed).Time(record.created_at);
  query.Unsigned(record.version + 1);
  return query.Text(record.app.value()).Text(record.id).Run();
}

absl::Status DeletePassword(Connection* connection, const AppId& app,
                            absl::string_view id) {
  Query query(connection, "DELETE FROM passwords WHERE app = ? AND id = ?");
  return query.Text(app.value()).Text(id).Run();
}

absl::Status SqlitePasswordStore::Insert(const PasswordRecord& record) {
  return database_->Write([&](Connection* connection) {
    return InsertPassword(connection, record);
  });
}

absl::StatusOr<PasswordRecord> SqlitePasswordStore::FindByEmail(
    const AppId& app, const ProviderName& provider, absl::string_view email) {
  return database_->Read([&](Connection* connection) {
    Query query(connection, LATCHKEY_SELECT_PASSWORD
                "WHERE app = ? AND provider = ? AND email = ?");
    query.Text(app.value()).Text(provider.value()).Text(email);
    return ReadOne(&query);
  });
}

absl::StatusOr<PasswordRecord> SqlitePasswordStore::FindById(
    const AppId& app, absl::string_view id) {
  return database_->Read(
      [&](Connection* connection) { return FindRecord(connection, app, id); });
}

absl::Status SqlitePasswordStore::CompareAndUpdate(
    const PasswordRecord& record) {
  return database_->Write([&](Connection* connection) {
    return UpdatePassword(connection, record);
  });
}

absl::Status SqlitePasswordStore::Remove(const AppId& app,
                                         absl::string_view id) {
  return database_->Write([&](Connection* connection) -> absl::Status {
    RETURN_IF_ERROR(DeletePassword(connection, app, id));
    return connection->Changes() == 0 ? NotFound() : absl::OkStatus();
  });
}

absl::Status SqlitePasswordStore::Rewrite(const AppId& app,
                                          const ProviderName& provider,
                                          absl::string_view email) {
  return database_->Write([&](Connection* connection) -> absl::Status {
    int64_t seq = 0;
    {
      Query query(connection,
                  "SELECT seq FROM passwords"
                  " WHERE app = ? AND provider = ? AND email = ?");
      query.Text(app.value()).Text(provider.value()).Text(email);
      ASSIGN_OR_RETURN(const bool found, query.Next());
      if (!found) return NotFound();
      seq = query.ReadInt();
    }
    return RewriteRecord(connection, seq);
  });
}

absl::StatusOr<std::vector<PasswordRecord>> SqlitePasswordStore::ListPending(
    const AppId& app, absl::string_view after, size_t limit) {
  return database_->Read([&](Connection* connection) {
    Query query(connection, LATCHKEY_SELECT_PASSWORD
                "WHERE confirmed = 0 AND app = ? AND id > ?"
                " ORDER BY id LIMIT ?");
    query.Text(app.value()).Text(after).Limit(limit);
    return ReadAll(&query);
  });
}

absl::StatusOr<std::vector<PasswordRecord>> ListPasswordRecords(
    Database* database, const AppId& app, absl::string_view after,
    size_t limit) {
  return database->Read([&](Connection* connection) {
    Query query(connection, LATCHKEY_SELECT_PASSWORD
                "WHERE app = ? AND id > ? ORDER BY id LIMIT ?");
    query.Text(app.value()).Text(after).Limit(limit);
    return ReadAll(&query);
  });
}

}  // namespace latchkey
