// SessionService begins, refreshes and ends sessions: the only writer of them.
#ifndef LATCHKEY_CORE_SESSION_SESSION_SERVICE_H_
#define LATCHKEY_CORE_SESSION_SESSION_SERVICE_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/audit/audit.h"
#include "core/base/call_context.h"
#include "core/base/clock.h"
#include "core/base/identity.h"
#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/session/access_tokens.h"
#include "core/session/refresh_tokens.h"
#include "core/session/revocations.h"
#include "core/session/served_apps.h"
#include "core/store/store.h"

namespace latchkey {

struct SessionOptions {
  absl::Duration refresh_ttl = absl::Hours(24 * 60);  // absolute session life
  absl::Duration refresh_grace = absl::Seconds(10);
};

// IssuedSession is what Login and RefreshSession answer.
struct IssuedSession {
  std::string access_token;
  std::string refresh_token;
  absl::Time access_expires_at;
  absl::Time refresh_expires_at;
  SessionRecord session;
  UserRecord user;
};

// Ending says, for the audit trail, why sessions end (`cause`: a fixed word,
// "logout") and in which call (borrowed).
struct Ending {
  absl::string_view cause;
  const CallContext* call;
};

// SessionService: thread-safe; blocks on the store.
class SessionService final {
 public:
  // A session that does not rotate is written when it is used, so that it can
  // be told from one that nobody needs; this often at most. Its advanced_at is
  // up to so much older than its last use.
  static constexpr absl::Duration kUseNoted = absl::Hours(24);

  struct Deps {  // borrowed
    Store* store;
    const KeyRing* keys;
    const AccessTokens* access_tokens;
    Revocations* revocations;
    AuditSink* audit;
    Clock* clock;
    Random* random;
    // Only sessions of these apps are refreshed; of all when null.
    const ServedApps* apps = nullptr;
  };
  SessionService(SessionOptions options, Deps deps);

  struct BeginOptions {
    UserRecord user;
    // Whether `user` is stored with the session, in one write: as this login
    // left a user that was read, or a new one (version 0).
    bool stores_user = false;
    ProviderName provider;
    std::string subject;
    std::vector<std::string> roles;
    std::string device_json = "{}";
    // False: one refresh token for the whole session, which says so itself,
    // and tokens with the claims of App Services.
    bool rotates = true;
    ProviderKind kind = ProviderKind::kAnonymous;  // of `provider`
    std::optional<absl::Time> not_after;
    // Instead of SessionOptions::refresh_ttl.
    std::optional<absl::Duration> ttl;
    // Asked once, when the session is stored and before anybody hears of it; a
    // failure ends it. ProvenIdentity::still_holds; may be empty.
    std::function<absl::Status()> still_holds;
  };
  // Begin makes a session. CREDENTIAL_REJECTED when not_after has come, and
  // what still_holds says.
  //
  // With stores_user, the reasons of Store::RecordLogin, and then nothing was
  // stored: whoever disables or removes the user changes its version or comes
  // later, and finds the session then. Without, the user is in the store;
  // USER_DISABLED or SESSION_REVOKED when it was disabled or removed meanwhile
  // (looked at after the session was stored, so that of Begin and a concurrent
  // RevokeAll one sees the other).
  absl::StatusOr<IssuedSession> Begin(BeginOptions options,
                                      const CallContext& ctx);

  // Refresh (product.md §5): the current token advances the counter in one
  // compare-and-set; the one before it, within the grace, gets the current
  // token again; anything older, or late, revokes the session
  // (REFRESH_REUSED). REFRESH_TOKEN_INVALID, SESSION_REVOKED, SESSION_EXPIRED,
  // USER_DISABLED, STORE_UNAVAILABLE; PROVIDER_NOT_ENABLED while the app is not
  // served, and then nothing has changed. Refresh tokens are JWTs (typ rt+jwt)
  // MAC'ed with the ring's refresh key: sid, ctr, exp.
  absl::StatusOr<IssuedSession> Refresh(absl::string_view refresh_token,
                                        const CallContext& ctx);

