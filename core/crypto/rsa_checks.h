// Which RSA public keys are not taken.
#ifndef LATCHKEY_CORE_CRYPTO_RSA_CHECKS_H_
#define LATCHKEY_CORE_CRYPTO_RSA_CHECKS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace latchkey {

// CheckRsaNumbers: modulus of 2048..8192 bits (RFC 7518 §3.3; the upper bound
// limits what one verification may cost), odd, not prime (checked to 4096
// bits), without the fingerprint of CVE-2017-15361; exponent odd, 3..2^32; no
// leading zeros. INVALID_REQUEST naming the cause.
absl::Status CheckRsaNumbers(absl::string_view n, absl::string_view e);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_RSA_CHECKS_H_
