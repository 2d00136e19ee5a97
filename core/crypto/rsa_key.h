// RSA signatures (RFC 8017 §8.1, §8.2). Private to core/crypto.
#ifndef LATCHKEY_CORE_CRYPTO_RSA_KEY_H_
#define LATCHKEY_CORE_CRYPTO_RSA_KEY_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/verify_key.h"

namespace latchkey {

// NewRsaVerifyKey takes a key that CheckRsaNumbers accepts.
absl::StatusOr<VerifyKeyPtr> NewRsaVerifyKey(Algorithm algorithm,
                                             absl::string_view n,
                                             absl::string_view e);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_RSA_KEY_H_
