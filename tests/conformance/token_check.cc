#include "tests/conformance/token_check.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/jwt/compact.h"
#include "core/jwt/jwk.h"
#include "core/jwt/token_verifier.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

// Whatever is a matter of claims is left open.
Expectations SignatureOnly() {
  Expectations expectations;
  expectations.max_token_bytes = kHardMaxTokenBytes;
  expectations.allow_missing_expiration = true;
  expectations.require_subject = false;
  return expectations;
}

// The payload is strict base64url, but holds no JSON object of claims.
bool RefusedForClaims(absl::string_view token, const absl::Status& status) {
  if (GetReason(status) == Reason::kTokenClaimInvalid) return true;
  if (GetReason(status) != Reason::kTokenMalformed ||
      !absl::StartsWith(status.message(), "payload: ")) {
    return false;
  }
  const absl::StatusOr<CompactToken> parts =
      SplitCompact(token, kHardMaxTokenBytes);
  return parts.ok() && Base64UrlDecode(parts->payload).has_value();
}

bool HoldsNow(absl::string_view token, const KeyTable& keys) {
  const absl::Status status =
      TokenVerifier()
          .Verify(token, SignatureOnly(), keys, absl::UnixEpoch())
          .status();
  return status.ok() || RefusedForClaims(token, status);
}

}  // namespace

std::vector<Algorithm> AllAlgorithms() {
  std::vector<Algorithm> algorithms = JwksOptions().allowed_algorithms;
  for (const Algorithm mac :
       {Algorithm::kHs256, Algorithm::kHs384, Algorithm::kHs512}) {
    algorithms.push_back(mac);
  }
  return algorithms;
}

KeyTable ReadKeys(const json::Value& document, KeyOrigin origin,
                  const std::vector<Algorithm>& algorithms) {
  JwksOptions options;
  options.allowed_algorithms = algorithms;
  options.allow_symmetric = origin == KeyOrigin::kOwn;
  absl::StatusOr<ParsedJwks> parsed = ParseJwks(json::Write(document), options);
  return parsed.ok() ? KeyTable(std::move(parsed->keys)) : KeyTable();
}

json::Value WithoutPrivateMembers(const json::Value& jwk) {
  json::Value::Object members;
  for (const auto& [name, value] : *jwk.as_object()) {
    const std::vector<absl::string_view> kPrivate = {"d",  "p",  "q",
                                                     "dp", "dq", "qi"};
    if (!absl::c_linear_search(kPrivate, name)) {
      members.emplace_back(name, value);
    }
  }
  return json::Value(std::move(members));
}

bool SignatureHolds(absl::string_view token, const KeyTable& keys) {
  const bool holds = HoldsNow(token, keys);
  EXPECT_EQ(HoldsNow(token, keys), holds) << "another verdict the second time";
  return holds;
}

std::string TokenText(const json::Value& token) {
  const std::string* text = token.as_string();
  return text != nullptr ? *text : json::Write(token);
}

}  // namespace latchkey
