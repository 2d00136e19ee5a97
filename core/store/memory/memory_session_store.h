// SessionStore in memory.
#ifndef LATCHKEY_CORE_STORE_MEMORY_MEMORY_SESSION_STORE_H_
#define LATCHKEY_CORE_STORE_MEMORY_MEMORY_SESSION_STORE_H_

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/store/session_store.h"

namespace latchkey {

// Thread-safe; never blocks on I/O; holds everything until destroyed.
class MemorySessionStore final : public SessionStore {
 public:
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
  using Owner = std::pair<AppId, UserId>;
  // Newest first.
  struct Newer {
    bool operator()(const SessionPosition& a, const SessionPosition& b) const {
      if (a.created_at != b.created_at) return a.created_at > b.created_at;
      return a.id < b.id;
    }
  };
  using Owned = std::set<SessionPosition, Newer>;

  absl::Mutex mu_;
  std::map<SessionId, SessionRecord> sessions_ ABSL_GUARDED_BY(mu_);
  std::map<Owner, Owned> by_owner_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_MEMORY_MEMORY_SESSION_STORE_H_
