// JWK and JWKS documents (RFC 7517) to and from keys.
#ifndef LATCHKEY_CORE_JWT_JWK_H_
#define LATCHKEY_CORE_JWT_JWK_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/crypto/public_key.h"
#include "core/jwt/key_table.h"

namespace latchkey {

struct JwksOptions {
  size_t max_bytes = 512 * 1024;
  size_t max_keys = 200;
  // What a key without `alg` may be used for; keys with another alg are
  // dropped. RSA keys without alg become kRs256 when that is listed, else the
  // first RSA algorithm listed.
  std::vector<Algorithm> allowed_algorithms = {
      Algorithm::kRs256, Algorithm::kRs384, Algorithm::kRs512,
      Algorithm::kPs256, Algorithm::kPs384, Algorithm::kPs512,
      Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEs512,
      Algorithm::kEdDsa};
  // Symmetric keys (kty oct) are only for files of one's own, never for a
  // document fetched from a URL, and never beside public keys. Their algorithms
  // have to be listed above as well.
  bool allow_symmetric = false;
};

// ParsedJwks: the usable keys and, for each dropped one, why.
struct ParsedJwks {
  std::vector<PublicKey> keys;
  struct Dropped {
    std::string kid;
    std::string cause;
    // It holds what only its owner may know: whoever read the document can
    // sign with it.
    bool is_leaked = false;
  };
  std::vector<Dropped> dropped;
};

// ParseJwks reads a JWKS (or a single JWK). Unusable keys are dropped one by
// one (jwt-attacks E). A key without kid gets its RFC 7638 thumbprint as kid.
// INVALID_REQUEST when the document itself is bad: not JSON, duplicate members,
// no `keys` array, too large, too many keys. Zero usable keys is not an error
// here.
absl::StatusOr<ParsedJwks> ParseJwks(absl::string_view document,
                                     const JwksOptions& options = {});

// WriteJwks gives {"keys":[…]} with public members, kid, alg and use only.
// Symmetric keys are left out.
std::string WriteJwks(const KeyTable& table);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWT_JWK_H_
