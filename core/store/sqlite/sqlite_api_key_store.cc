#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/store/sqlite/query.h"
#include "core/store/sqlite/sqlite_credential_store.h"

namespace latchkey {
namespace {

#define LATCHKEY_SELECT_API_KEY                        \
  "SELECT id, app, user, server, name, secret_sha256," \
  " disabled, created_at, last_used_at FROM api_keys "

absl::Status NotFound() {
  return Error(Reason::kResourceNotFound, "no such API key");
}

ApiKeyRecord ReadKey(Query* query) {
  ApiKeyRecord key;
  key.id = ApiKeyId(query->ReadText());
  key.app = AppId(query->ReadText());
  key.user = UserId(query->ReadText());
  key.server = query->ReadBool();
  key.name = query->ReadText();
  key.secret_sha256 = query->ReadText();
  key.disabled = query->ReadBool();
  key.created_at = query->ReadTime();
  key.last_used_at = query->ReadOptionalTime();
  return key;
}

// The owner of server keys is the app: an empty user.
std::string OwnerOf(const ApiKeyRecord& key) {
  return key.server ? "" : key.user.value();
}

absl::StatusOr<size_t> CountKeys(Connection* connection,
                                 const ApiKeyRecord& key) {
  Query query(connection,
              "SELECT count(*) FROM api_keys WHERE app = ? AND owner = ?");
  query.Text(key.app.value()).Text(OwnerOf(key));
  ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? static_cast<size_t>(query.ReadInt()) : 0;
}

}  // namespace

absl::Status InsertApiKey(Connection* connection, const ApiKeyRecord& key) {
  Query query(connection,
              "INSERT INTO api_keys (id, app, owner, user, server, name,"
              " secret_sha256, disabled, created_at, last_used_at)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  query.Text(key.id.value()).Text(key.app.value()).Text(OwnerOf(key));
  query.Text(key.user.value()).Int(key.server).Text(key.name);
  query.Blob(key.secret_sha256).Int(key.disabled);
  query.Time(key.created_at).OptionalTime(key.last_used_at);
  return query.Run();
}

absl::Status SqliteApiKeyStore::Insert(const ApiKeyRecord& key,
                                       size_t max_keys) {
  return database_->Write([&](Connection* connection) -> absl::Status {
    ASSIGN_OR_RETURN(const size_t before, CountKeys(connection, key));
    // First, so that a taken name is told also at the limit.
    RETURN_IF_ERROR(InsertApiKey(connection, key));
    if (before < max_keys) return absl::OkStatus();
    return Error(Reason::kLimitReached, "the owner has the most API keys");
  });
}

absl::StatusOr<ApiKeyRecord> SqliteApiKeyStore::Find(const ApiKeyId& id) {
  return database_->Read(
      [&](Connection* connection) -> absl::StatusOr<ApiKeyRecord> {
        Query query(connection, LATCHKEY_SELECT_API_KEY "WHERE id = ?");
        query.Text(id.value());
        ASSIGN_OR_RETURN(const bool found, query.Next());
        if (!found) return NotFound();
        return ReadKey(&query);
      });
}

absl::StatusOr<std::vector<ApiKeyRecord>> SqliteApiKeyStore::List(
    const AppId& app, const UserId& user) {
  return database_->Read(
      [&](Connection* connection) -> absl::StatusOr<std::vector<ApiKeyRecord>> {
        Query query(connection, LATCHKEY_SELECT_API_KEY
                    "WHERE app = ? AND owner = ? ORDER BY created_at, seq");
        query.Text(app.value()).Text(user.value());
        std::vector<ApiKeyRecord> keys;
        while (true) {
          ASSIGN_OR_RETURN(const bool found, query.Next());
          if (!found) return keys;
          keys.push_back(ReadKey(&query));
        }
      });
}

absl::Status SqliteApiKeyStore::SetDisabled(const ApiKeyId& id, bool disabled) {
  return database_->Write([&](Connection* connection) -> absl::Status {
    Query query(connection, "UPDATE api_keys SET disabled = ? WHERE id = ?");
    RETURN_IF_ERROR(query.Int(disabled).Text(id.value()).Run());
    return connection->Changes() == 0 ? NotFound() : absl::OkStatus();
  });
}

absl::Status SqliteApiKeyStore::SetLastUsed(const ApiKeyId& id,
                                            absl::Time when) {
  return database_->Write([&](Connection* connection) -> absl::Status {
    Query query(connection,
                "UPDATE api_keys SET last_used_at = ? WHERE id = ?");
    RETURN_IF_ERROR(query.Time(when).Text(id.value()).Run());
    return connection->Changes() == 0 ? NotFound() : absl::OkStatus();
  });
}

absl::Status SqliteApiKeyStore::Remove(const ApiKeyId& id) {
  return database_->Write([&](Connection* connection) -> absl::Status {
    Query query(connection, "DELETE FROM api_keys WHERE id = ?");
    RETURN_IF_ERROR(query.Text(id.value()).Run());
    return connection->Changes() == 0 ? NotFound() : absl::OkStatus();
  });
}

}  // namespace latchkey
