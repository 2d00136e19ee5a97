// Claims are the payload of a token whose signature has been checked.
#ifndef LATCHKEY_CORE_JWT_CLAIMS_H_
#define LATCHKEY_CORE_JWT_CLAIMS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/json/document.h"
#include "core/json/json.h"

namespace latchkey {

// ClaimsView: registered claims typed (RFC 7519 §4.1), the whole payload beside
// them, as views of a json::Document. Absent is nullopt, never zero.
struct ClaimsView {
  std::optional<absl::string_view> issuer;
  std::optional<absl::string_view> subject;
  std::vector<absl::string_view> audience;
  std::optional<absl::Time> expiration;
  std::optional<absl::Time> not_before;
  std::optional<absl::Time> issued_at;
  std::optional<absl::string_view> jwt_id;
  // The whole payload: an object. Set by ReadClaims.
  std::optional<json::Node> payload;
};

// Claims is the same with everything copied.
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

  static Claims CopyOf(const ClaimsView& view);
};

// ReadClaims reads the payload strictly: types, NumericDate in
// [0, 253402300799] (fractions shorten the life: exp down, nbf up), aud a
// string or an array of strings, sub 1-255 bytes without control characters.
// TOKEN_MALFORMED for bad JSON, TOKEN_CLAIM_INVALID (naming the claim) else.
// `document` takes the text and must outlive *out, whose buffers are reused.
absl::Status ReadClaims(absl::string_view payload_json,
                        json::Document* document, ClaimsView* out);
// ParseClaims is ReadClaims with a copy of everything.
absl::StatusOr<Claims> ParseClaims(absl::string_view payload_json);

// FindByPath follows a dotted path ("user_data.name"; "\." is a dot inside a
// name) through nested objects; null when nothing is there.
const json::Value* FindByPath(const json::Value& object,
                              absl::string_view path);
// LastPathSegment gives the default field name of a path, unescaped.
std::string LastPathSegment(absl::string_view path);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWT_CLAIMS_H_
