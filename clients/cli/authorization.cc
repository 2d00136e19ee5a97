#include "clients/cli/authorization.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/base64url.h"
#include "core/base/constant_time.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "core/jwks/form_body.h"
#include "core/jwks/key_issuers.h"
#include "core/jwt/claims.h"
#include "core/jwt/compact.h"

namespace latchkey {
namespace {

constexpr size_t kRandomBytes = 32;
constexpr size_t kMaxParameters = 32;
// Between our clock and the issuer's.
constexpr absl::Duration kLeeway = absl::Minutes(1);

using Parameters = std::map<std::string, std::string, std::less<>>;

std::optional<std::string> FormDecode(absl::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const absl::string_view digits = text.substr(i + 1, 2);
      if (digits.size() != 2 ||
          !std::all_of(digits.begin(), digits.end(), absl::ascii_isxdigit)) {
        return std::nullopt;
      }
      decoded += absl::HexStringToBytes(digits);
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

// RFC 6749 §3.1: no parameter twice.
std::optional<Parameters> ReadQuery(absl::string_view query) {
  Parameters parameters;
  for (absl::string_view part : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> split =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    std::optional<std::string> name = FormDecode(split.first);
    std::optional<std::string> value = FormDecode(split.second);
    if (!name.has_value() || !value.has_value()) return std::nullopt;
    if (parameters.size() == kMaxParameters) return std::nullopt;
    if (!parameters.emplace(*std::move(name), *std::move(value)).second) {
      return std::nullopt;
    }
  }
  return parameters;
}

absl::string_view Find(const Parameters& parameters, absl::string_view name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? absl::string_view() : found->second;
}

// RFC 9207 §2.4; Entra's common issuer stands for any tenant's.
bool IsFromIssuer(absl::string_view named, const IssuerClient& client) {
  if (named.empty()) return !client.endpoints().answers_name_issuer;
  const std::string& issuer = client.registration().issuer;
  return named == issuer || AnyTenantsIssuer(issuer) != issuer;
}

absl::Status Mismatch(absl::string_view what) {
  return absl::PermissionDeniedError(
      absl::StrCat("the issuer's ID token is not for this login: ", what));
}

}  // namespace

std::string CodeChallenge(absl::string_view verifier) {
  return Base64UrlEncode(AsStringView(Sha256(verifier)));
}

AuthorizationRequest AuthorizationRequest::Make(Random* random) {
  AuthorizationRequest request;
  request.state = Base64UrlEncode(random->Bytes(kRandomBytes));
  request.nonce = Base64UrlEncode(random->Bytes(kRandomBytes));
  std::string verifier = Base64UrlEncode(random->Bytes(kRandomBytes));
  request.verifier = Secret::TakeFrom(&verifier);
  return request;
}

std::string AuthorizationRequest::Url(const IssuerClient& client) const {
  FormBody query;
  query.Add("response_type", "code");
  query.Add("client_id", client.registration().client_id);
  query.Add("redirect_uri", redirect_uri);
  query.Add("scope", scope);
  query.Add("state", state);
  query.Add("nonce", nonce);
  query.Add("code_challenge", CodeChallenge(verifier.RevealSecret()));
  query.Add("code_challenge_method", "S256");
  if (!login_hint.empty()) query.Add("login_hint", login_hint);
  const std::string& endpoint = client.endpoints().authorization;
  return absl::StrCat(endpoint, absl::StrContains(endpoint, "?") ? "&" : "?",
                      *query.Take());
}

RedirectVerdict AuthorizationAnswer::Judge(absl::string_view query) {
  const std::optional<Parameters> parameters = ReadQuery(query);
  if (!parameters.has_value() ||
      !ConstantTimeEquals(Find(*parameters, "state"), request_->state)) {
    return RedirectVerdict::kStranger;
  }
  const absl::string_view error = Find(*parameters, "error");
  const absl::string_view code = Find(*parameters, "code");
  if (!IsFromIssuer(Find(*parameters, "iss"), *client_)) {
    refusal_ = absl::PermissionDeniedError(
        "the answer came from another issuer than the one that was asked");
  } else if (!error.empty()) {
    refusal_ = IssuerRefusal(error, Find(*parameters, "error_description"));
  } else if (code.empty()) {
    refusal_ = absl::PermissionDeniedError("the issuer's answer has no code");
  } else {
    code_ = Secret(code);
    return RedirectVerdict::kGranted;
  }
  return RedirectVerdict::kRefused;
}

absl::StatusOr<Secret> AuthorizationAnswer::TakeCode() {
  RETURN_IF_ERROR(refusal_);
  return std::move(code_);
}

absl::Status CheckIdToken(absl::string_view token, const IdTokenRules& rules) {
  ASSIGN_OR_RETURN(const CompactToken parts,
                   SplitCompact(token, IssuerClient::kMaxTokenBytes));
  const std::optional<std::string> payload = Base64UrlDecode(parts.payload);
  if (!payload.has_value()) return Mismatch("it cannot be read");
  const absl::StatusOr<Claims> claims = ParseClaims(*payload);
  if (!claims.ok()) return Mismatch(claims.status().message());
  const bool any_tenant = AnyTenantsIssuer(rules.issuer) != rules.issuer;
  if (!any_tenant && claims->issuer != rules.issuer) return Mismatch("iss");
  const std::vector<std::string>& audience = claims->audience;
  if (std::find(audience.begin(), audience.end(), rules.client_id) ==
      audience.end()) {
    return Mismatch("aud");
  }
  // Point 4 and 5 of OpenID Connect Core §3.1.3.7: a token for several.
  const json::Value* const party = claims->payload.Find("azp");
  const std::string* const party_name =
      party == nullptr ? nullptr : party->as_string();
  if (party != nullptr &&
      (party_name == nullptr || *party_name != rules.client_id)) {
    return Mismatch("azp");
  }
  if (claims->expiration.value_or(absl::InfinitePast()) + kLeeway <=
      rules.now) {
    return Mismatch("exp");
  }
  if (!rules.nonce.has_value()) return absl::OkStatus();
  const json::Value* const nonce = claims->payload.Find("nonce");
  const std::string* const text =
      nonce == nullptr ? nullptr : nonce->as_string();
  if (text == nullptr || !ConstantTimeEquals(*text, *rules.nonce)) {
    return Mismatch("nonce");
  }
  return absl::OkStatus();
}

}  // namespace latchkey
