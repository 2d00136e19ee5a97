// ECDSA signatures: raw R||S of JWS (RFC 7518 §3.4) and the library's DER.
#ifndef LATCHKEY_CORE_CRYPTO_ECDSA_SIGNATURE_H_
#define LATCHKEY_CORE_CRYPTO_ECDSA_SIGNATURE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "core/crypto/curve.h"

namespace latchkey {

// Longest DER signature: two integers of 66 bytes with tag, length and a sign
// byte each, and the sequence's three bytes.
using EcdsaDerBuffer = std::array<uint8_t, 2 * (kMaxCoordinateSize + 3) + 3>;

// EcdsaRawToDer writes the DER form of `raw` (2 * coordinate size bytes) into
// `out` without allocating and returns its length.
size_t EcdsaRawToDer(absl::string_view raw, EcdsaDerBuffer* out);

// EcdsaDerToRaw gives both numbers with `size` bytes each; nullopt when `der`
// is not a signature or a number is longer.
std::optional<std::string> EcdsaDerToRaw(absl::string_view der, size_t size);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_ECDSA_SIGNATURE_H_
