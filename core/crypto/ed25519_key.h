// Ed25519 (RFC 8032 §5.1) by libsodium, which is quicker than OpenSSL and
// refuses S >= L, small-order and non-canonical points. Private to core/crypto.
#ifndef LATCHKEY_CORE_CRYPTO_ED25519_KEY_H_
#define LATCHKEY_CORE_CRYPTO_ED25519_KEY_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/crypto/private_key.h"
#include "core/crypto/verify_key.h"

namespace latchkey {

absl::StatusOr<VerifyKeyPtr> NewEd25519VerifyKey(absl::string_view x);

absl::StatusOr<PrivateKeyPtr> GenerateEd25519PrivateKey();
// `pkcs8` is exactly RFC 8410 §7 without attributes and public key.
absl::StatusOr<PrivateKeyPtr> LoadEd25519PrivateKey(absl::string_view pkcs8);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_ED25519_KEY_H_
