#include "core/session/refresh_tokens.h"

#include <memory>
#include <optional>
#include <utility>

#include "core/base/reason.h"
#include "core/json/json.h"
#include "core/jwt/token_minter.h"
#include "core/session/app_services_claims.h"

namespace latchkey {
namespace {

constexpr char kType[] = "rt+jwt";
constexpr size_t kMaxBytes = 2048;
// sid, ctr, exp.
constexpr size_t kRotatingMembers = 3;

Expectations RefreshExpectations() {
  Expectations expected;
  expected.types = {kType};
  expected.algorithms = {Algorithm::kHs256};
  expected.max_token_bytes = kMaxBytes;
  expected.require_subject = false;
  expected.require_kid = true;
  return expected;
}

absl::Status Invalid(absl::string_view detail) {
  return Error(Reason::kRefreshTokenInvalid, detail);
}

json::Value Payload(const SessionRecord& session) {
  json::Value payload(json::Value::Object{});
  payload.Set("sid", session.id.value());
  payload.Set("ctr", static_cast<int64_t>(session.counter));
  payload.Set("exp", absl::ToUnixSeconds(session.expires_at));
  return payload;
}

}  // namespace

RefreshTokens::RefreshTokens(const KeyRing* keys)
    : keys_(keys),
      table_({keys->RefreshKey()->public_key()}),
      expectations_(RefreshExpectations()) {}

absl::StatusOr<std::string> RefreshTokens::Mint(
    const SessionRecord& session) const {
  return MintToken(Payload(session), kType, *keys_->RefreshKey(), kMaxBytes);
}

absl::StatusOr<std::string> RefreshTokens::MintFixed(
    const SessionRecord& session, ProviderKind kind) const {
  json::Value payload = Payload(session);
  // The session's own counter says how often its use was noted.
  payload.Set("ctr", static_cast<int64_t>(kFixedCounter));
  payload.Set("iat", absl::ToUnixSeconds(session.created_at));
  AddRefreshClaims(session, kind, &payload);
  return MintToken(payload, kType, *keys_->RefreshKey(), kMaxBytes);
}

absl::StatusOr<RefreshClaim> RefreshTokens::Parse(absl::string_view text,
                                                  absl::Time now) const {
  const absl::StatusOr<VerifiedToken> token =
      verifier_.Verify(text, expectations_, table_, now);
  if (GetReason(token.status()) == Reason::kTokenExpired) {
    return Error(Reason::kSessionExpired, "the refresh token has expired");
  }
  if (!token.ok()) return Invalid(token.status().message());

  const json::Value& payload = token->claims().payload;
  const json::Value* sid = payload.Find("sid");
  const json::Value* counter = payload.Find("ctr");
  if (sid == nullptr || sid->as_string() == nullptr ||
      !IsSessionId(*sid->as_string())) {
    return Invalid("no refresh token of ours: sid");
  }
  const std::optional<int64_t> number =
      counter == nullptr ? std::nullopt : counter->as_int64();
  if (!number || *number < 0) {
    return Invalid("no refresh token of ours: ctr");
  }
  if (static_cast<uint64_t>(*number) != kFixedCounter &&
      payload.as_object()->size() != kRotatingMembers) {
    return Invalid("no refresh token of ours: members");
  }
  return RefreshClaim{SessionId(*sid->as_string()),
                      static_cast<uint64_t>(*number)};
}

}  // namespace latchkey
