// PasswordStore and ApiKeyStore in SQLite.
#ifndef LATCHKEY_CORE_STORE_SQLITE_SQLITE_CREDENTIAL_STORE_H_
#define LATCHKEY_CORE_STORE_SQLITE_SQLITE_CREDENTIAL_STORE_H_

#include <vector>

#include "core/store/credential_store.h"
#include "core/store/sqlite/database.h"

namespace latchkey {

// Thread-safe. `database` outlives it.
class SqlitePasswordStore final : public PasswordStore {
 public:
  explicit SqlitePasswordStore(Database* database) : database_(database) {}

  absl::Status Insert(const PasswordRecord& record) override;
  absl::StatusOr<PasswordRecord> FindByEmail(const AppId& app,
                                             const ProviderName& provider,
                                             absl::string_view email) override;
  absl::StatusOr<PasswordRecord> FindById(const AppId& app,
                                          absl::string_view id) override;
  absl::Status CompareAndUpdate(const PasswordRecord& record) override;
  absl::Status Remove(const AppId& app, absl::string_view id) override;
  absl::Status Rewrite(const AppId& app, const ProviderName& provider,
                       absl::string_view email) override;
  absl::StatusOr<std::vector<PasswordRecord>> ListPending(
      const AppId& app, absl::string_view after, size_t limit) override;

 private:
  Database* const database_;
};

// Thread-safe. `database` outlives it.
class SqliteApiKeyStore final : public ApiKeyStore {
 public:
  explicit SqliteApiKeyStore(Database* database) : database_(database) {}

  absl::Status Insert(const ApiKeyRecord& key, size_t max_keys) override;
  absl::StatusOr<ApiKeyRecord> Find(const ApiKeyId& id) override;
  absl::StatusOr<std::vector<ApiKeyRecord>> List(const AppId& app,
                                                 const UserId& user) override;
  absl::Status SetDisabled(const ApiKeyId& id, bool disabled) override;
  absl::Status SetLastUsed(const ApiKeyId& id, absl::Time when) override;
  absl::Status Remove(const ApiKeyId& id) override;

 private:
  Database* const database_;
};

// Within a write of the caller's. The first two as Insert, but for the limit on
// the number of keys; DeletePassword removes the record if it is there.
absl::Status InsertPassword(Connection* connection,
                            const PasswordRecord& record);
absl::Status InsertApiKey(Connection* connection, const ApiKeyRecord& key);
absl::Status DeletePassword(Connection* connection, const AppId& app,
                            absl::string_view id);
// UpdatePassword is PasswordStore::CompareAndUpdate, likewise.
absl::Status UpdatePassword(Connection* connection,
                            const PasswordRecord& record);

// See TransferStore::ListPasswords.
absl::StatusOr<std::vector<PasswordRecord>> ListPasswordRecords(
    Database* database, const AppId& app, absl::string_view after,
    size_t limit);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_SQLITE_SQLITE_CREDENTIAL_STORE_H_
