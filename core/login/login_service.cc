#include "core/login/login_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/login/attempt_key.h"
#include "core/login/user_data.h"

namespace latchkey {
namespace {

// How often a write that lost against another one is tried again.
constexpr int kMaxTries = 5;
// Of a user that no other login has found yet: each one writes.
constexpr uint64_t kMadeVersion = 1;

IdentityRecord* FindIdentity(UserRecord* user, const ProvenIdentity& proven) {
  for (IdentityRecord& identity : user->identities) {
    if (identity.provider == proven.provider &&
        identity.subject == proven.subject) {
      return &identity;
    }
  }
  return nullptr;
}

// Apply notes the login in the user; true when more than the time changed.
bool Apply(const ProvenIdentity& proven, absl::Time now, UserRecord* user) {
  bool changed = MergeUserData(proven, user);
  IdentityRecord* identity = FindIdentity(user, proven);
  if (identity != nullptr && identity->data_json != proven.data_json) {
    identity->data_json = proven.data_json;
    changed = true;
  }
  user->last_login_at =
      std::max(now, user->last_login_at.value_or(absl::InfinitePast()));
  return changed;
}

// Kinds differ when a provider's name was given to one of another kind: what
// that one says of a subject is no proof of the old one's user.
absl::Status CheckKind(UserRecord* user, const ProvenIdentity& proven) {
  const IdentityRecord* identity = FindIdentity(user, proven);
  if (identity == nullptr || identity->kind == proven.kind) {
    return absl::OkStatus();
  }
  return Error(
      Reason::kCredentialRejected,
      absl::StrCat("the identity is of kind ", ProviderKindName(identity->kind),
                   ", not ", ProviderKindName(proven.kind)));
}

absl::Status CheckEnabled(const UserRecord& user) {
  if (!user.disabled) return absl::OkStatus();
  return Error(Reason::kUserDisabled, "the proven user is disabled");
}

}  // namespace

LoginService::LoginService(Deps deps) : deps_(deps) {}

// The narrow limit first: what it refuses takes nothing from the wide ones, so
// that one peer alone cannot use up a name's attempts.
absl::Status LoginService::TakeAttempt(const AppId& app,
                                       const Credential& credential,
                                       const CallContext& ctx) {
  const absl::Time now = deps_.clock->TimeNow();
  const std::optional<AttemptKeys> keys =
      AttemptKeysOf(ctx.peer, app, credential);
  if (!keys) return TakeUnnamed(app, credential, ctx);
  RETURN_IF_ERROR(Take(keys->peer_and_name, now, deps_.attempts));
  if (!keys->peer.empty()) {
    RETURN_IF_ERROR(Take(keys->peer, now, deps_.wide_attempts));
  }
  return Take(keys->name, now, deps_.wide_attempts);
}

// Nobody is named, but each login may leave a user and a session behind, or
// costs a call of the app's code. A signed token is its issuer's limit.
absl::Status LoginService::TakeUnnamed(const AppId& app,
                                       const Credential& credential,
                                       const CallContext& ctx) {
  const ProviderKind kind = credential.kind();
  if (kind != ProviderKind::kAnonymous && kind != ProviderKind::kFunction) {
    return absl::OkStatus();
  }
  const std::string peer = PeerKey(ctx.peer);
  if (peer == kUnixPeer) return absl::OkStatus();  // as AttemptKeys::peer
  return Take(
      absl::StrCat(ProviderKindName(kind), "\n", app.value(), "\n", peer),
      deps_.clock->TimeNow(), deps_.wide_attempts);
}

absl::StatusOr<ProvenIdentity> LoginService::Prove(const AppId& app,
                                                   const Credential& credential,
                                                   const CallContext& ctx) {
  const absl::Time now = deps_.clock->TimeNow();
  RETURN_IF_ERROR(ctx.StillWanted(now));
  const std::shared_ptr<const App> found = deps_.apps->Share()->Find(app);
  if (found == nullptr) return InvalidField("app", "there is no such app");
  RETURN_IF_ERROR(TakeAttempt(app, credential, ctx));
  ASSIGN_OR_RETURN(Provider * provider, found->registry.FindFor(credential));
  return provider->Authenticate(credential, ctx);
}

absl::StatusOr<UserRecord> LoginService::NewUser(const AppId& app,
                                                 const ProvenIdentity& proven,
                                                 const CallContext& ctx) {
  const absl::Time now = deps_.clock->TimeNow();
  UserRecord user;
  user.id = UserId(NewObjectId(deps_.clock, deps_.random));
  user.app = app;
  user.identities.push_back(
      {proven.provider, proven.kind, proven.subject, proven.data_json, now});
  user.created_at = now;
  Apply(proven, now, &user);
  RETURN_IF_ERROR(deps_.store->users()->Insert(user));
  user.version = kMadeVersion;
  RecordUser(audit_action::kUserCreated, user, ctx);
  return user;
}

void LoginService::RecordUser(absl::string_view action, const UserRecord& user,
                              const CallContext& ctx) {
  AuditEvent event(action, ctx);
  event.app = user.app;
  event.user = user.id;
  event.provider = user.identities.front().provider;
  deps_.audit->Record(event);
}

// Only as it was made: somebody who could still prove the identity would have
// changed it by a login.
void LoginService::RemoveUnproven(const AppId& app, const UserId& made,
                                  const CallContext& ctx) {
  UserStore* users = deps_.store->users();
  const absl::StatusOr<UserRecord> found = users->Find(app, made);
  if (!found.ok() || found->version != kMadeVersion) return;
  if (users->Remove(app, made).ok()) {
    RecordUser(audit_action::kUserDeleted, *found, ctx);
  } else {
    Log(LogLevel::kWarning, "unproven_user_left_over",
        {{"app", app.value()}, {"user", made.value()}});
  }
}

absl::StatusOr<UserRecord> LoginService::KnownUser(
    UserRecord user, const ProvenIdentity& proven) {
  RETURN_IF_ERROR(CheckEnabled(user));
  const bool changed = Apply(proven, deps_.clock->TimeNow(), &user);
  const absl::Status written = deps_.store->users()->CompareAndUpdate(user);
  if (written.ok()) {
    ++user.version;
    return user;
  }
  // Many logins of one user at once: that one of them noted its time is
  // enough.
  if (GetReason(written) == Reason::kConflict && !changed) return user;
  return written;
}

absl::StatusOr<UserRecord> LoginService::FindOrCreate(
    const AppId& app, const ProvenIdentity& proven, const CallContext& ctx) {
  UserStore* users = deps_.store->users();
  if (proven.owner) {
    absl::StatusOr<UserRecord> owner = users->Find(app, *proven.owner);
    if (GetReason(owner.status()) == Reason::kUserNotFound) {
      return Error(Reason::kCredentialRejected,
                   "the credential's owner was deleted");
    }
    RETURN_IF_ERROR(owner.status());
    return KnownUser(*std::move(owner), proven);
  }
  absl::StatusOr<UserRecord> known =
      users->FindByIdentity(app, proven.provider, proven.subject);
  if (known.ok()) {
    RETURN_IF_ERROR(CheckKind(&*known, proven));
    return KnownUser(*std::move(known), proven);
  }
  if (GetReason(known.status()) != Reason::kUserNotFound) {
    return known.status();
  }
  return NewUser(app, proven, ctx);
}

absl::StatusOr<UserRecord> LoginService::UserOf(const AppId& app,
                                                const ProvenIdentity& proven,
                                                const CallContext& ctx) {
  absl::StatusOr<UserRecord> user;
  for (int i = 0; i < kMaxTries; ++i) {
    user = FindOrCreate(app, proven, ctx);
    const Reason reason = GetReason(user.status());
    // A parallel login made the user, changed it, or took its id.
    if (reason != Reason::kIdentityInUse && reason != Reason::kConflict &&
        reason != Reason::kUserNotFound && reason != Reason::kResourceExists) {
      return user;
    }
  }
  return Error(Reason::kConflict, user.status().message());
}

absl::StatusOr<IssuedSession> LoginService::BeginFor(LoginRequest* request,
                                                     ProvenIdentity proven,
                                                     const CallContext& ctx) {
  SessionService::BeginOptions options;
  ASSIGN_OR_RETURN(options.user, UserOf(request->app, proven, ctx));
  const UserId user = options.user.id;
  const bool made = options.user.version == kMadeVersion;
  options.provider = std::move(proven.provider);
  options.subject = std::move(proven.subject);
  options.roles = std::move(proven.roles);
  options.device_json = std::move(request->device_json);
  options.rotates = request->rotates;
  options.kind = proven.kind;
  options.ttl = request->session_ttl;
  options.not_after = proven.session_not_after;
  absl::Status holds;
  if (proven.still_holds) {
    options.still_holds = [&] { return holds = proven.still_holds(); };
  }
  absl::StatusOr<IssuedSession> issued =
      deps_.sessions->Begin(std::move(options), ctx);
  // The proof was undone between the check of it and the making of the user.
  if (made && GetReason(holds) == Reason::kCredentialRejected) {
    RemoveUnproven(request->app, user, ctx);
  }
  return issued;
}

absl::StatusOr<IssuedSession> LoginService::Login(LoginRequest request,
                                                  const CallContext& ctx) {
  AuditEvent event(audit_action::kLogin, ctx);
  event.app = request.app;
  event.provider = request.credential.provider;

  absl::StatusOr<IssuedSession> issued =
      [&]() -> absl::StatusOr<IssuedSession> {
    ASSIGN_OR_RETURN(ProvenIdentity proven,
                     Prove(request.app, request.credential, ctx));
    event.provider = proven.provider;
    return BeginFor(&request, std::move(proven), ctx);
  }();
  if (issued.ok()) {
    event.user = issued->user.id;
    event.session = issued->session.id;
  } else {
    event.action = audit_action::kLoginFailed;
    event.detail = std::string(GetReasonInfo(GetReason(issued.status())).name);
  }
  deps_.audit->Record(event);
  return issued;
}

}  // namespace latchkey
