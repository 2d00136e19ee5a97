// Key sets (RFC 7517 §5), fetched ones and files of one's own.
#include <algorithm>
#include <cstddef>

#include "absl/strings/string_view.h"
#include "core/crypto/algorithm.h"
#include "core/jwt/jwk.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/jwks_check.h"

namespace latchkey {

void FuzzOne(absl::string_view input) {
  CheckJwks(input, JwksOptions());
  CheckJwks(input, WithSymmetric());
  JwksOptions tight;
  tight.max_bytes = std::max<size_t>(1, input.size() / 2 * 2);
  tight.max_keys = 2;
  tight.allowed_algorithms = {Algorithm::kEdDsa, Algorithm::kPs384};
  CheckJwks(input, tight);
}

}  // namespace latchkey
