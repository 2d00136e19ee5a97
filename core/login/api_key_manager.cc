#include "core/login/api_key_manager.h"

#include "core/base/status_macros.h"

namespace latchkey {

ApiKeyManager::ApiKeyManager(Deps deps) : deps_(deps) {}

void ApiKeyManager::Record(absl::string_view action, const ApiKeyRecord& key,
                           const CallContext& ctx) {
  AuditEvent event(action, ctx);
  event.app = key.app;
  event.user = key.user;
  event.target = key.id.value();
  deps_.audit->Record(event);
}

void ApiKeyManager::RecordUser(absl::string_view action,
                               const ApiKeyRecord& key,
                               const CallContext& ctx) {
  if (!key.server) return;
  AuditEvent event(action, ctx);
  event.app = key.app;
  event.user = key.user;
  deps_.audit->Record(event);
}

absl::StatusOr<CreatedApiKey> ApiKeyManager::Create(const Owner& owner,
                                                    absl::string_view name,
                                                    const CallContext& ctx) {
  absl::StatusOr<CreatedApiKey> created =
      owner.user.empty()
          ? deps_.keys->CreateServerKey(owner.app, name)
          : deps_.keys->CreateUserKey(owner.app, owner.user, name);
  if (!created.ok()) return created;
  RecordUser(audit_action::kUserCreated, created->record, ctx);
  Record(audit_action::kApiKeyCreated, created->record, ctx);
  return created;
}

// By the key's id alone: a session keeps the name that the provider had when it
// began.
absl::Status ApiKeyManager::EndSessions(const ApiKeyRecord& key,
                                        const Ending& ending) {
  SessionScope scope;
  scope.subject = key.id.value();
  return deps_.sessions->RevokeSome(key.app, key.user, scope, ending).status();
}

absl::StatusOr<ApiKeyRecord> ApiKeyManager::SetDisabled(
    const Owner& owner, const ApiKeyId& id, bool disabled,
    const CallContext& ctx) {
  RETURN_IF_ERROR(deps_.keys->SetDisabled(owner.app, owner.user, id, disabled));
  ASSIGN_OR_RETURN(ApiKeyRecord key,
                   deps_.keys->Get(owner.app, owner.user, id));
  Record(
      disabled ? audit_action::kApiKeyDisabled : audit_action::kApiKeyEnabled,
      key, ctx);
  if (disabled) {
    // Also when the key was disabled before: that call may have failed here.
    RETURN_IF_ERROR(EndSessions(key, {"key_disabled", &ctx}));
  }
  return key;
}

absl::Status ApiKeyManager::Delete(const Owner& owner, const ApiKeyId& id,
                                   const CallContext& ctx) {
  ASSIGN_OR_RETURN(const ApiKeyRecord key,
                   deps_.keys->Get(owner.app, owner.user, id));
  const auto end_sessions = [&]() -> absl::Status {
    const Ending ending = {"key_deleted", &ctx};
    if (!key.server) return EndSessions(key, ending);
    return deps_.sessions->RevokeAll(key.app, key.user, ending).status();
  };
  // The key goes last: should anything fail before, the call can be repeated.
  // Disabled first, so that no new session begins in between.
  RETURN_IF_ERROR(deps_.keys->SetDisabled(owner.app, owner.user, id, true));
  RETURN_IF_ERROR(end_sessions());
  RETURN_IF_ERROR(deps_.keys->Delete(owner.app, owner.user, id));
  Record(audit_action::kApiKeyDeleted, key, ctx);
  RecordUser(audit_action::kUserDeleted, key, ctx);
  // Once more for a login that had looked at the key before.
  return end_sessions();
}

}  // namespace latchkey
