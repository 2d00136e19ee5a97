#include "core/store/memory/memory_session_store.h"

#include "core/base/reason.h"
#include "core/store/stored_time.h"

namespace latchkey {
namespace {

// Bounds one call of RemoveDead.
constexpr size_t kMaxRemoved = 1000;

absl::Status NotFound() {
  return Error(Reason::kResourceNotFound, "no such session in the store");
}

bool IsDead(const SessionRecord& session, absl::Time before) {
  return session.expires_at < before ||
         (session.revoked_at && *session.revoked_at < before);
}

bool IsIn(const SessionScope& scope, const SessionRecord& session) {
  if (session.id == scope.except) return false;
  if (!scope.provider.empty() && session.provider != scope.provider) {
    return false;
  }
  return scope.subject.empty() || session.subject == scope.subject;
}

}  // namespace

absl::Status MemorySessionStore::Insert(const SessionRecord& session) {
  absl::MutexLock lock(&mu_);
  const auto [it, inserted] = sessions_.emplace(session.id, session);
  if (!inserted) {
    return Error(Reason::kResourceExists, "the session id is taken");
  }
  SessionRecord& stored = it->second;
  stored.advanced_at = AsStored(session.advanced_at);
  stored.created_at = AsStored(session.created_at);
  stored.expires_at = AsStored(session.expires_at);
  if (session.revoked_at) stored.revoked_at = AsStored(*session.revoked_at);
  by_owner_[{session.app, session.user}].insert(
      {stored.created_at, session.id});
  return absl::OkStatus();
}

absl::StatusOr<SessionRecord> MemorySessionStore::Find(const SessionId& id) {
  absl::MutexLock lock(&mu_);
  const auto it = sessions_.find(id);
  if (it == sessions_.end()) return NotFound();
  return it->second;
}

absl::StatusOr<AdvanceOutcome> MemorySessionStore::AdvanceCounter(
    const SessionId& id, uint64_t expected, absl::Time now) {
  absl::MutexLock lock(&mu_);
  const auto it = sessions_.find(id);
  if (it == sessions_.end()) return NotFound();
  SessionRecord& session = it->second;
  AdvanceOutcome outcome;
  outcome.advanced = session.counter == expected && !session.revoked_at &&
                     session.expires_at > AsStored(now);
  if (outcome.advanced) {
    ++session.counter;
    session.advanced_at = AsStored(now);
  }
  outcome.session = session;
  return outcome;
}

absl::Status MemorySessionStore::Revoke(const SessionId& id, absl::Time now) {
  absl::MutexLock lock(&mu_);
  const auto it = sessions_.find(id);
  if (it == sessions_.end()) return NotFound();
  if (!it->second.revoked_at) it->second.revoked_at = AsStored(now);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<SessionId>> MemorySessionStore::RevokeAllOf(
    const AppId& app, const UserId& user, absl::Time now,
    const SessionScope& scope) {
  absl::MutexLock lock(&mu_);
  std::vector<SessionId> revoked;
  const auto owned = by_owner_.find({app, user});
  if (owned == by_owner_.end()) return revoked;
  for (const SessionPosition& position : owned->second) {
    SessionRecord& session = sessions_.at(position.id);
    if (session.revoked_at || !IsIn(scope, session)) continue;
    session.revoked_at = AsStored(now);
    revoked.push_back(session.id);
  }
  return revoked;
}

absl::StatusOr<std::vector<SessionRecord>> MemorySessionStore::ListOf(
    const AppId& app, const UserId& user, const SessionPosition& after,
    size_t limit) {
  absl::MutexLock lock(&mu_);
  std::vector<SessionRecord> found;
  const auto owned = by_owner_.find({app, user});
  if (owned == by_owner_.end()) return found;
  for (auto position = owned->second.upper_bound(after);
       position != owned->second.end() && found.size() < limit; ++position) {
    found.push_back(sessions_.at(position->id));
  }
  return found;
}

absl::StatusOr<std::vector<SessionId>> MemorySessionStore::ListRevokedSince(
    absl::Time since) {
  absl::MutexLock lock(&mu_);
  std::vector<SessionId> found;
  for (const auto& [id, session] : sessions_) {
    if (session.revoked_at && *session.revoked_at >= AsStored(since)) {
      found.push_back(id);
    }
  }
  return found;
}

absl::StatusOr<size_t> MemorySessionStore::RemoveDead(absl::Time before) {
  absl::MutexLock lock(&mu_);
  size_t removed = 0;
  for (auto it = sessions_.begin();
       it != sessions_.end() && removed < kMaxRemoved;) {
    if (!IsDead(it->second, AsStored(before))) {
      ++it;
      continue;
    }
    const auto owned = by_owner_.find({it->second.app, it->second.user});
    owned->second.erase({it->second.created_at, it->first});
    if (owned->second.empty()) by_owner_.erase(owned);
    it = sessions_.erase(it);
    ++removed;
  }
  return removed;
}

}  // namespace latchkey
