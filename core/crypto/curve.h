// The NIST curves of RFC 7518 §3.4.
#ifndef LATCHKEY_CORE_CRYPTO_CURVE_H_
#define LATCHKEY_CORE_CRYPTO_CURVE_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "core/crypto/algorithm.h"

namespace latchkey {

// Curve: facts of the one curve that an ECDSA algorithm works on.
struct Curve {
  Algorithm algorithm;
  absl::string_view name;  // JWK "crv"
  int nid;                 // OpenSSL's number
  absl::string_view oid;   // DER content of the object identifier
  size_t size;             // bytes of a coordinate, and of r and s
};

inline constexpr size_t kMaxCoordinateSize = 66;

// CurveOf gives the curve of kEs256, kEs384 or kEs512.
const Curve& CurveOf(Algorithm algorithm);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_CURVE_H_
