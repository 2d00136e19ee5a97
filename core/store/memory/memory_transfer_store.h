// TransferStore in memory.
#ifndef LATCHKEY_CORE_STORE_MEMORY_MEMORY_TRANSFER_STORE_H_
#define LATCHKEY_CORE_STORE_MEMORY_MEMORY_TRANSFER_STORE_H_

#include <vector>

#include "core/store/memory/memory_credential_store.h"
#include "core/store/memory/memory_user_store.h"
#include "core/store/transfer_store.h"

namespace latchkey {

// Thread-safe; the others outlive it. A row takes several steps here, which
// others may see half done; nothing is durable.
class MemoryTransferStore final : public TransferStore {
 public:
  MemoryTransferStore(MemoryUserStore* users, MemoryPasswordStore* passwords,
                      MemoryApiKeyStore* api_keys)
      : users_(users), passwords_(passwords), api_keys_(api_keys) {}

  absl::StatusOr<std::vector<TransferResult>> Insert(
      absl::Span<const TransferRow> rows, TransferMode mode) override;
  absl::StatusOr<std::vector<PasswordRecord>> ListPasswords(
      const AppId& app, absl::string_view after, size_t limit) override;

 private:
  bool IsThere(const TransferRow& row);
  TransferResult InsertRow(const TransferRow& row);
  // Takes back the row, but for what comes from the places given on.
  void RemoveRow(const TransferRow& row, size_t passwords, size_t api_keys);

  MemoryUserStore* const users_;
  MemoryPasswordStore* const passwords_;
  MemoryApiKeyStore* const api_keys_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_MEMORY_MEMORY_TRANSFER_STORE_H_
