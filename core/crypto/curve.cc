#include "core/crypto/curve.h"

#include <openssl/obj_mac.h>

namespace latchkey {
namespace {

using Text = absl::string_view;

// RFC 5480 §2.1.1.1.
constexpr Curve kP256{Algorithm::kEs256, "P-256", NID_X9_62_prime256v1,
                      Text("\x2A\x86\x48\xCE\x3D\x03\x01\x07", 8), 32};
constexpr Curve kP384{Algorithm::kEs384, "P-384", NID_secp384r1,
                      Text("\x2B\x81\x04\x00\x22", 5), 48};
constexpr Curve kP521{Algorithm::kEs512, "P-521", NID_secp521r1,
                      Text("\x2B\x81\x04\x00\x23", 5), 66};

}  // namespace

const Curve& CurveOf(Algorithm algorithm) {
  if (algorithm == Algorithm::kEs384) return kP384;
  if (algorithm == Algorithm::kEs512) return kP521;
  return kP256;
}

}  // namespace latchkey
