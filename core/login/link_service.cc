#include "core/login/link_service.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/login/session_origin.h"
#include "core/login/user_data.h"

namespace latchkey {
namespace {

constexpr size_t kMaxIdentities = 32;
// How often a write that lost against another one is tried again.
constexpr int kMaxTries = 8;

absl::Status NotLinkable(absl::string_view detail) {
  return Error(Reason::kIdentityNotLinkable, detail);
}

absl::Status CheckLinkable(ProviderKind kind) {
  if (kind == ProviderKind::kAnonymous || kind == ProviderKind::kApiKey) {
    return NotLinkable(ProviderKindName(kind));
  }
  return absl::OkStatus();
}

auto FindIdentity(const UserRecord& user, const ProviderName& provider,
                  absl::string_view subject) {
  return std::find_if(user.identities.begin(), user.identities.end(),
                      [&](const IdentityRecord& identity) {
                        return identity.provider == provider &&
                               identity.subject == subject;
                      });
}

bool HasPassword(const UserRecord& user) {
  return std::any_of(user.identities.begin(), user.identities.end(),
                     [](const IdentityRecord& identity) {
                       return identity.kind == ProviderKind::kEmailPassword;
                     });
}

// Attach adds the identity; false when the user has it already.
absl::StatusOr<bool> Attach(const ProvenIdentity& proven, absl::Time now,
                            UserRecord* user) {
  const auto known = FindIdentity(*user, proven.provider, proven.subject);
  if (known != user->identities.end()) {
    if (known->kind == proven.kind) return false;
    // The provider's name was given to one of another kind.
    return Error(Reason::kCredentialRejected,
                 absl::StrCat("the identity is of kind ",
                              ProviderKindName(known->kind)));
  }
  if (proven.kind == ProviderKind::kEmailPassword && HasPassword(*user)) {
    return NotLinkable("the user has an e-mail/password identity");
  }
  if (user->identities.size() >= kMaxIdentities) {
    return Error(Reason::kLimitReached, "identities of one user");
  }
  MergeUserData(proven, user);
  user->identities.push_back(
      {proven.provider, proven.kind, proven.subject, proven.data_json, now});
  return true;
}

// Detach takes the identity away and leaves it in *detached.
absl::Status Detach(const ProviderName& provider, absl::string_view subject,
                    UserRecord* user, IdentityRecord* detached) {
  const auto found = FindIdentity(*user, provider, subject);
  if (found == user->identities.end()) {
    return Error(Reason::kIdentityNotFound, "the user has no such identity");
  }
  if (user->identities.size() == 1) {
    return Error(Reason::kLastIdentity, "the only identity");
  }
  *detached = *found;
  user->identities.erase(found);
  return absl::OkStatus();
}

}  // namespace

LinkService::LinkService(Deps deps) : deps_(deps) {}

template <typename Change, typename Write>
absl::StatusOr<UserRecord> LinkService::Update(const Principal& caller,
                                               Change change, Write write) {
  UserStore* users = deps_.store->users();
  absl::Status written;
  for (int i = 0; i < kMaxTries; ++i) {
    ASSIGN_OR_RETURN(UserRecord user,
                     users->Find(AppId(caller.app), UserId(caller.user_id)));
    if (user.disabled) {
      return Error(Reason::kUserDisabled, "the caller is disabled");
    }
    ASSIGN_OR_RETURN(const bool changed, change(&user));
    if (!changed) return user;
    written = write(user);
    if (written.ok()) {
      ++user.version;
      return user;
    }
    if (GetReason(written) != Reason::kConflict) break;
  }
  return written;
}

void LinkService::Record(const Action& action, const Principal& caller,
                         const ProviderName& provider, const CallContext& ctx) {
  AuditEvent event(action.outcome.ok() ? action.done : action.failed, ctx);
  event.app = AppId(caller.app);
  event.user = UserId(caller.user_id);
  event.session = SessionId(caller.session_id);
  event.provider = provider;
  if (!action.outcome.ok()) {
    event.detail = std::string(GetReasonInfo(GetReason(action.outcome)).name);
  }
  deps_.audit->Record(event);
}

absl::StatusOr<UserRecord> LinkService::Link(const Principal& caller,
                                             const Credential& credential,
                                             const CallContext& ctx) {
  ProviderName provider = credential.provider;
  absl::StatusOr<UserRecord> user = [&]() -> absl::StatusOr<UserRecord> {
    RETURN_IF_ERROR(CheckLinkable(credential.kind()));
    RETURN_IF_ERROR(CheckNoApiKey(caller, deps_.store->api_keys()));
    ASSIGN_OR_RETURN(const ProvenIdentity proven,
                     deps_.logins->Prove(AppId(caller.app), credential, ctx));
    provider = proven.provider;
    if (proven.owner) return NotLinkable("the credential has an owner");
    return Update(
        caller,
        [&](UserRecord* changing) -> absl::StatusOr<bool> {
          if (proven.still_holds) RETURN_IF_ERROR(proven.still_holds());
          return Attach(proven, deps_.clock->TimeNow(), changing);
        },
        [&](const UserRecord& changed) {
          return deps_.store->users()->CompareAndUpdate(changed);
        });
  }();
  Record({audit_action::kLink, audit_action::kLinkFailed, user.status()},
         caller, provider, ctx);
  return user;
}

absl::Status LinkService::StoreWithout(const IdentityRecord& detached,
                                       const UserRecord& user) {
  if (detached.kind != ProviderKind::kEmailPassword) {
    return deps_.store->users()->CompareAndUpdate(user);
  }
  // In one step: a password that was left behind would keep the address taken
  // and make a new user of whoever knows it.
  return deps_.store->UpdateAndRemovePassword(user, detached.subject);
}

absl::Status LinkService::EndSessions(const Principal& caller,
                                      const ProviderName& provider,
                                      absl::string_view subject,
                                      const CallContext& ctx) {
  const SessionScope scope = {SessionId(caller.session_id), provider,
                              std::string(subject)};
  return deps_.sessions
      ->RevokeSome(AppId(caller.app), UserId(caller.user_id), scope,
                   {"identity_ended", &ctx})
      .status();
}

// Sessions end before the identity goes, so that a crash in between leaves none
// of them, and once more for a login that came in between.
absl::StatusOr<UserRecord> LinkService::Unlink(const Principal& caller,
                                               const ProviderName& provider,
                                               absl::string_view subject,
                                               const CallContext& ctx) {
  IdentityRecord detached;
  absl::StatusOr<UserRecord> user = Update(
      caller,
      [&](UserRecord* changing) -> absl::StatusOr<bool> {
        RETURN_IF_ERROR(CheckNoApiKey(caller, deps_.store->api_keys()));
        RETURN_IF_ERROR(Detach(provider, subject, changing, &detached));
        RETURN_IF_ERROR(EndSessions(caller, provider, subject, ctx));
        return true;
      },
      [&](const UserRecord& changed) {
        return StoreWithout(detached, changed);
      });
  Record({audit_action::kUnlink, audit_action::kUnlinkFailed, user.status()},
         caller, provider, ctx);
  // Not found: perhaps this is the second try, and the first got no further.
  if (user.ok() || GetReason(user.status()) == Reason::kIdentityNotFound) {
    RETURN_IF_ERROR(EndSessions(caller, provider, subject, ctx));
  }
  return user;
}

}  // namespace latchkey
