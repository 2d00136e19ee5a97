#include "core/login/account_service.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

// How often a write that lost against another one is tried again.
constexpr int kMaxTries = 8;

// Already gone is as good as removed: a deletion can be tried again.
absl::Status IgnoreNotFound(absl::Status status) {
  if (GetReason(status) == Reason::kResourceNotFound) return absl::OkStatus();
  return status;
}

}  // namespace

AuditEvent DeletionOf(const UserRecord& user, const CallContext& ctx) {
  AuditEvent event(audit_action::kUserDeleted, ctx);
  event.app = user.app;
  event.user = user.id;
  for (const IdentityRecord& identity : user.identities) {
    absl::StrAppend(&event.providers, event.providers.empty() ? "" : ",",
                    identity.provider.value());
  }
  return event;
}

AccountService::AccountService(Deps deps) : deps_(deps) {}

void AccountService::Record(absl::string_view action, const AppId& app,
                            const UserId& user, const CallContext& ctx) {
  AuditEvent event(action, ctx);
  event.app = app;
  event.user = user;
  deps_.audit->Record(event);
}

absl::StatusOr<UserRecord> AccountService::Get(const AppId& app,
                                               const UserId& id) {
  return deps_.store->users()->Find(app, id);
}

absl::StatusOr<UserRecord> AccountService::Create(UserRecord user,
                                                  const CallContext& ctx) {
  if (user.id.empty()) {
    user.id = UserId(NewObjectId(deps_.clock, deps_.random));
  } else if (!IsObjectId(user.id.value())) {
    return InvalidField("id", "Must be 24 lower-case hex digits.");
  }
  const absl::Time now = deps_.clock->TimeNow();
  user.created_at = now;
  for (IdentityRecord& identity : user.identities) identity.created_at = now;
  RETURN_IF_ERROR(deps_.store->users()->Insert(user));
  user.version = 1;
  Record(audit_action::kUserCreated, user.app, user.id, ctx);
  return user;
}

absl::StatusOr<UserRecord> AccountService::StoreDisabled(const AppId& app,
                                                         const UserId& id,
                                                         bool disabled) {
  absl::Status written;
  for (int i = 0; i < kMaxTries; ++i) {
    ASSIGN_OR_RETURN(UserRecord user, deps_.store->users()->Find(app, id));
    if (user.disabled == disabled) return user;
    user.disabled = disabled;
    written = deps_.store->users()->CompareAndUpdate(user);
    if (written.ok()) {
      ++user.version;
      return user;
    }
    if (GetReason(written) != Reason::kConflict) break;
  }
  return written;
}

absl::StatusOr<UserRecord> AccountService::SetDisabled(const AppId& app,
                                                       const UserId& id,
                                                       bool disabled,
                                                       const CallContext& ctx) {
  ASSIGN_OR_RETURN(UserRecord user, StoreDisabled(app, id, disabled));
  // Before the sessions: should those fail, it has happened all the same.
  Record(disabled ? audit_action::kUserDisabled : audit_action::kUserEnabled,
         app, id, ctx);
  if (disabled) {
    // Also when the user was disabled before: that call may have failed here.
    RETURN_IF_ERROR(
        deps_.sessions->RevokeAll(app, id, {"user_disabled", &ctx}).status());
  }
  return user;
}

absl::Status AccountService::RemoveApiKeys(const UserRecord& user) {
  // A server user's own key is listed with the app's.
  const UserId owner = user.type == UserType::kServer ? UserId() : user.id;
  ASSIGN_OR_RETURN(const std::vector<ApiKeyRecord> keys,
                   deps_.store->api_keys()->List(user.app, owner));
  for (const ApiKeyRecord& key : keys) {
    if (key.user != user.id) continue;
    RETURN_IF_ERROR(IgnoreNotFound(deps_.store->api_keys()->Remove(key.id)));
  }
  return absl::OkStatus();
}

absl::Status AccountService::RemovePasswords(const UserRecord& user) {
  for (const IdentityRecord& identity : user.identities) {
    if (identity.kind != ProviderKind::kEmailPassword) continue;
    RETURN_IF_ERROR(IgnoreNotFound(
        deps_.store->passwords()->Remove(user.app, identity.subject)));
  }
  return absl::OkStatus();
}

// The user goes last: should anything fail before, the deletion can be tried
// again. Sessions end first, and once more for a login that came in between;
// should that fail, the next try does it, though the user is gone by then.
absl::Status AccountService::Delete(const AppId& app, const UserId& id,
                                    const CallContext& ctx) {
  const absl::StatusOr<UserRecord> user = deps_.store->users()->Find(app, id);
  const Ending ending = {"user_deleted", &ctx};
  RETURN_IF_ERROR(deps_.sessions->RevokeAll(app, id, ending).status());
  if (!user.ok()) return user.status();
  RETURN_IF_ERROR(RemoveApiKeys(*user));
  RETURN_IF_ERROR(RemovePasswords(*user));
  RETURN_IF_ERROR(deps_.store->users()->Remove(app, id));
  deps_.audit->Record(DeletionOf(*user, ctx));
  return deps_.sessions->RevokeAll(app, id, ending).status();
}

}  // namespace latchkey
