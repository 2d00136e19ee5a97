// Claims: in bounds, the same by both readers, the same after a round trip.
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/base/utf8.h"
#include "core/json/document.h"
#include "core/json/json.h"
#include "core/jwt/claims.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey {
namespace {

bool IsSame(const Claims& a, const Claims& b) {
  return a.issuer == b.issuer && a.subject == b.subject &&
         a.audience == b.audience && a.expiration == b.expiration &&
         a.not_before == b.not_before && a.issued_at == b.issued_at &&
         a.jwt_id == b.jwt_id && a.payload == b.payload;
}

void CheckDate(const std::optional<absl::Time>& date, const char* name,
               const json::Value& payload) {
  const json::Value* claim = payload.Find(name);
  FUZZ_CHECK(date.has_value() == (claim != nullptr));
  if (!date.has_value()) return;
  FUZZ_CHECK(*date >= absl::UnixEpoch());
  FUZZ_CHECK(*date <= absl::FromUnixSeconds(253402300799));
  // Whatever its fraction was, rounding moved it by less than a second.
  const std::optional<double> number = claim->as_double();
  FUZZ_CHECK(number.has_value());
  const absl::Duration moved =
      *date - absl::UnixEpoch() - absl::Seconds(*number);
  FUZZ_CHECK(absl::AbsDuration(moved) <= absl::Seconds(1));
}

void CheckText(const std::optional<std::string>& text, const char* name,
               const json::Value& payload) {
  const json::Value* claim = payload.Find(name);
  FUZZ_CHECK(text.has_value() == (claim != nullptr));
  if (text.has_value()) FUZZ_CHECK(*claim == json::Value(*text));
}

void CheckBounds(const Claims& claims) {
  FUZZ_CHECK(claims.payload.as_object() != nullptr);
  CheckDate(claims.expiration, "exp", claims.payload);
  CheckDate(claims.not_before, "nbf", claims.payload);
  CheckDate(claims.issued_at, "iat", claims.payload);
  CheckText(claims.issuer, "iss", claims.payload);
  CheckText(claims.subject, "sub", claims.payload);
  CheckText(claims.jwt_id, "jti", claims.payload);
  if (claims.subject.has_value()) {
    FUZZ_CHECK(!claims.subject->empty());
    FUZZ_CHECK(claims.subject->size() <= 255);
    FUZZ_CHECK(!HasControlCharacters(*claims.subject));
  }
  if (!claims.audience.empty()) {
    FUZZ_CHECK(claims.payload.Find("aud") != nullptr);
  }
}

// The paths of provider settings, over whatever was read.
void CheckPaths(const json::Value& payload, absl::string_view path) {
  const json::Value* value = FindByPath(payload, path);
  if (path.find_first_of(".\\") == absl::string_view::npos) {
    FUZZ_CHECK(value == payload.Find(path));
    FUZZ_CHECK(LastPathSegment(path) == path);
  }
}

}  // namespace

void FuzzOne(absl::string_view input) {
  // Kept, as the verifier keeps them: nothing of one token may reach the next.
  static json::Document* const document = new json::Document();
  static ClaimsView* const view = new ClaimsView();
  const absl::Status status = ReadClaims(input, document, view);
  const absl::StatusOr<Claims> claims = ParseClaims(input);
  FUZZ_CHECK(claims.status() == status);
  if (!claims.ok()) {
    const Reason reason = GetReason(status);
    FUZZ_CHECK(reason == Reason::kTokenMalformed ||
               reason == Reason::kTokenClaimInvalid);
    return;
  }
  FUZZ_CHECK(IsSame(Claims::CopyOf(*view), *claims));
  CheckBounds(*claims);
  const auto again = ParseClaims(json::Write(claims->payload));
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(IsSame(*again, *claims));
  CheckPaths(claims->payload, input.substr(0, input.find(':')));
}

}  // namespace latchkey
