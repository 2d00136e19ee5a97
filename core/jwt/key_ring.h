// KeyRing holds our own signing keys.
#ifndef LATCHKEY_CORE_JWT_KEY_RING_H_
#define LATCHKEY_CORE_JWT_KEY_RING_H_

#include <memory>
#include <vector>

#include "core/base/snapshot.h"
#include "core/crypto/signing_key.h"
#include "core/jwt/key_table.h"

namespace latchkey {

// KeyRing: the active access-token key, the keys that are published for
// verification (next, active, retired while their tokens may live), and the
// internal key of refresh tokens. Thread-safe. Private keys are handed out as
// shared_ptr copies made under a mutex (never through a Snapshot, so an idle
// thread keeps no dropped key alive).
class KeyRing final {
 public:
  KeyRing(std::shared_ptr<const SigningKey> active,
          std::vector<PublicKey> published,
          std::shared_ptr<const SigningKey> refresh);

  std::shared_ptr<const SigningKey> Current() const;
  std::shared_ptr<const SigningKey> RefreshKey() const;
  // Published: valid as Snapshot::Get says.
  const KeyTable& Published() const { return published_.Get(); }
  std::shared_ptr<const KeyTable> SharePublished() const {
    return published_.Share();
  }
  // Version of the published set; changes with every change of it.
  uint64_t generation() const { return published_.version(); }

  void Replace(std::shared_ptr<const SigningKey> active,
               std::vector<PublicKey> published);

 private:
  mutable absl::Mutex mu_;
  std::shared_ptr<const SigningKey> active_ ABSL_GUARDED_BY(mu_);
  const std::shared_ptr<const SigningKey> refresh_;
  Snapshot<KeyTable> published_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWT_KEY_RING_H_