  // FindFixed gives the session whose one refresh token this is. Reasons of
  // Refresh; REFRESH_TOKEN_INVALID too when the session rotates.
  absl::StatusOr<SessionRecord> FindFixed(absl::string_view refresh_token,
                                          const CallContext& ctx);
  // Renew gives a further access token of a session; its refresh token stays
  // as it is, and is left empty in the answer. SESSION_REVOKED,
  // SESSION_EXPIRED, USER_DISABLED, STORE_UNAVAILABLE.
  absl::StatusOr<IssuedSession> Renew(const SessionId& session,
                                      const CallContext& ctx);

  // Find gives a session that is alive: SESSION_REVOKED, SESSION_EXPIRED,
  // STORE_UNAVAILABLE.
  absl::StatusOr<SessionRecord> Find(const SessionId& session);
  // Remind is Renew with the session's one refresh token once more; `kind` is
  // that of its provider. REFRESH_TOKEN_INVALID too when the session rotates.
  absl::StatusOr<IssuedSession> Remind(const SessionId& session,
                                       ProviderKind kind,
                                       const CallContext& ctx);

  // Revoke ends one session. This and the next are seen by Verify
  // on this node before they return. RESOURCE_NOT_FOUND, STORE_UNAVAILABLE.
  absl::Status Revoke(const SessionId& session, const Ending& ending);
  // RevokeAll ends every session of a user, in one step, and RevokeSome those
  // of `scope`. Return how many ended; none leaves no event.
  absl::StatusOr<size_t> RevokeAll(const AppId& app, const UserId& user,
                                   const Ending& ending);
  absl::StatusOr<size_t> RevokeSome(const AppId& app, const UserId& user,
                                    const SessionScope& scope,
                                    const Ending& ending);

  // LoadRevocations fills Revocations from the store, at start.
  absl::Status LoadRevocations(absl::Duration window);

 private:
  // End revokes a stored session.
  absl::Status End(const SessionRecord& session, const Ending& ending);

  // CheckServed looks at the app of a refresh token's session.
  absl::Status CheckServed(const RefreshClaim& claim);
  // CurrentFor finds the session of a refresh token that may be used now,
  // advanced when that is called for.
  absl::StatusOr<SessionRecord> CurrentFor(const RefreshClaim& claim,
                                           absl::Time now,
                                           const CallContext& ctx);
  absl::StatusOr<SessionRecord> FindAlive(const SessionId& id, absl::Time now);
  absl::StatusOr<SessionRecord> FindFixed(const RefreshClaim& claim,
                                          absl::Time now);
  // EndReused ends a session whose old refresh token came back.
  absl::Status EndReused(const SessionRecord& session, absl::Time now,
                         const CallContext& ctx);
  absl::StatusOr<UserRecord> ActiveUser(const SessionRecord& session);
  // SessionFor gives the session that is about to begin.
  absl::StatusOr<SessionRecord> SessionFor(BeginOptions* options,
                                           absl::Time now);
  // UserOfBegun gives the user of a session that was stored with these.
  absl::StatusOr<UserRecord> UserOfBegun(BeginOptions* options,
                                         const SessionRecord& session);
  // NoteUse writes the use of a session that does not rotate, now and then.
  void NoteUse(const SessionRecord& session, absl::Time now);
  // Issue makes the answer for the session's active user, IssueTo for `user`.
  absl::StatusOr<IssuedSession> Issue(SessionRecord session,
                                      std::string refresh_token,
                                      absl::Time now);
  absl::StatusOr<IssuedSession> IssueTo(UserRecord user, SessionRecord session,
                                        std::string refresh_token,
                                        absl::Time now);

  const SessionOptions options_;
  const Deps deps_;
  const RefreshTokens refresh_tokens_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_SESSION_SESSION_SERVICE_H_
