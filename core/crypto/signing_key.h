// SigningKey signs with one algorithm for its life.
#ifndef LATCHKEY_CORE_CRYPTO_SIGNING_KEY_H_
#define LATCHKEY_CORE_CRYPTO_SIGNING_KEY_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/secret.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/public_key.h"

namespace latchkey {

// SigningKey holds a private key (or a MAC secret). Move-only; Sign is
// thread-safe.
class SigningKey {
 public:
  // Generate makes a new key; its kid is the public key's RFC 7638 thumbprint
  // (for HS*: 16 random bytes). RS*/PS* keys have 2048 bits.
  static absl::StatusOr<SigningKey> Generate(Algorithm algorithm);
  // FromSerialized restores what Serialize gave, and proves that the key signs
  // what it verifies. INVALID_REQUEST when it is not a key of `algorithm`.
  static absl::StatusOr<SigningKey> FromSerialized(Algorithm algorithm,
                                                   std::string kid,
                                                   const Secret& serialized);

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  // Serialize gives PKCS#8 DER, or the raw secret for HS*.
  absl::StatusOr<Secret> Serialize() const;

  // Sign replaces *out by the raw JWS signature of `data`. INTERNAL on a
  // failure of the library.
  absl::Status Sign(absl::string_view data, std::string* out) const;

  const PublicKey& public_key() const;
  Algorithm algorithm() const { return public_key().algorithm(); }
  const std::string& kid() const { return public_key().kid(); }

  struct Impl;

 private:
  explicit SigningKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_SIGNING_KEY_H_
