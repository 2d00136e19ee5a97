#include "core/login/anonymous_sweep.h"

#include <algorithm>
#include <memory>

#include "absl/container/flat_hash_set.h"
#include "core/base/log.h"
#include "core/base/status_macros.h"
#include "core/login/account_service.h"
#include "core/store/credential_store.h"

namespace latchkey {
namespace {

// Between two pages, so that a long walk leaves the store to others.
constexpr absl::Duration kBreath = absl::Milliseconds(50);
constexpr absl::Duration kAfterFailure = absl::Minutes(1);
// Deleted in one write of the store.
constexpr size_t kBatch = 100;
constexpr size_t kSessions = 100;
constexpr char kActor[] = "anonymous-sweep";

bool IsAnonymousOnly(const UserRecord& user) {
  return user.type == UserType::kNormal && !user.identities.empty() &&
         std::all_of(user.identities.begin(), user.identities.end(),
                     [](const IdentityRecord& identity) {
                       return identity.kind == ProviderKind::kAnonymous;
                     });
}

// Of a session that does not rotate it is known to the day only.
absl::Time LastUse(const SessionRecord& session) {
  const absl::Time known = std::max(session.created_at, session.advanced_at);
  return session.rotates ? known : known + SessionService::kUseNoted;
}

absl::Time LastLogin(const UserRecord& user) {
  return std::max(user.created_at,
                  user.last_login_at.value_or(absl::InfinitePast()));
}

}  // namespace

AnonymousSweep::AnonymousSweep(Deps deps) : deps_(deps) {
  call_.actor = kActor;
}

AnonymousSweep::Figures AnonymousSweep::figures() const {
  absl::MutexLock lock(&mu_);
  return figures_;
}

std::shared_ptr<const App> AnonymousSweep::NextApp() const {
  const std::shared_ptr<const AppTable> table = deps_.apps->Share();
  for (const auto& app : table->apps()) {  // in order of id
    const bool behind = app->id < app_ || (app_done_ && app->id == app_);
    if (!behind && app->delete_anonymous_after > absl::ZeroDuration()) {
      return app;
    }
  }
  return nullptr;
}

absl::Time AnonymousSweep::Step() {
  const std::shared_ptr<const App> app = NextApp();
  const absl::Time now = deps_.clock->TimeNow();
  if (app == nullptr) {
    app_ = AppId();
    after_ = UserId();
    app_done_ = false;
    return now + kPause;
  }
  if (app->id != app_ || app_done_) {
    app_ = app->id;
    after_ = UserId();
    app_done_ = false;
  }
  const absl::StatusOr<bool> more =
      SweepPage(*app, now - app->delete_anonymous_after);
  if (!more.ok()) {
    Log(LogLevel::kWarning, "anonymous_sweep_failed",
        {{"app", app_.value()}, {"error", more.status().message()}});
    absl::MutexLock lock(&mu_);
    ++figures_.failures;
    return now + kAfterFailure;  // the same page again
  }
  app_done_ = !*more;
  return now + kBreath;
}

absl::StatusOr<bool> AnonymousSweep::SweepPage(const App& app,
                                               absl::Time cutoff) {
  ASSIGN_OR_RETURN(
      const std::vector<UserRecord> users,
      deps_.store->users()->List(app.id, UserFilter(), after_, kPage));
  std::vector<UserRecord> idle;
  for (const UserRecord& user : users) {
    if (!IsAnonymousOnly(user) || LastLogin(user) >= cutoff) continue;
    ASSIGN_OR_RETURN(const bool needed, IsNeeded(user, cutoff));
    if (needed) continue;
    idle.push_back(user);
    if (idle.size() < kBatch) continue;
    RETURN_IF_ERROR(Delete(idle));
    idle.clear();
  }
  if (!idle.empty()) RETURN_IF_ERROR(Delete(idle));
  if (!users.empty()) after_ = users.back().id;
  return users.size() == kPage;
}

// Somebody who linked, made an API key and unlinked comes back with the key.
absl::StatusOr<bool> AnonymousSweep::IsNeeded(const UserRecord& user,
                                              absl::Time cutoff) {
  ASSIGN_OR_RETURN(const bool used, UsedSince(user, cutoff));
  if (used) return true;
  ASSIGN_OR_RETURN(const std::vector<ApiKeyRecord> keys,
                   deps_.store->api_keys()->List(user.app, user.id));
  return !keys.empty();
}

absl::StatusOr<bool> AnonymousSweep::UsedSince(const UserRecord& user,
                                               absl::Time cutoff) {
  SessionPosition after;
  while (true) {
    ASSIGN_OR_RETURN(
        const std::vector<SessionRecord> sessions,
        deps_.store->sessions()->ListOf(user.app, user.id, after, kSessions));
    for (const SessionRecord& session : sessions) {
      if (LastUse(session) >= cutoff) return true;
    }
    if (sessions.size() < kSessions) return false;
    after = {sessions.back().created_at, sessions.back().id};
  }
}

// The user goes first, so that one who comes back in between loses no session.
// What a crash leaves of its sessions belongs to nobody and cannot be
// refreshed.
absl::Status AnonymousSweep::Delete(const std::vector<UserRecord>& idle) {
  ASSIGN_OR_RETURN(const std::vector<UserId> removed,
                   deps_.store->users()->RemoveUnchanged(idle));
  {
    absl::MutexLock lock(&mu_);
    figures_.deleted += removed.size();
    figures_.spared += idle.size() - removed.size();
  }
  const absl::flat_hash_set<UserId> gone(removed.begin(), removed.end());
  absl::Status status;
  for (const UserRecord& user : idle) {
    if (!gone.contains(user.id)) continue;
    deps_.audit->Record(DeletionOf(user, call_));
    status.Update(
        deps_.sessions->RevokeAll(user.app, user.id, {"user_deleted", &call_})
            .status());
  }
  return status;
}

}  // namespace latchkey
