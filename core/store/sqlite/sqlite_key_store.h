// KeyStore in SQLite.
#ifndef LATCHKEY_CORE_STORE_SQLITE_SQLITE_KEY_STORE_H_
#define LATCHKEY_CORE_STORE_SQLITE_SQLITE_KEY_STORE_H_

#include <string>
#include <vector>

#include "core/store/key_store.h"
#include "core/store/sqlite/database.h"

namespace latchkey {

// Thread-safe. `database` outlives it. Keys lie in the file as they are: its
// mode protects them.
class SqliteKeyStore final : public KeyStore {
 public:
  explicit SqliteKeyStore(Database* database) : database_(database) {}

  absl::StatusOr<std::vector<StoredKey>> ListKeys() override;
  absl::Status InsertKey(const StoredKey& key,
                         bool only_if_none_active) override;
  absl::Status SetKeyState(const std::string& kid, KeyState state,
                           absl::Time not_after) override;

 private:
  Database* const database_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_SQLITE_SQLITE_KEY_STORE_H_
