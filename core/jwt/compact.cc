#include "core/jwt/compact.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

constexpr size_t kMaxKidBytes = 256;
constexpr int kMaxHeaderDepth = 8;
// Anybody may send a header: reading it must cost less than a signature check.
constexpr size_t kMaxHeaderValues = 128;
constexpr size_t kJwsDots = 2;
constexpr size_t kJweDots = 4;

absl::Status Malformed(absl::string_view what) {
  return Error(Reason::kTokenMalformed, what);
}

absl::Status Unsupported(absl::string_view what) {
  return Error(Reason::kTokenUnsupported, what);
}

// ReadText gives an optional string member; TOKEN_MALFORMED for other types.
absl::StatusOr<std::optional<std::string>> ReadText(const json::Value& header,
                                                    absl::string_view name) {
  const json::Value* member = header.Find(name);
  if (member == nullptr) return std::optional<std::string>();
  const std::string* text = member->as_string();
  if (text == nullptr) {
    return Malformed(absl::StrCat("header: ", name, " is not a string"));
  }
  return std::optional<std::string>(*text);
}

// RFC 7515 §4.1.9: "application/" may be left out when no other slash follows.
std::string NormalizeType(absl::string_view typ) {
  std::string lower = absl::AsciiStrToLower(typ);
  absl::string_view rest = lower;
  if (absl::ConsumePrefix(&rest, "application/") &&
      rest.find('/') == absl::string_view::npos) {
    return std::string(rest);
  }
  return lower;
}

// No extension is implemented, so RFC 7515 §4.1.11 asks to refuse each `crit`;
// RFC 7797 §7 forbids `b64` in a JWT; `zip` belongs to JWE.
absl::Status CheckExtensions(const json::Value& header) {
  for (absl::string_view name : {"crit", "b64", "zip"}) {
    if (header.Find(name) != nullptr) {
      return Unsupported(absl::StrCat("header: has ", name));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Algorithm> ReadAlgorithm(const json::Value& header) {
  ASSIGN_OR_RETURN(const std::optional<std::string> name,
                   ReadText(header, "alg"));
  if (!name.has_value()) return Malformed("header: no alg");
  const std::optional<Algorithm> algorithm = ParseAlgorithm(*name);
  if (!algorithm.has_value()) return Unsupported("header: unknown alg");
  return *algorithm;
}

}  // namespace

absl::StatusOr<CompactToken> SplitCompact(absl::string_view text,
                                          size_t max_bytes) {
  if (text.size() > std::min(max_bytes, kHardMaxTokenBytes)) {
    return Error(Reason::kTokenTooLarge, "token is larger than the limit");
  }
  std::array<size_t, kJweDots> dots{};
  size_t count = 0;
  size_t dot = text.find('.');
  while (dot != absl::string_view::npos && count <= kJweDots) {
    if (count < kJweDots) dots[count] = dot;
    ++count;
    dot = text.find('.', dot + 1);
  }
  if (count == kJweDots) return Unsupported("token has five parts, as a JWE");
  if (count != kJwsDots) return Malformed("token has not three parts");

  CompactToken token;
  token.header = text.substr(0, dots[0]);
  token.payload = text.substr(dots[0] + 1, dots[1] - dots[0] - 1);
  token.signature = text.substr(dots[1] + 1);
  token.signing_input = text.substr(0, dots[1]);
  if (token.header.empty() || token.payload.empty() ||
      token.signature.empty()) {
    return Malformed("token has an empty part");
  }
  return token;
}

absl::StatusOr<JoseHeader> ParseHeader(absl::string_view segment) {
  const std::optional<std::string> text = Base64UrlDecode(segment);
  if (!text.has_value()) return Malformed("header: not base64url");
  json::Limits limits;
  limits.max_depth = kMaxHeaderDepth;
  limits.max_members = kMaxHeaderValues;
  absl::StatusOr<json::Value> members = json::ParseObject(*text, limits);
  if (!members.ok()) {
    return Malformed(absl::StrCat("header: ", members.status().message()));
  }
  RETURN_IF_ERROR(CheckExtensions(*members));
  ASSIGN_OR_RETURN(const Algorithm algorithm, ReadAlgorithm(*members));
  ASSIGN_OR_RETURN(std::optional<std::string> kid, ReadText(*members, "kid"));
  if (kid.has_value() && kid->size() > kMaxKidBytes) {
    return Malformed("header: kid is over 256 bytes");
  }
  ASSIGN_OR_RETURN(std::optional<std::string> typ, ReadText(*members, "typ"));
  if (typ.has_value()) typ = NormalizeType(*typ);
  return JoseHeader{algorithm, std::move(kid), std::move(typ),
                    *std::move(members)};
}

std::optional<std::string> PeekUnverifiedIssuer(const CompactToken& token) {
  const std::optional<std::string> text = Base64UrlDecode(token.payload);
  if (!text.has_value()) return std::nullopt;
  json::Limits limits;
  limits.max_bytes = kHardMaxTokenBytes;
  const absl::StatusOr<json::Value> payload = json::ParseObject(*text, limits);
  if (!payload.ok()) return std::nullopt;
  const json::Value* issuer = payload->Find("iss");
  if (issuer == nullptr || issuer->as_string() == nullptr) return std::nullopt;
  return *issuer->as_string();
}

}  // namespace latchkey
