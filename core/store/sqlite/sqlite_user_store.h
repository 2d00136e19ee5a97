// UserStore in SQLite.
#ifndef LATCHKEY_CORE_STORE_SQLITE_SQLITE_USER_STORE_H_
#define LATCHKEY_CORE_STORE_SQLITE_SQLITE_USER_STORE_H_

#include <vector>

#include "core/store/sqlite/database.h"
#include "core/store/user_store.h"

namespace latchkey {

// Thread-safe. `database` outlives it.
class SqliteUserStore final : public UserStore {
 public:
  explicit SqliteUserStore(Database* database) : database_(database) {}

  absl::StatusOr<UserRecord> Find(const AppId& app, const UserId& id) override;
  absl::StatusOr<UserRecord> FindByIdentity(const AppId& app,
                                            const ProviderName& provider,
                                            absl::string_view subject) override;
  absl::Status Insert(const UserRecord& user) override;
  absl::Status CompareAndUpdate(const UserRecord& user) override;
  absl::Status Remove(const AppId& app, const UserId& id) override;
  absl::StatusOr<std::vector<UserId>> RemoveUnchanged(
      absl::Span<const UserRecord> users) override;
  absl::StatusOr<std::vector<UserRecord>> List(const AppId& app,
                                               const UserFilter& filter,
                                               const UserId& after,
                                               size_t limit) override;

 private:
  Database* const database_;
};

// InsertUser and UpdateUser are Insert and CompareAndUpdate within a write of
// the caller's.
absl::Status InsertUser(Connection* connection, const UserRecord& user);
absl::Status UpdateUser(Connection* connection, const UserRecord& user);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_SQLITE_SQLITE_USER_STORE_H_
