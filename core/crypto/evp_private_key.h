// Private RSA and ECDSA keys. Private to core/crypto.
#ifndef LATCHKEY_CORE_CRYPTO_EVP_PRIVATE_KEY_H_
#define LATCHKEY_CORE_CRYPTO_EVP_PRIVATE_KEY_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/private_key.h"

namespace latchkey {

absl::StatusOr<PrivateKeyPtr> GenerateEvpPrivateKey(Algorithm algorithm);
// INVALID_REQUEST when `pkcs8` is not DER of a private key.
absl::StatusOr<PrivateKeyPtr> LoadEvpPrivateKey(Algorithm algorithm,
                                                absl::string_view pkcs8);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_EVP_PRIVATE_KEY_H_
