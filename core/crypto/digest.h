// SHA-256 and HMAC-SHA-256 into fixed arrays.
#ifndef LATCHKEY_CORE_CRYPTO_DIGEST_H_
#define LATCHKEY_CORE_CRYPTO_DIGEST_H_

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace latchkey {

using Sha256Digest = std::array<uint8_t, 32>;

// Both are thread-safe and cannot fail.
Sha256Digest Sha256(absl::string_view data);
Sha256Digest HmacSha256(absl::string_view key, absl::string_view data);

inline absl::string_view AsStringView(const Sha256Digest& digest) {
  return absl::string_view(reinterpret_cast<const char*>(digest.data()),
                           digest.size());
}

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_DIGEST_H_
