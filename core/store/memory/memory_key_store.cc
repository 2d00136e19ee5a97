#include "core/store/memory/memory_key_store.h"

#include "core/base/reason.h"
#include "core/store/stored_time.h"

namespace latchkey {
namespace {

StoredKey Copy(const StoredKey& key) {
  StoredKey copy;
  copy.kid = key.kid;
  copy.purpose = key.purpose;
  copy.algorithm = key.algorithm;
  copy.state = key.state;
  copy.material = key.material.Clone();
  copy.created_at = AsStored(key.created_at);
  copy.not_after = AsStored(key.not_after);
  return copy;
}

}  // namespace

absl::StatusOr<std::vector<StoredKey>> MemoryKeyStore::ListKeys() {
  absl::MutexLock lock(&mu_);
  std::vector<StoredKey> copies;
  for (const StoredKey& key : keys_) copies.push_back(Copy(key));
  return copies;
}

absl::Status MemoryKeyStore::InsertKey(const StoredKey& key,
                                       bool only_if_none_active) {
  absl::MutexLock lock(&mu_);
  for (const StoredKey& other : keys_) {
    if (other.kid == key.kid) {
      return Error(Reason::kResourceExists, "the key id is taken");
    }
    if (only_if_none_active && other.purpose == key.purpose &&
        other.state == KeyState::kActive) {
      return Error(Reason::kResourceExists, "there is an active key");
    }
  }
  keys_.push_back(Copy(key));
  return absl::OkStatus();
}

absl::Status MemoryKeyStore::SetKeyState(const std::string& kid, KeyState state,
                                         absl::Time not_after) {
  absl::MutexLock lock(&mu_);
  for (StoredKey& key : keys_) {
    if (key.kid != kid) continue;
    key.state = state;
    key.not_after = AsStored(not_after);
    return absl::OkStatus();
  }
  return Error(Reason::kResourceNotFound, "no such signing key");
}

}  // namespace latchkey
