// KeyStore keeps our own signing keys.
#ifndef LATCHKEY_CORE_STORE_KEY_STORE_H_
#define LATCHKEY_CORE_STORE_KEY_STORE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/secret.h"

namespace latchkey {

enum class KeyState { kNext, kActive, kRetired };

// StoredKey: move-only because of the secret.
struct StoredKey {
  std::string kid;
  std::string purpose;    // "access", "refresh"
  std::string algorithm;  // "ES256"
  KeyState state = KeyState::kActive;
  Secret material;  // SigningKey::Serialize
  absl::Time created_at;
  absl::Time not_after = absl::InfiniteFuture();  // for retired keys
};

// KeyStore: thread-safe; may block. Errors: RESOURCE_EXISTS,
// RESOURCE_NOT_FOUND, STORE_UNAVAILABLE.
class KeyStore {
 public:
  virtual ~KeyStore() = default;
  // ListKeys gives all keys in the order they were inserted.
  virtual absl::StatusOr<std::vector<StoredKey>> ListKeys() = 0;
  // InsertKey stores `key`. When `only_if_none_active`, RESOURCE_EXISTS if an
  // active key of that purpose is there (so two starting replicas agree).
  virtual absl::Status InsertKey(const StoredKey& key,
                                 bool only_if_none_active) = 0;
  virtual absl::Status SetKeyState(const std::string& kid, KeyState state,
                                   absl::Time not_after) = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_KEY_STORE_H_
