// OneTimeTokenStore in SQLite.
#ifndef LATCHKEY_CORE_STORE_SQLITE_SQLITE_ONE_TIME_TOKEN_STORE_H_
#define LATCHKEY_CORE_STORE_SQLITE_SQLITE_ONE_TIME_TOKEN_STORE_H_

#include "core/store/one_time_token_store.h"
#include "core/store/sqlite/database.h"

namespace latchkey {

// Thread-safe. `database` outlives it.
class SqliteOneTimeTokenStore final : public OneTimeTokenStore {
 public:
  explicit SqliteOneTimeTokenStore(Database* database) : database_(database) {}

  absl::Status Insert(const OneTimeToken& token) override;
  absl::StatusOr<OneTimeToken> Find(const AppId& app,
                                    absl::string_view id) override;
  absl::StatusOr<size_t> RemoveExpired(absl::Time now) override;

 private:
  Database* const database_;
};

// DeleteTokensLike removes the token and its like (same password, same purpose)
// within a write of the caller's. RESOURCE_NOT_FOUND without the token.
absl::Status DeleteTokensLike(Connection* connection, const AppId& app,
                              absl::string_view id);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_SQLITE_SQLITE_ONE_TIME_TOKEN_STORE_H_
