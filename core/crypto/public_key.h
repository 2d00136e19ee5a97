// PublicKey verifies signatures and MACs with one algorithm for its life.
#ifndef LATCHKEY_CORE_CRYPTO_PUBLIC_KEY_H_
#define LATCHKEY_CORE_CRYPTO_PUBLIC_KEY_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/secret.h"
#include "core/crypto/algorithm.h"

namespace latchkey {

class VerifyKey;

// PublicKey is an immutable verification key bound to one algorithm and one key
// id. Cheap to copy (shared); thread-safe. (For HS* it holds a shared secret:
// the name is the role, not the openness.)
//
// Refused keys (INVALID_REQUEST with the cause): RSA under 2048 or over 8192
// bits, even or tiny exponents, exponents over 2^32, even moduli; EC points off
// the curve or of the wrong length; Ed25519 keys of small order or not 32
// bytes; HMAC secrets shorter than the hash (RFC 7518 §3.2); a key of another
// type than the algorithm's.
class PublicKey {
 public:
  // FromVerifyKey is for core/crypto, where the keys are made.
  static PublicKey FromVerifyKey(Algorithm algorithm, std::string kid,
                                 std::shared_ptr<const VerifyKey> key);
  // `n` and `e` are big-endian, without leading zeros (RFC 7518 §6.3.1).
  static absl::StatusOr<PublicKey> FromRsa(Algorithm algorithm, std::string kid,
                                           absl::string_view n,
                                           absl::string_view e);
  // `x` and `y` have exactly the curve's length (RFC 7518 §6.2.1).
  static absl::StatusOr<PublicKey> FromEc(Algorithm algorithm, std::string kid,
                                          absl::string_view x,
                                          absl::string_view y);
  // `x` is the 32 bytes of RFC 8032 §5.1.5.
  static absl::StatusOr<PublicKey> FromEd25519(std::string kid,
                                               absl::string_view x);
  static absl::StatusOr<PublicKey> FromSecret(Algorithm algorithm,
                                              std::string kid,
                                              const Secret& secret);
  // PEM of a SubjectPublicKeyInfo ("BEGIN PUBLIC KEY") or an RSAPublicKey.
  static absl::StatusOr<PublicKey> FromPem(Algorithm algorithm, std::string kid,
                                           absl::string_view pem);

  Algorithm algorithm() const;
  const std::string& kid() const;
  // WithKid gives the same key under another id.
  PublicKey WithKid(std::string kid) const;

  // Verify checks `signature` (raw, as in a JWS: R||S for ECDSA) over `data`.
  // TOKEN_SIGNATURE_INVALID when it does not hold, whatever the cause. Leaves
  // no error behind in the crypto library's queue.
  absl::Status Verify(absl::string_view data,
                      absl::string_view signature) const;

  // WantsTable: many signatures were checked with this key, and a table of its
  // multiples would make a check twice as fast (ES256). BuildTable makes it,
  // for all copies of the key: 30 ms of work, 150 KiB for the key's life. False
  // when there is nothing to gain. Both thread-safe; checks go on meanwhile.
  bool WantsTable() const;
  bool HasTable() const;
  bool BuildTable() const;

  // signature_size is the exact length of every signature of this key.
  size_t signature_size() const;

  // The public numbers, for a JWK (empty for HS*): members in the fixed order
  // of RFC 7638 §3.2, e.g. {"crv":"P-256","kty":"EC","x":"…","y":"…"}.
  std::string CanonicalJwk() const;
  // RFC 7638 SHA-256 thumbprint, base64url; empty for HS*.
  std::string Thumbprint() const;

  // Same algorithm, kid and key material.
  friend bool operator==(const PublicKey& a, const PublicKey& b);
  friend bool operator!=(const PublicKey& a, const PublicKey& b) {
    return !(a == b);
  }

  struct Impl;

 private:
  explicit PublicKey(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_PUBLIC_KEY_H_
