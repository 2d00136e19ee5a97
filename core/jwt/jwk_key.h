// One JWK (RFC 7517 §4) as a key. Private to core/jwt.
#ifndef LATCHKEY_CORE_JWT_JWK_KEY_H_
#define LATCHKEY_CORE_JWT_JWK_KEY_H_

#include "absl/status/statusor.h"
#include "core/crypto/public_key.h"
#include "core/json/json.h"
#include "core/jwt/jwk.h"

namespace latchkey {

// ReadJwk gives the verification key of `jwk`; INVALID_REQUEST with the cause
// when it may not be used for verifying, or not under `options`.
absl::StatusOr<PublicKey> ReadJwk(const json::Value& jwk,
                                  const JwksOptions& options);

// HasPrivateMembers: a private key, or a shared secret.
bool HasPrivateMembers(const json::Value& jwk);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWT_JWK_KEY_H_
