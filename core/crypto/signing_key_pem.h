// Private keys as other systems hand them out.
#ifndef LATCHKEY_CORE_CRYPTO_SIGNING_KEY_PEM_H_
#define LATCHKEY_CORE_CRYPTO_SIGNING_KEY_PEM_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/secret.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/signing_key.h"

namespace latchkey {

// SigningKeyFromPem reads one unencrypted private key: "BEGIN PRIVATE KEY"
// (PKCS #8, RFC 5958), "BEGIN RSA PRIVATE KEY" (RFC 8017 §A.1.2) or "BEGIN EC
// PRIVATE KEY" (RFC 5915). Without `algorithm` the key's type decides: RS256
// for RSA, ES256 for P-256. INVALID_REQUEST when it is none, is of another kind
// than `algorithm`, or is too weak (see PublicKey); the cause holds nothing of
// the key.
absl::StatusOr<SigningKey> SigningKeyFromPem(std::optional<Algorithm> algorithm,
                                             std::string kid,
                                             const Secret& pem);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_SIGNING_KEY_PEM_H_
