#include "core/jwt/claims.h"

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/jwt/compact.h"
#include "core/jwt/numeric_date.h"

namespace latchkey {
namespace {

constexpr size_t kMaxSubjectBytes = 255;

absl::Status Invalid(absl::string_view claim, absl::string_view what) {
  return Error(Reason::kTokenClaimInvalid, absl::StrCat(claim, " ", what));
}

// The registered claims all have names of three letters.
constexpr uint32_t Letters(const char* name) {
  return static_cast<uint32_t>(static_cast<unsigned char>(name[0])) << 16 |
         static_cast<uint32_t>(static_cast<unsigned char>(name[1])) << 8 |
         static_cast<uint32_t>(static_cast<unsigned char>(name[2]));
}

absl::Status ReadText(json::Node claim, std::optional<absl::string_view>* out) {
  *out = claim.as_string();
  if (out->has_value()) return absl::OkStatus();
  return Invalid(claim.name(), "is not a string");
}

absl::Status ReadDate(json::Node claim, Rounding rounding,
                      std::optional<absl::Time>* out) {
  if (const auto number = claim.as_number()) {
    *out = ReadNumericDate(*number, rounding);
  }
  if (out->has_value()) return absl::OkStatus();
  return Invalid(claim.name(), "is not a date");
}

absl::Status ReadAudience(json::Node claim,
                          std::vector<absl::string_view>* out) {
  if (const auto one = claim.as_string()) {
    out->push_back(*one);
    return absl::OkStatus();
  }
  if (!claim.is_array()) return Invalid("aud", "is not a list");
  for (const json::Node element : claim.children()) {
    const auto one = element.as_string();
    if (!one.has_value()) {
      return Invalid("aud", "has an element that is not a string");
    }
    out->push_back(*one);
  }
  return absl::OkStatus();
}

// OIDC Core §2: at most 255 characters.
absl::Status CheckSubject(std::optional<absl::string_view> subject) {
  if (!subject.has_value()) return absl::OkStatus();
  if (subject->empty() || subject->size() > kMaxSubjectBytes ||
      HasControlCharacters(*subject)) {
    return Invalid("sub", "has not 1 to 255 printable bytes");
  }
  return absl::OkStatus();
}

// Other claims are left alone.
absl::Status ReadClaim(json::Node claim, ClaimsView* out) {
  const absl::string_view name = claim.name();
  if (name.size() != 3) return absl::OkStatus();
  switch (Letters(name.data())) {
    case Letters("aud"):
      return ReadAudience(claim, &out->audience);
    case Letters("exp"):
      return ReadDate(claim, Rounding::kDown, &out->expiration);
    case Letters("iat"):
      return ReadDate(claim, Rounding::kDown, &out->issued_at);
    case Letters("iss"):
      return ReadText(claim, &out->issuer);
    case Letters("jti"):
      return ReadText(claim, &out->jwt_id);
    case Letters("nbf"):
      return ReadDate(claim, Rounding::kUp, &out->not_before);
    case Letters("sub"):
      return ReadText(claim, &out->subject);
    default:
      return absl::OkStatus();
  }
}

// SplitPath gives the unescaped names of a path; at least one.
std::vector<std::string> SplitPath(absl::string_view path) {
  std::vector<std::string> names(1);
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '.') {
      names.emplace_back();
      continue;
    }
    if (path[i] == '\\' && i + 1 < path.size()) ++i;
    names.back().push_back(path[i]);
  }
  return names;
}

}  // namespace

absl::Status ReadClaims(absl::string_view payload_json,
                        json::Document* document, ClaimsView* out) {
  json::Limits limits;
  limits.max_bytes = kHardMaxTokenBytes;
  const absl::Status parsed = document->ParseObject(payload_json, limits);
  if (!parsed.ok()) {
    return Error(Reason::kTokenMalformed,
                 absl::StrCat("payload: ", parsed.message()));
  }
  ClaimsView empty;
  empty.audience = std::move(out->audience);  // for its buffer
  empty.audience.clear();
  empty.payload = document->root();
  *out = std::move(empty);
  for (const json::Node claim : document->root().children()) {
    RETURN_IF_ERROR(ReadClaim(claim, out));
  }
  return CheckSubject(out->subject);
}

Claims Claims::CopyOf(const ClaimsView& view) {
  const auto copy = [](std::optional<absl::string_view> text) {
    return text.has_value() ? std::make_optional<std::string>(*text)
                            : std::nullopt;
  };
  Claims claims;
  claims.issuer = copy(view.issuer);
  claims.subject = copy(view.subject);
  for (const absl::string_view audience : view.audience) {
    claims.audience.emplace_back(audience);
  }
  claims.expiration = view.expiration;
  claims.not_before = view.not_before;
  claims.issued_at = view.issued_at;
  claims.jwt_id = copy(view.jwt_id);
  if (view.payload.has_value()) claims.payload = view.payload->ToValue();
  return claims;
}

absl::StatusOr<Claims> ParseClaims(absl::string_view payload_json) {
  json::Document document;
  ClaimsView view;
  RETURN_IF_ERROR(ReadClaims(payload_json, &document, &view));
  return Claims::CopyOf(view);
}

const json::Value* FindByPath(const json::Value& object,
                              absl::string_view path) {
  const json::Value* value = &object;
  for (const std::string& name : SplitPath(path)) {
    value = value->Find(name);
    if (value == nullptr) break;
  }
  return value;
}

std::string LastPathSegment(absl::string_view path) {
  return SplitPath(path).back();
}

}  // namespace latchkey
