// TokenMinter signs our own tokens.
#ifndef LATCHKEY_CORE_JWT_TOKEN_MINTER_H_
#define LATCHKEY_CORE_JWT_TOKEN_MINTER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/crypto/signing_key.h"
#include "core/json/json.h"

namespace latchkey {

// MintHeader is what a header says besides the key's algorithm and id. Empty:
// left out.
struct MintHeader {
  absl::string_view typ;
  // `x5t#S256` (RFC 7515 §4.1.8), base64url: by which the receiver finds the
  // key's certificate.
  absl::string_view certificate_sha256 = {};
};

// MintToken signs `payload` (an object) with `key` and header
// {"alg","kid","typ"}. INVALID_REQUEST when the token would pass `max_bytes`.
// Thread-safe.
absl::StatusOr<std::string> MintToken(const json::Value& payload,
                                      absl::string_view typ,
                                      const SigningKey& key,
                                      size_t max_bytes = 8 * 1024);
absl::StatusOr<std::string> MintToken(const json::Value& payload,
                                      const MintHeader& header,
                                      const SigningKey& key,
                                      size_t max_bytes = 8 * 1024);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWT_TOKEN_MINTER_H_
