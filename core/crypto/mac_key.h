// HMAC with SHA-2 (RFC 7518 §3.2). Private to core/crypto.
#ifndef LATCHKEY_CORE_CRYPTO_MAC_KEY_H_
#define LATCHKEY_CORE_CRYPTO_MAC_KEY_H_

#include "absl/status/statusor.h"
#include "core/base/secret.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/private_key.h"
#include "core/crypto/verify_key.h"

namespace latchkey {

// MacSize is the hash's length in bytes, and the least length of a secret.
size_t MacSize(Algorithm algorithm);

absl::StatusOr<VerifyKeyPtr> NewMacVerifyKey(Algorithm algorithm,
                                             const Secret& secret);

// A secret as long as the hash.
absl::StatusOr<PrivateKeyPtr> GenerateMacKey(Algorithm algorithm);
absl::StatusOr<PrivateKeyPtr> LoadMacKey(Algorithm algorithm,
                                         const Secret& secret);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_MAC_KEY_H_
