#include "server/rpc/caller.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/constant_time.h"
#include "core/base/reason.h"
#include "core/crypto/digest.h"

namespace latchkey {

absl::StatusOr<absl::string_view> BearerToken(const RpcContext& context) {
  constexpr absl::string_view kScheme = "bearer ";
  if (context.authorization.size() != 1) {
    return Error(
        Reason::kCallerTokenMissing,
        absl::StrCat("authorization values: ", context.authorization.size()));
  }
  absl::string_view value = context.authorization[0];
  if (!absl::StartsWithIgnoreCase(value, kScheme)) {
    return Error(Reason::kCallerTokenMissing, "not the bearer scheme");
  }
  value.remove_prefix(kScheme.size());
  if (value.empty()) return Error(Reason::kCallerTokenMissing, "empty token");
  return value;
}

CallerAuthenticator::CallerAuthenticator(const AccessTokens* tokens,
                                         Clock* clock)
    : tokens_(tokens), clock_(clock) {}

absl::StatusOr<Principal> CallerAuthenticator::Authenticate(
    const RpcContext& context) const {
  const absl::StatusOr<absl::string_view> token = BearerToken(context);
  if (!token.ok()) return token.status();
  Principal principal;
  const absl::Status status =
      tokens_->Verify(*token, {}, clock_->TimeNow(), &principal);
  if (!status.ok()) {
    return Error(Reason::kCallerTokenInvalid,
                 GetReasonInfo(GetReason(status)).name);
  }
  return principal;
}

AdminGuard::AdminGuard(std::vector<AdminKeyConfig> keys)
    : keys_(std::move(keys)) {}

absl::Status AdminGuard::Admit(const RpcContext& context) const {
  if (context.peer_is_admin) return absl::OkStatus();
  const absl::StatusOr<absl::string_view> token = BearerToken(context);
  if (!token.ok()) return Error(Reason::kCallerNotAllowed, "no admin proof");
  const Sha256Digest digest = Sha256(*token);
  // Every key is compared, so the time does not tell which one came close.
  bool admitted = false;
  for (const AdminKeyConfig& key : keys_) {
    admitted |= ConstantTimeEquals(AsStringView(digest), key.sha256);
  }
  if (admitted) return absl::OkStatus();
  return Error(Reason::kCallerNotAllowed, "unknown admin key");
}

}  // namespace latchkey
