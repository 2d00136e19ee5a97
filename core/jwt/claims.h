// Claims are the payload of a token whose signature has been checked.
#ifndef LATCHKEY_CORE_JWT_CLAIMS_H_
#define LATCHKEY_CORE_JWT_CLAIMS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/json/json.h"

namespace latchkey {

// Claims: registered claims typed (RFC 7519 §4.1), the whole payload beside
// them. Absent is nullopt, never zero.
struct Claims {
  std::optional<std::string> issuer;
  std::optional<std::string> subject;
  std::vector<std::string> audience;
  std::optional<absl::Time> expiration;
  std::optional<absl::Time> not_before;
  std::optional<absl::Time> issued_at;
  std::optional<std::string> jwt_id;
  // The whole payload: always an object.
  json::Value payload;
};

// ParseClaims reads the payload strictly: types, NumericDate in
// [0, 253402300799] (fractions shorten the life: exp down, nbf up), aud a
// string or an array of strings, sub 1-255 bytes without control characters.
// TOKEN_MALFORMED for bad JSON, TOKEN_CLAIM_INVALID (naming the claim) else.
absl::StatusOr<Claims> ParseClaims(absl::string_view payload_json);

// FindByPath follows a dotted path ("user_data.name"; "\." is a dot inside a
// name) through nested objects; null when nothing is there.
const json::Value* FindByPath(const json::Value& object,
                              absl::string_view path);
// LastPathSegment gives the default field name of a path, unescaped.
std::string LastPathSegment(absl::string_view path);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWT_CLAIMS_H_
