// PasswordStore and ApiKeyStore in memory.
#ifndef LATCHKEY_CORE_STORE_MEMORY_MEMORY_CREDENTIAL_STORE_H_
#define LATCHKEY_CORE_STORE_MEMORY_MEMORY_CREDENTIAL_STORE_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/store/credential_store.h"

namespace latchkey {

// Thread-safe; never blocks on I/O; holds everything until destroyed.
class MemoryPasswordStore final : public PasswordStore {
 public:
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
  // See TransferStore::ListPasswords.
  std::vector<PasswordRecord> List(const AppId& app, absl::string_view after,
                                   size_t limit);

 private:
  using Key = std::pair<AppId, std::string>;

  // Null when there is none.
  const PasswordRecord* ByEmailLocked(const AppId& app,
                                      const ProviderName& provider,
                                      absl::string_view email) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  absl::Mutex mu_;
  std::map<Key, PasswordRecord> records_ ABSL_GUARDED_BY(mu_);
};

// Thread-safe; never blocks on I/O; holds everything until destroyed.
class MemoryApiKeyStore final : public ApiKeyStore {
 public:
  absl::Status Insert(const ApiKeyRecord& key, size_t max_keys) override;
  absl::StatusOr<ApiKeyRecord> Find(const ApiKeyId& id) override;
  absl::StatusOr<std::vector<ApiKeyRecord>> List(const AppId& app,
                                                 const UserId& user) override;
  absl::Status SetDisabled(const ApiKeyId& id, bool disabled) override;
  absl::Status SetLastUsed(const ApiKeyId& id, absl::Time when) override;
  absl::Status Remove(const ApiKeyId& id) override;

 private:
  absl::Mutex mu_;
  std::map<ApiKeyId, ApiKeyRecord> keys_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_MEMORY_MEMORY_CREDENTIAL_STORE_H_
