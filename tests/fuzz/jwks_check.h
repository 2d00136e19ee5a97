// What holds for every set of keys that was read.
#ifndef LATCHKEY_TESTS_FUZZ_JWKS_CHECK_H_
#define LATCHKEY_TESTS_FUZZ_JWKS_CHECK_H_

#include "absl/strings/string_view.h"
#include "core/jwt/jwk.h"

namespace latchkey {

// CheckJwks reads `document` under `options` and, when it may be read: keys are
// of the algorithms allowed and have a kid; written and read again, the public
// ones are the same, and nothing private is in the text.
void CheckJwks(absl::string_view document, const JwksOptions& options);

// WithSymmetric is the default options with HS256 keys.
JwksOptions WithSymmetric();

}  // namespace latchkey

#endif  // LATCHKEY_TESTS_FUZZ_JWKS_CHECK_H_
