// The compact serialization (RFC 7515 §7.1), split in place.
#ifndef LATCHKEY_CORE_JWT_COMPACT_H_
#define LATCHKEY_CORE_JWT_COMPACT_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/crypto/algorithm.h"
#include "core/json/json.h"

namespace latchkey {

// CompactToken: views into the text it was split from.
struct CompactToken {
  absl::string_view header;
  absl::string_view payload;
  absl::string_view signature;
  absl::string_view signing_input;  // header.payload, as received
};

// Default and hard limits of a token's length in bytes.
inline constexpr size_t kDefaultMaxTokenBytes = 8 * 1024;
inline constexpr size_t kHardMaxTokenBytes = 1'000'000;

// SplitCompact wants exactly two dots and three non-empty parts.
// TOKEN_TOO_LARGE, TOKEN_UNSUPPORTED (five parts: a JWE), TOKEN_MALFORMED.
absl::StatusOr<CompactToken> SplitCompact(
    absl::string_view text, size_t max_bytes = kDefaultMaxTokenBytes);

// JoseHeader is the decoded header: only compared, never obeyed.
struct JoseHeader {
  Algorithm algorithm = Algorithm::kRs256;
  std::optional<std::string> kid;  // at most 256 bytes
  std::optional<std::string> typ;  // lower-cased, "application/" removed
  json::Value members;
};

// ParseHeader decodes and checks the header segment: strict base64url and
// JSON (depth 8, 128 values), alg a supported name, no `crit`, no `b64`, kid
// and typ strings. TOKEN_MALFORMED, or TOKEN_UNSUPPORTED for alg/crit/b64/zip.
absl::StatusOr<JoseHeader> ParseHeader(absl::string_view segment);

// PeekIssuer reads `iss` from an UNVERIFIED payload, to choose which keys to
// ask; nothing else may be believed of it. nullopt when unreadable.
std::optional<std::string> PeekUnverifiedIssuer(const CompactToken& token);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWT_COMPACT_H_
