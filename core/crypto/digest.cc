#include "core/crypto/digest.h"

#include "core/crypto/hmac.h"

namespace latchkey {

Sha256Digest Sha256(absl::string_view data) {
  return ShaDigest<Sha256Traits>(data);
}

Sha256Digest HmacSha256(absl::string_view key, absl::string_view data) {
  return HmacKey<Sha256Traits>(key).Compute(data);
}

}  // namespace latchkey
