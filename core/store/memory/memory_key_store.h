// KeyStore in memory.
#ifndef LATCHKEY_CORE_STORE_MEMORY_MEMORY_KEY_STORE_H_
#define LATCHKEY_CORE_STORE_MEMORY_MEMORY_KEY_STORE_H_

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/store/key_store.h"

namespace latchkey {

// Thread-safe; never blocks on I/O; holds everything until destroyed.
class MemoryKeyStore final : public KeyStore {
 public:
  absl::StatusOr<std::vector<StoredKey>> ListKeys() override;
  absl::Status InsertKey(const StoredKey& key,
                         bool only_if_none_active) override;
  absl::Status SetKeyState(const std::string& kid, KeyState state,
                           absl::Time not_after) override;

 private:
  absl::Mutex mu_;
  std::vector<StoredKey> keys_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_MEMORY_MEMORY_KEY_STORE_H_
