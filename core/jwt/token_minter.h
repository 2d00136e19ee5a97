// TokenMinter signs our own tokens.
#ifndef LATCHKEY_CORE_JWT_TOKEN_MINTER_H_
#define LATCHKEY_CORE_JWT_TOKEN_MINTER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/crypto/signing_key.h"
#include "core/json/json.h"

namespace latchkey {

// MintToken signs `payload` (an object) with `key` and header
// {"alg","kid","typ"}. INVALID_REQUEST when the token would pass `max_bytes`.
// Thread-safe.
absl::StatusOr<std::string> MintToken(const json::Value& payload,
                                      absl::string_view typ,
                                      const SigningKey& key,
                                      size_t max_bytes = 8 * 1024);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWT_TOKEN_MINTER_H_
