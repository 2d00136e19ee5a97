// TransferStore in SQLite.
#ifndef LATCHKEY_CORE_STORE_SQLITE_SQLITE_TRANSFER_STORE_H_
#define LATCHKEY_CORE_STORE_SQLITE_SQLITE_TRANSFER_STORE_H_

#include <vector>

#include "core/store/sqlite/database.h"
#include "core/store/transfer_store.h"

namespace latchkey {

// Thread-safe. `database` outlives it.
class SqliteTransferStore final : public TransferStore {
 public:
  explicit SqliteTransferStore(Database* database) : database_(database) {}

  absl::StatusOr<std::vector<TransferResult>> Insert(
      absl::Span<const TransferRow> rows, TransferMode mode) override;
  absl::StatusOr<std::vector<PasswordRecord>> ListPasswords(
      const AppId& app, absl::string_view after, size_t limit) override;

 private:
  Database* const database_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_SQLITE_SQLITE_TRANSFER_STORE_H_
