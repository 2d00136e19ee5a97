// SubjectPublicKeyInfo (RFC 5280 §4.1, RFC 3279 §2.3, RFC 8410 §4) to and from
// the numbers of a key. The way into and out of the crypto library that OpenSSL
// and BoringSSL share.
#ifndef LATCHKEY_CORE_CRYPTO_SPKI_H_
#define LATCHKEY_CORE_CRYPTO_SPKI_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "core/crypto/curve.h"

namespace latchkey {

struct RsaNumbers {
  std::string n;  // big-endian, no leading zeros
  std::string e;
};

struct EcPoint {
  std::string x;  // exactly the curve's size
  std::string y;
};

std::string WriteRsaSpki(absl::string_view n, absl::string_view e);
std::string WriteEcSpki(const Curve& curve, const EcPoint& point);

// Each returns nullopt for another kind of key or anything but strict DER. The
// numbers themselves are not judged.
std::optional<RsaNumbers> ParseRsaPublicKey(absl::string_view der);
std::optional<RsaNumbers> ParseRsaSpki(absl::string_view der);
std::optional<EcPoint> ParseEcSpki(const Curve& curve, absl::string_view der);
std::optional<std::string> ParseEd25519Spki(absl::string_view der);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_SPKI_H_
