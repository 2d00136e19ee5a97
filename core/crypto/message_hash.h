// The hash that a signature is made over.
#ifndef LATCHKEY_CORE_CRYPTO_MESSAGE_HASH_H_
#define LATCHKEY_CORE_CRYPTO_MESSAGE_HASH_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "core/crypto/algorithm.h"

namespace latchkey {

// MessageHash holds a SHA-256, SHA-384 or SHA-512 digest.
struct MessageHash {
  std::array<uint8_t, 64> bytes;
  size_t size;
};

// HashMessage hashes `data` as an RS*, PS* or ES* `algorithm` wants. Cannot
// fail, allocates nothing, takes no lock. Thread-safe.
MessageHash HashMessage(Algorithm algorithm, absl::string_view data);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_MESSAGE_HASH_H_
