#include "core/jwt/key_ring.h"

#include <utility>

namespace latchkey {

KeyRing::KeyRing(std::shared_ptr<const SigningKey> active,
                 std::vector<PublicKey> published,
                 std::shared_ptr<const SigningKey> refresh)
    : active_(std::move(active)),
      refresh_(std::move(refresh)),
      published_(std::make_shared<KeyTable>(std::move(published))) {}

std::shared_ptr<const SigningKey> KeyRing::Current() const {
  absl::MutexLock lock(&mu_);
  return active_;
}

std::shared_ptr<const SigningKey> KeyRing::RefreshKey() const {
  return refresh_;
}

void KeyRing::Replace(std::shared_ptr<const SigningKey> active,
                      std::vector<PublicKey> published) {
  auto table = std::make_shared<KeyTable>(std::move(published));
  absl::MutexLock lock(&mu_);
  active_ = std::move(active);
  published_.Set(std::move(table));
}

}  // namespace latchkey
