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

// Now, as the store gives it back.
absl::Time StoredNow(Clock* clock) {
  return absl::FromUnixMicros(absl::ToUnixMicros(clock->TimeNow()));
}

// A parallel login made the user, changed it, or took its id.
bool LostARace(Reason reason) {
  return reason == Reason::kIdentityInUse || reason == Reason::kConflict ||
         reason == Reason::kUserNotFound || reason == Reason::kResourceExists;
}

SessionService::BeginOptions OptionsFor(const LoginRequest& request,
                                        const ProvenIdentity& proven) {
  SessionService::BeginOptions options;
  options.provider = proven.provider;
  options.subject = proven.subject;
  options.roles = proven.roles;
  options.device_json = request.device_json;
  options.rotates = request.rotates;
  options.kind = proven.kind;
  options.ttl = request.session_ttl;
  options.not_after = proven.session_not_after;
  return options;
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

LoginService::LoginUser LoginService::NewUser(const AppId& app,
                                              const ProvenIdentity& proven) {
  const absl::Time now = StoredNow(deps_.clock);
  LoginUser made;
  UserRecord& user = made.record;
  user.id = UserId(NewObjectId(deps_.clock, deps_.random));
  user.app = app;
  user.identities.push_back(
      {proven.provider, proven.kind, proven.subject, proven.data_json, now});
  user.created_at = now;
  Apply(proven, now, &user);
  return made;
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

absl::StatusOr<LoginService::LoginUser> LoginService::KnownUser(
    UserRecord user, const ProvenIdentity& proven) {
  RETURN_IF_ERROR(CheckEnabled(user));
  LoginUser known;
  known.only_time = !Apply(proven, StoredNow(deps_.clock), &user);
  known.record = std::move(user);
  return known;
}

absl::StatusOr<LoginService::LoginUser> LoginService::OwnerOf(
    const AppId& app, const ProvenIdentity& proven) {
  absl::StatusOr<UserRecord> owner =
      deps_.store->users()->Find(app, *proven.owner);
  if (GetReason(owner.status()) == Reason::kUserNotFound) {
    return Error(Reason::kCredentialRejected,
                 "the credential's owner was deleted");
  }
  RETURN_IF_ERROR(owner.status());
  return KnownUser(*std::move(owner), proven);
}

absl::StatusOr<LoginService::LoginUser> LoginService::UserOf(
    const AppId& app, const ProvenIdentity& proven) {
  if (proven.owner) return OwnerOf(app, proven);
  absl::StatusOr<UserRecord> known = deps_.store->users()->FindByIdentity(
      app, proven.provider, proven.subject);
  if (known.ok()) {
    RETURN_IF_ERROR(CheckKind(&*known, proven));
    return KnownUser(*std::move(known), proven);
  }
  if (GetReason(known.status()) != Reason::kUserNotFound) {
    return known.status();
  }
  return NewUser(app, proven);
}

absl::Status LoginService::CheckStillOwned(const AppId& app, const UserId& user,
                                           const ProvenIdentity& proven) {
  if (proven.owner) return absl::OkStatus();
  const absl::StatusOr<UserRecord> now = deps_.store->users()->FindByIdentity(
      app, proven.provider, proven.subject);
  if (!now.ok() && GetReason(now.status()) != Reason::kUserNotFound) {
    return now.status();
  }
  if (now.ok() && now->id == user) return absl::OkStatus();
  return Error(Reason::kCredentialRejected,
               "the identity was taken from its user");
}

LoginService::Begun LoginService::TryBegin(SessionService::BeginOptions options,
                                           const ProvenIdentity& proven,
                                           const CallContext& ctx) {
  Begun begun;
  const UserRecord user = options.user;
  const bool made = options.stores_user && user.version == 0;
  const bool alone = !options.stores_user;
  absl::Status holds;
  options.still_holds = [&] {
    begun.stored = true;
    if (made) RecordUser(audit_action::kUserCreated, user, ctx);
    if (alone) holds.Update(CheckStillOwned(user.app, user.id, proven));
    if (proven.still_holds) holds.Update(proven.still_holds());
    return holds;
  };
  begun.issued = deps_.sessions->Begin(std::move(options), ctx);
  // The proof was undone between the check of it and the making of the user.
  if (made && GetReason(holds) == Reason::kCredentialRejected) {
    RemoveUnproven(user.app, user.id, ctx);
  }
  return begun;
}

absl::StatusOr<IssuedSession> LoginService::BeginFor(
    const LoginRequest& request, const ProvenIdentity& proven,
    const CallContext& ctx) {
  Reason lost = Reason::kUnspecified;
  absl::Status status;
  for (int i = 0; i < kMaxTries; ++i) {
    ASSIGN_OR_RETURN(LoginUser user, UserOf(request.app, proven));
    SessionService::BeginOptions options = OptionsFor(request, proven);
    // Many logins of one user at once: that one of them noted its time is
    // enough.
    options.stores_user = lost != Reason::kConflict || !user.only_time;
    options.user = std::move(user.record);
    Begun begun = TryBegin(std::move(options), proven, ctx);
    lost = GetReason(begun.issued.status());
    if (begun.stored || !LostARace(lost)) return std::move(begun.issued);
    status = begun.issued.status();
  }
  return Error(Reason::kConflict, status.message());
}

absl::StatusOr<IssuedSession> LoginService::Login(LoginRequest request,
                                                  const CallContext& ctx) {
  AuditEvent event(audit_action::kLogin, ctx);
  event.app = request.app;
  event.provider = request.credential.provider;

  absl::StatusOr<IssuedSession> issued =
      [&]() -> absl::StatusOr<IssuedSession> {
    ASSIGN_OR_RETURN(const ProvenIdentity proven,
                     Prove(request.app, request.credential, ctx));
    event.provider = proven.provider;
    return BeginFor(request, proven, ctx);
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
