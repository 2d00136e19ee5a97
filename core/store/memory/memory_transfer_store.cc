#include "core/store/memory/memory_transfer_store.h"

#include <limits>

namespace latchkey {
namespace {

// Limits on the number of keys are for those who make keys.
constexpr size_t kAnyNumber = std::numeric_limits<size_t>::max();

}  // namespace

bool MemoryTransferStore::IsThere(const TransferRow& row) {
  if (row.user) return users_->Find(row.user->app, row.user->id).ok();
  if (row.passwords.empty()) return true;
  const PasswordRecord& record = row.passwords.front();
  const auto stored =
      passwords_->FindByEmail(record.app, record.provider, record.email);
  return stored.ok() && stored->id == record.id;
}

void MemoryTransferStore::RemoveRow(const TransferRow& row, size_t passwords,
                                    size_t api_keys) {
  for (size_t i = 0; i < api_keys; ++i) {
    api_keys_->Remove(row.api_keys[i].id).IgnoreError();
  }
  for (size_t i = 0; i < passwords; ++i) {
    const PasswordRecord& record = row.passwords[i];
    passwords_->Remove(record.app, record.id).IgnoreError();
  }
  if (row.user) users_->Remove(row.user->app, row.user->id).IgnoreError();
}

TransferResult MemoryTransferStore::InsertRow(const TransferRow& row) {
  if (IsThere(row)) return TransferResult::kExists;
  if (row.user && !users_->Insert(*row.user).ok()) {
    return TransferResult::kIdentityTaken;
  }
  for (size_t i = 0; i < row.passwords.size(); ++i) {
    if (passwords_->Insert(row.passwords[i]).ok()) continue;
    RemoveRow(row, i, 0);
    return TransferResult::kAddressTaken;
  }
  for (size_t i = 0; i < row.api_keys.size(); ++i) {
    if (api_keys_->Insert(row.api_keys[i], kAnyNumber).ok()) continue;
    RemoveRow(row, row.passwords.size(), i);
    return TransferResult::kApiKeyTaken;
  }
  return TransferResult::kCreated;
}

absl::StatusOr<std::vector<TransferResult>> MemoryTransferStore::Insert(
    absl::Span<const TransferRow> rows, TransferMode mode) {
  std::vector<TransferResult> results;
  results.reserve(rows.size());
  for (const TransferRow& row : rows) results.push_back(InsertRow(row));
  if (mode == TransferMode::kStore) return results;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (results[i] != TransferResult::kCreated) continue;
    RemoveRow(rows[i], rows[i].passwords.size(), rows[i].api_keys.size());
  }
  return results;
}

absl::StatusOr<std::vector<PasswordRecord>> MemoryTransferStore::ListPasswords(
    const AppId& app, absl::string_view after, size_t limit) {
  return passwords_->List(app, after, limit);
}

}  // namespace latchkey
