#include "core/jwt/claims.h"

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

absl::Status ReadText(const json::Value& payload, absl::string_view name,
                      std::optional<std::string>* out) {
  const json::Value* claim = payload.Find(name);
  if (claim == nullptr) return absl::OkStatus();
  if (claim->as_string() == nullptr) return Invalid(name, "is not a string");
  *out = *claim->as_string();
  return absl::OkStatus();
}

absl::Status ReadDate(const json::Value& payload, absl::string_view name,
                      Rounding rounding, std::optional<absl::Time>* out) {
  const json::Value* claim = payload.Find(name);
  if (claim == nullptr) return absl::OkStatus();
  *out = ReadNumericDate(*claim, rounding);
  if (!out->has_value()) return Invalid(name, "is not a date");
  return absl::OkStatus();
}

absl::Status ReadAudience(const json::Value& payload,
                          std::vector<std::string>* out) {
  const json::Value* claim = payload.Find("aud");
  if (claim == nullptr) return absl::OkStatus();
  if (const std::string* one = claim->as_string()) {
    out->push_back(*one);
    return absl::OkStatus();
  }
  if (claim->as_array() == nullptr) return Invalid("aud", "is not a list");
  for (const json::Value& element : *claim->as_array()) {
    if (element.as_string() == nullptr) {
      return Invalid("aud", "has an element that is not a string");
    }
    out->push_back(*element.as_string());
  }
  return absl::OkStatus();
}

// OIDC Core §2: at most 255 characters.
absl::Status CheckSubject(const std::optional<std::string>& subject) {
  if (!subject.has_value()) return absl::OkStatus();
  if (subject->empty() || subject->size() > kMaxSubjectBytes ||
      HasControlCharacters(*subject)) {
    return Invalid("sub", "has not 1 to 255 printable bytes");
  }
  return absl::OkStatus();
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

absl::StatusOr<Claims> ParseClaims(absl::string_view payload_json) {
  json::Limits limits;
  limits.max_bytes = kHardMaxTokenBytes;
  absl::StatusOr<json::Value> payload = json::ParseObject(payload_json, limits);
  if (!payload.ok()) {
    return Error(Reason::kTokenMalformed,
                 absl::StrCat("payload: ", payload.status().message()));
  }
  Claims claims;
  RETURN_IF_ERROR(ReadText(*payload, "iss", &claims.issuer));
  RETURN_IF_ERROR(ReadText(*payload, "sub", &claims.subject));
  RETURN_IF_ERROR(CheckSubject(claims.subject));
  RETURN_IF_ERROR(ReadAudience(*payload, &claims.audience));
  RETURN_IF_ERROR(
      ReadDate(*payload, "exp", Rounding::kDown, &claims.expiration));
  RETURN_IF_ERROR(ReadDate(*payload, "nbf", Rounding::kUp, &claims.not_before));
  RETURN_IF_ERROR(
      ReadDate(*payload, "iat", Rounding::kDown, &claims.issued_at));
  RETURN_IF_ERROR(ReadText(*payload, "jti", &claims.jwt_id));
  claims.payload = *std::move(payload);
  return claims;
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
