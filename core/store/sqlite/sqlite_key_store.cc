#include "core/store/sqlite/sqlite_key_store.h"

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/store/sqlite/query.h"

namespace latchkey {
namespace {

const char* StateName(KeyState state) {
  switch (state) {
    case KeyState::kNext:
      return "next";
    case KeyState::kActive:
      return "active";
    case KeyState::kRetired:
      return "retired";
  }
  return "retired";
}

// A state that this program does not know is not one to sign with.
KeyState ParseState(absl::string_view name) {
  if (name == "next") return KeyState::kNext;
  if (name == "active") return KeyState::kActive;
  return KeyState::kRetired;
}

StoredKey ReadKey(Query* query) {
  StoredKey key;
  key.kid = query->ReadText();
  key.purpose = query->ReadText();
  key.algorithm = query->ReadText();
  key.state = ParseState(query->ReadText());
  std::string material = query->ReadText();
  key.material = Secret::TakeFrom(&material);
  key.created_at = query->ReadTime();
  key.not_after = query->ReadTime();
  return key;
}

absl::Status RefuseIfActive(Connection* connection,
                            const std::string& purpose) {
  Query query(connection,
              "SELECT 1 FROM signing_keys"
              " WHERE purpose = ? AND state = 'active'");
  ASSIGN_OR_RETURN(const bool found, query.Text(purpose).Next());
  if (!found) return absl::OkStatus();
  return Error(Reason::kResourceExists, "there is an active key");
}

absl::Status Insert(Connection* connection, const StoredKey& key) {
  Query query(connection,
              "INSERT INTO signing_keys (kid, purpose, algorithm, state,"
              " material, created_at, not_after)"
              " VALUES (?, ?, ?, ?, ?, ?, ?)");
  query.Text(key.kid).Text(key.purpose).Text(key.algorithm);
  query.Text(StateName(key.state)).Blob(key.material.RevealSecret());
  return query.Time(key.created_at).Time(key.not_after).Run();
}

}  // namespace

absl::StatusOr<std::vector<StoredKey>> SqliteKeyStore::ListKeys() {
  return database_->Read(
      [](Connection* connection) -> absl::StatusOr<std::vector<StoredKey>> {
        Query query(connection,
                    "SELECT kid, purpose, algorithm, state, material,"
                    " created_at, not_after FROM signing_keys ORDER BY seq");
        std::vector<StoredKey> keys;
        while (true) {
          ASSIGN_OR_RETURN(const bool found, query.Next());
          if (!found) return keys;
          keys.push_back(ReadKey(&query));
        }
      });
}

absl::Status SqliteKeyStore::InsertKey(const StoredKey& key,
                                       bool only_if_none_active) {
  return database_->Write([&](Connection* connection) -> absl::Status {
    if (only_if_none_active) {
      RETURN_IF_ERROR(RefuseIfActive(connection, key.purpose));
    }
    return Insert(connection, key);
  });
}

absl::Status SqliteKeyStore::SetKeyState(const std::string& kid, KeyState state,
                                         absl::Time not_after) {
  return database_->Write([&](Connection* connection) -> absl::Status {
    Query query(connection,
                "UPDATE signing_keys SET state = ?, not_after = ?"
                " WHERE kid = ?");
    query.Text(StateName(state)).Time(not_after).Text(kid);
    RETURN_IF_ERROR(query.Run());
    if (connection->Changes() > 0) return absl::OkStatus();
    return Error(Reason::kResourceNotFound, "no such signing key");
  });
}

}  // namespace latchkey
