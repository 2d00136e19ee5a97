// ECDSA signatures on the NIST curves. Private to core/crypto.
#ifndef LATCHKEY_CORE_CRYPTO_EC_KEY_H_
#define LATCHKEY_CORE_CRYPTO_EC_KEY_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/verify_key.h"

namespace latchkey {

// NewEcVerifyKey takes a point on the algorithm's curve, with coordinates of
// exactly the curve's length.
absl::StatusOr<VerifyKeyPtr> NewEcVerifyKey(Algorithm algorithm,
                                            absl::string_view x,
                                            absl::string_view y);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_EC_KEY_H_
