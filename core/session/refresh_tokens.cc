#include "core/session/refresh_tokens.h"

#include <memory>
#include <optional>
#include <utility>

#include "core/base/reason.h"
#include "core/json/json.h"
#include "core/jwt/token_minter.h"

namespace latchkey {
namespace {

constexpr char kType[] = "rt+jwt";
constexpr size_t kMaxBytes = 1024;

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

}  // namespace

RefreshTokens::RefreshTokens(const KeyRing* keys)
    : keys_(keys),
      table_({keys->RefreshKey()->public_key()}),
      expectations_(RefreshExpectations()) {}

absl::StatusOr<std::string> RefreshTokens::Mint(
    const SessionRecord& session) const {
  json::Value payload(json::Value::Object{});
  payload.Set("sid", session.id.value());
  payload.Set("ctr", static_cast<int64_t>(session.counter));
  payload.Set("exp", absl::ToUnixSeconds(session.expires_at));
  const std::shared_ptr<const SigningKey> key = keys_->RefreshKey();
  return MintToken(payload, kType, *key, kMaxBytes);
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
  if (payload.as_object()->size() != 3 || sid == nullptr ||
      sid->as_string() == nullptr || !IsSessionId(*sid->as_string())) {
    return Invalid("no refresh token of ours: members or sid");
  }
  const std::optional<int64_t> number =
      counter == nullptr ? std::nullopt : counter->as_int64();
  if (!number || *number < 0) {
    return Invalid("no refresh token of ours: ctr");
  }
  return RefreshClaim{SessionId(*sid->as_string()),
                      static_cast<uint64_t>(*number)};
}

}  // namespace latchkey
