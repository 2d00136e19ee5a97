// SessionStore in SQLite.
#ifndef LATCHKEY_CORE_STORE_SQLITE_SQLITE_SESSION_STORE_H_
#define LATCHKEY_CORE_STORE_SQLITE_SQLITE_SESSION_STORE_H_

#include <vector>

#include "core/store/session_store.h"
#include "core/store/sqlite/database.h"

namespace latchkey {

// Thread-safe. `database` outlives it.
class SqliteSessionStore final : public SessionStore {
 public:
  explicit SqliteSessionStore(Database* database) : database_(database) {}

  absl::Status Insert(const SessionRecord& session) override;
  absl::StatusOr<SessionRecord> Find(const SessionId& id) override;
  absl::StatusOr<AdvanceOutcome> AdvanceCounter(const SessionId& id,
                                                uint64_t expected,
                                                absl::Time now) override;
  absl::Status Revoke(const SessionId& id, absl::Time now) override;
  absl::StatusOr<std::vector<SessionId>> RevokeAllOf(
      const AppId& app, const UserId& user, absl::Time now,
      const SessionScope& scope) override;
  absl::StatusOr<std::vector<SessionRecord>> ListOf(
      const AppId& app, const UserId& user, const SessionPosition& after,
      size_t limit) override;
  absl::StatusOr<std::vector<SessionId>> ListRevokedSince(
      absl::Time since) override;
  absl::StatusOr<size_t> RemoveDead(absl::Time before) override;

 private:
  Database* const database_;
};

// InsertSession is Insert within a write of the caller's.
absl::Status InsertSession(Connection* connection,
                           const SessionRecord& session);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_SQLITE_SQLITE_SESSION_STORE_H_
