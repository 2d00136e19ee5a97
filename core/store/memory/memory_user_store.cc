#include "core/store/memory/memory_user_store.h"

#include <set>

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/store/stored_time.h"

namespace latchkey {
namespace {

absl::Status NotFound() {
  return Error(Reason::kUserNotFound, "no such user in the store");
}

bool HasProvider(const UserRecord& user, const ProviderName& provider) {
  for (const IdentityRecord& identity : user.identities) {
    if (identity.provider == provider) return true;
  }
  return false;
}

bool Matches(const UserFilter& filter, const UserRecord& user) {
  if (filter.disabled && *filter.disabled != user.disabled) return false;
  if (filter.type && *filter.type != user.type) return false;
  return !filter.provider || HasProvider(user, *filter.provider);
}

}  // namespace

absl::StatusOr<UserRecord> MemoryUserStore::Find(const AppId& app,
                                                 const UserId& id) {
  absl::MutexLock lock(&mu_);
  const auto it = users_.find({app, id});
  if (it == users_.end()) return NotFound();
  return it->second;
}

absl::StatusOr<UserRecord> MemoryUserStore::FindByIdentity(
    const AppId& app, const ProviderName& provider, absl::string_view subject) {
  absl::MutexLock lock(&mu_);
  const auto owner = owners_.find({app, provider, std::string(subject)});
  if (owner == owners_.end()) return NotFound();
  return users_.at({app, owner->second});
}

absl::Status MemoryUserStore::Insert(const UserRecord& user) {
  return InsertWith(user, [] { return absl::OkStatus(); });
}

absl::Status MemoryUserStore::InsertWith(
    const UserRecord& user, absl::FunctionRef<absl::Status()> also) {
  absl::MutexLock lock(&mu_);
  if (users_.count({user.app, user.id}) != 0) {
    return Error(Reason::kResourceExists, "the user id is taken");
  }
  if (!IdentitiesFreeLocked(user)) {
    return Error(Reason::kIdentityInUse, "an identity is taken");
  }
  RETURN_IF_ERROR(also());
  PutLocked(user, 1);
  return absl::OkStatus();
}

absl::Status MemoryUserStore::CompareAndUpdate(const UserRecord& user) {
  return CompareAndUpdateWith(user, [] { return absl::OkStatus(); });
}

absl::Status MemoryUserStore::CompareAndUpdateWith(
    const UserRecord& user, absl::FunctionRef<absl::Status()> also) {
  absl::MutexLock lock(&mu_);
  const auto it = users_.find({user.app, user.id});
  if (it == users_.end()) return NotFound();
  if (it->second.version != user.version) {
    return Error(Reason::kConflict, "the user was changed in between");
  }
  if (!IdentitiesFreeLocked(user)) {
    return Error(Reason::kIdentityInUse, "an identity is taken");
  }
  RETURN_IF_ERROR(also());
  RemoveIdentitiesLocked(it->second);
  PutLocked(user, user.version + 1);
  return absl::OkStatus();
}

absl::Status MemoryUserStore::Remove(const AppId& app, const UserId& id) {
  absl::MutexLock lock(&mu_);
  const auto it = users_.find({app, id});
  if (it == users_.end()) return NotFound();
  RemoveIdentitiesLocked(it->second);
  users_.erase(it);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<UserId>> MemoryUserStore::RemoveUnchanged(
    absl::Span<const UserRecord> users) {
  absl::MutexLock lock(&mu_);
  std::vector<UserId> removed;
  for (const UserRecord& user : users) {
    const auto it = users_.find({user.app, user.id});
    if (it == users_.end() || it->second.version != user.version) continue;
    RemoveIdentitiesLocked(it->second);
    users_.erase(it);
    removed.push_back(user.id);
  }
  return removed;
}

absl::StatusOr<std::vector<UserRecord>> MemoryUserStore::List(
    const AppId& app, const UserFilter& filter, const UserId& after,
    size_t limit) {
  absl::MutexLock lock(&mu_);
  std::vector<UserRecord> found;
  for (auto it = users_.upper_bound({app, after});
       it != users_.end() && it->first.first == app && found.size() < limit;
       ++it) {
    if (Matches(filter, it->second)) found.push_back(it->second);
  }
  return found;
}

bool MemoryUserStore::IdentitiesFreeLocked(const UserRecord& user) const {
  std::set<IdentityKey> seen;
  for (const IdentityRecord& identity : user.identities) {
    IdentityKey key(user.app, identity.provider, identity.subject);
    const auto owner = owners_.find(key);
    if (owner != owners_.end() && owner->second != user.id) return false;
    if (!seen.insert(std::move(key)).second) return false;
  }
  return true;
}

void MemoryUserStore::PutLocked(const UserRecord& user, uint64_t version) {
  UserRecord& stored = users_[{user.app, user.id}];
  stored = user;
  stored.version = version;
  stored.created_at = AsStored(user.created_at);
  if (user.last_login_at) stored.last_login_at = AsStored(*user.last_login_at);
  for (IdentityRecord& identity : stored.identities) {
    identity.created_at = AsStored(identity.created_at);
    owners_[{user.app, identity.provider, identity.subject}] = user.id;
  }
}

void MemoryUserStore::RemoveIdentitiesLocked(const UserRecord& user) {
  for (const IdentityRecord& identity : user.identities) {
    owners_.erase({user.app, identity.provider, identity.subject});
  }
}

}  // namespace latchkey
