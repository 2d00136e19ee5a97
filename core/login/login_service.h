// LoginService is where provider and session meet.
#ifndef LATCHKEY_CORE_LOGIN_LOGIN_SERVICE_H_
#define LATCHKEY_CORE_LOGIN_LOGIN_SERVICE_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/app/app.h"
#include "core/audit/audit.h"
#include "core/base/call_context.h"
#include "core/base/snapshot.h"
#include "core/policy/rate_limiter.h"
#include "core/provider/credential.h"
#include "core/session/session_service.h"
#include "core/store/store.h"

namespace latchkey {

struct LoginRequest {
  AppId app;
  Credential credential;
  std::string device_json = "{}";
  bool rotates = true;
  // Life of the session, where it is another than everybody's.
  std::optional<absl::Duration> session_ttl;
};

// LoginService: limit, authenticate, find or make the user, store it with the
// session that begins, audit, in that order. Thread-safe; blocks, so only on a
// work queue.
class LoginService final {
 public:
  struct Deps {  // borrowed
    const Snapshot<AppTable>* apps;
    Store* store;
    SessionService* sessions;
    // Limits of login attempts, successes too: the first for one peer on one
    // name, the second for one peer on all names and for all peers on one,
    // and for one peer's anonymous and function logins in an app.
    RateLimiter* attempts;
    RateLimiter* wide_attempts;
    AuditSink* audit;
    Clock* clock;
    Random* random;
  };
  explicit LoginService(Deps deps);

  // Login: a proven identity that nobody has makes a new user. Reasons of
  // Provider::Authenticate, and INVALID_REQUEST (`app`), THROTTLED,
  // PROVIDER_NOT_ENABLED, USER_DISABLED, CREDENTIAL_REJECTED too when the
  // identity was made by a provider of another kind that had the name. Two
  // first logins of one identity at once end with one user. Data mapped by the
  // provider is merged into the user's data at every login, unless that would
  // grow too large (user_data.h). A user that is made leaves `user_created`.
  absl::StatusOr<IssuedSession> Login(LoginRequest request,
                                      const CallContext& ctx);

  // Prove runs limits and authentication only, for linking.
  absl::StatusOr<ProvenIdentity> Prove(const AppId& app,
                                       const Credential& credential,
                                       const CallContext& ctx);

 private:
  // TakeAttempt is OK when no limit is reached; else THROTTLED with the time
  // until the limit allows another.
  absl::Status TakeAttempt(const AppId& app, const Credential& credential,
                           const CallContext& ctx);
  absl::Status TakeUnnamed(const AppId& app, const Credential& credential,
                           const CallContext& ctx);
  // The user of a login, as it is to be stored with the session.
  struct LoginUser {
    UserRecord record;  // version 0: made by this login
    // Nothing but the time of the last login is new.
    bool only_time = false;
  };
  absl::StatusOr<LoginUser> UserOf(const AppId& app,
                                   const ProvenIdentity& proven);
  absl::StatusOr<LoginUser> OwnerOf(const AppId& app,
                                    const ProvenIdentity& proven);
  LoginUser NewUser(const AppId& app, const ProvenIdentity& proven);
  absl::StatusOr<LoginUser> KnownUser(UserRecord user,
                                      const ProvenIdentity& proven);
  // CheckStillOwned: CREDENTIAL_REJECTED when the identity is not the user's
  // any more.
  absl::Status CheckStillOwned(const AppId& app, const UserId& user,
                               const ProvenIdentity& proven);
  // RemoveUnproven takes back a user whose identity nobody can prove any more.
  void RemoveUnproven(const AppId& app, const UserId& made,
                      const CallContext& ctx);
  void RecordUser(absl::string_view action, const UserRecord& user,
                  const CallContext& ctx);
  // BeginFor finds or makes the user and begins the session, in one write. One
  // that loses against another write is tried again.
  absl::StatusOr<IssuedSession> BeginFor(const LoginRequest& request,
                                         const ProvenIdentity& proven,
                                         const CallContext& ctx);
  // Begun is what a try to begin a session came to.
  struct Begun {
    absl::StatusOr<IssuedSession> issued;
    bool stored = false;  // a failure after that is final
  };
  Begun TryBegin(SessionService::BeginOptions options,
                 const ProvenIdentity& proven, const CallContext& ctx);

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_LOGIN_LOGIN_SERVICE_H_
