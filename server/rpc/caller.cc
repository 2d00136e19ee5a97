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
  if (context.caller != nullptr) return *context.caller;
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

AdminGuard::AdminGuard(std::vector<AdminKeyConfig> keys, AuditSink* audit)
    : keys_(std::move(keys)), audit_(audit) {}

absl::StatusOr<std::string> AdminGuard::FindActor(
    const RpcContext& context) const {
  if (context.peer_is_admin) {
    return context.admin_peer.empty() ? context.call.peer : context.admin_peer;
  }
  const absl::StatusOr<absl::string_view> token = BearerToken(context);
  if (!token.ok()) return Error(Reason::kCallerNotAllowed, "no admin proof");
  const Sha256Digest digest = Sha256(*token);
  // Every key is compared, so the time does not tell which one came close.
  const AdminKeyConfig* admitted = nullptr;
  for (const AdminKeyConfig& key : keys_) {
    if (ConstantTimeEquals(AsStringView(digest), key.sha256)) admitted = &key;
  }
  if (admitted == nullptr) {
    return Error(Reason::kCallerNotAllowed, "unknown admin key");
  }
  return absl::StrCat("admin-key:", admitted->id);
}

absl::StatusOr<CallContext> AdminGuard::Admit(const RpcContext& context) const {
  absl::StatusOr<std::string> actor = FindActor(context);
  if (!actor.ok()) {
    AuditEvent event(audit_action::kAdminRefused, context.call);
    event.detail = std::string(actor.status().message());
    audit_->Record(event);
    return actor.status();
  }
  CallContext call = context.call;
  call.actor = *std::move(actor);
  return call;
}

}  // namespace latchkey
