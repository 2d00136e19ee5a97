// SessionStore keeps sessions: no refresh token, only its counter.
#ifndef LATCHKEY_CORE_STORE_SESSION_STORE_H_
#define LATCHKEY_CORE_STORE_SESSION_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/ids.h"

namespace latchkey {

struct SessionRecord {
  SessionId id;
  AppId app;
  UserId user;
  ProviderName provider;
  std::string subject;  // of the identity that logged in
  std::vector<std::string> roles;
  std::string device_json = "{}";  // JSON object, shown to operators
  // Of the current refresh token; of a session that does not rotate, how often
  // its use was noted.
  uint64_t counter = 0;
  // When the counter last moved (created_at before that).
  absl::Time advanced_at;
  absl::Time created_at;
  absl::Time expires_at;  // absolute
  // Fixed at creation: clients that cannot rotate keep one refresh token.
  bool rotates = true;
  std::optional<absl::Time> revoked_at;
};

// AdvanceOutcome: what the one atomic step found.
struct AdvanceOutcome {
  // The counter was `expected` and moved: this caller won.
  bool advanced = false;
  // The session as it is now.
  SessionRecord session;
};

// SessionScope: some of a user's sessions.
struct SessionScope {
  static SessionScope AllBut(SessionId spared) {
    SessionScope scope;
    scope.except = std::move(spared);
    return scope;
  }

  SessionId except;       // this one is spared; empty: none is
  ProviderName provider;  // only those that began with it; empty: with any
  std::string subject;    // only those that began with it; empty: with any
};

// SessionPosition is a place in the list of a user's sessions: behind those
// made at `created_at` up to `id`. The default: the start.
struct SessionPosition {
  absl::Time created_at = absl::InfiniteFuture();
  SessionId id;
};

// SessionStore: thread-safe; may block on I/O. Errors: RESOURCE_NOT_FOUND,
// RESOURCE_EXISTS, STORE_UNAVAILABLE. What was acknowledged is durable as the
// implementation says.
class SessionStore {
 public:
  virtual ~SessionStore() = default;

  virtual absl::Status Insert(const SessionRecord& session) = 0;
  virtual absl::StatusOr<SessionRecord> Find(const SessionId& id) = 0;
  // AdvanceCounter moves the counter from `expected` to `expected` + 1 in one
  // atomic compare-and-set: of many callers with the same `expected` exactly
  // one gets advanced = true. Revoked sessions and those with expires_at <=
  // `now` never advance.
  virtual absl::StatusOr<AdvanceOutcome> AdvanceCounter(const SessionId& id,
                                                        uint64_t expected,
                                                        absl::Time now) = 0;
  // Revoke marks the session; revoking twice keeps the first time. OK also when
  // it was revoked before.
  virtual absl::Status Revoke(const SessionId& id, absl::Time now) = 0;
  // RevokeAllOf marks every session of the user in `scope` that is not revoked
  // yet, expired ones included (their access tokens may still be out); returns
  // their ids. One atomic step.
  virtual absl::StatusOr<std::vector<SessionId>> RevokeAllOf(
      const AppId& app, const UserId& user, absl::Time now,
      const SessionScope& scope) = 0;
  // ListOf gives the user's sessions behind `after`, newest first, revoked ones
  // included; those of one microsecond come in an order of their ids that is
  // the store's own. The work of a call grows with `limit`, not with the list.
  virtual absl::StatusOr<std::vector<SessionRecord>> ListOf(
      const AppId& app, const UserId& user, const SessionPosition& after,
      size_t limit) = 0;
  // ListRevokedSince gives ids of sessions with revoked_at >= `since`.
  virtual absl::StatusOr<std::vector<SessionId>> ListRevokedSince(
      absl::Time since) = 0;
  // RemoveDead deletes sessions that expired or were revoked before `before`;
  // returns how many. Bounded work per call.
  virtual absl::StatusOr<size_t> RemoveDead(absl::Time before) = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_SESSION_STORE_H_
