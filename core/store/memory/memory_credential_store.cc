#include "core/store/memory/memory_credential_store.h"

#include <algorithm>

#include "core/base/reason.h"
#include "core/store/stored_time.h"

namespace latchkey {
namespace {

absl::Status NoRecord() {
  return Error(Reason::kResourceNotFound, "no such password record");
}

absl::Status NoKey() {
  return Error(Reason::kResourceNotFound, "no such API key");
}

// Whether `key` is the user's, or the app's server key when `user` is empty.
bool BelongsTo(const ApiKeyRecord& key, const AppId& app, const UserId& user) {
  if (key.app != app) return false;
  return user.empty() ? key.server : !key.server && key.user == user;
}

}  // namespace

absl::Status MemoryPasswordStore::Insert(const PasswordRecord& record) {
  absl::MutexLock lock(&mu_);
  if (records_.count({record.app, record.id}) != 0) {
    return Error(Reason::kResourceExists, "the password record's id is taken");
  }
  if (ByEmailLocked(record.app, record.provider, record.email) != nullptr) {
    return Error(Reason::kResourceExists, "the e-mail address is taken");
  }
  PasswordRecord& stored = records_[{record.app, record.id}];
  stored = record;
  stored.created_at = AsStored(record.created_at);
  stored.version = 1;
  return absl::OkStatus();
}

absl::StatusOr<PasswordRecord> MemoryPasswordStore::FindByEmail(
    const AppId& app, const ProviderName& provider, absl::string_view email) {
  absl::MutexLock lock(&mu_);
  const PasswordRecord* record = ByEmailLocked(app, provider, email);
  if (record == nullptr) return NoRecord();
  return *record;
}

absl::StatusOr<PasswordRecord> MemoryPasswordStore::FindById(
    const AppId& app, absl::string_view id) {
  absl::MutexLock lock(&mu_);
  const auto it = records_.find({app, std::string(id)});
  if (it == records_.end()) return NoRecord();
  return it->second;
}

absl::Status MemoryPasswordStore::CompareAndUpdate(
    const PasswordRecord& record) {
  absl::MutexLock lock(&mu_);
  const auto it = records_.find({record.app, record.id});
  if (it == records_.end()) return NoRecord();
  if (it->second.version != record.version) {
    return Error(Reason::kConflict, "the record was changed in between");
  }
  const PasswordRecord* other =
      ByEmailLocked(record.app, record.provider, record.email);
  if (other != nullptr && other != &it->second) {
    return Error(Reason::kResourceExists, "the e-mail address is taken");
  }
  it->second = record;
  it->second.created_at = AsStored(record.created_at);
  it->second.version = record.version + 1;
  return absl::OkStatus();
}

absl::Status MemoryPasswordStore::Remove(const AppId& app,
                                         absl::string_view id) {
  absl::MutexLock lock(&mu_);
  if (records_.erase({app, std::string(id)}) == 0) return NoRecord();
  return absl::OkStatus();
}

// Nothing is durable here, so there is nothing to write again.
absl::Status MemoryPasswordStore::Rewrite(const AppId& app,
                                          const ProviderName& provider,
                                          absl::string_view email) {
  return FindByEmail(app, provider, email).status();
}

absl::StatusOr<std::vector<PasswordRecord>> MemoryPasswordStore::ListPending(
    const AppId& app, absl::string_view after, size_t limit) {
  absl::MutexLock lock(&mu_);
  std::vector<PasswordRecord> found;
  for (auto it = records_.upper_bound({app, std::string(after)});
       it != records_.end() && it->first.first == app && found.size() < limit;
       ++it) {
    if (!it->second.confirmed) found.push_back(it->second);
  }
  return found;
}

std::vector<PasswordRecord> MemoryPasswordStore::List(const AppId& app,
                                                      absl::string_view after,
                                                      size_t limit) {
  absl::MutexLock lock(&mu_);
  std::vector<PasswordRecord> found;
  for (auto it = records_.upper_bound({app, std::string(after)});
       it != records_.end() && it->first.first == app && found.size() < limit;
       ++it) {
    found.push_back(it->second);
  }
  return found;
}

const PasswordRecord* MemoryPasswordStore::ByEmailLocked(
    const AppId& app, const ProviderName& provider,
    absl::string_view email) const {
  for (const auto& [key, record] : records_) {
    if (record.app == app && record.provider == provider &&
        record.email == email) {
      return &record;
    }
  }
  return nullptr;
}

absl::Status MemoryApiKeyStore::Insert(const ApiKeyRecord& key,
                                       size_t max_keys) {
  absl::MutexLock lock(&mu_);
  if (keys_.count(key.id) != 0) {
    return Error(Reason::kResourceExists, "the API key's id is taken");
  }
  const UserId owner = key.server ? UserId() : key.user;
  size_t owned = 0;
  for (const auto& [id, other] : keys_) {
    if (!BelongsTo(other, key.app, owner)) continue;
    if (other.name == key.name) {
      return Error(Reason::kResourceExists, "the API key's name is taken");
    }
    ++owned;
  }
  if (owned >= max_keys) {
    return Error(Reason::kLimitReached, "the owner has the most API keys");
  }
  ApiKeyRecord& stored = keys_[key.id];
  stored = key;
  stored.created_at = AsStored(key.created_at);
  if (key.last_used_at) stored.last_used_at = AsStored(*key.last_used_at);
  return absl::OkStatus();
}

absl::StatusOr<ApiKeyRecord> MemoryApiKeyStore::Find(const ApiKeyId& id) {
  absl::MutexLock lock(&mu_);
  const auto it = keys_.find(id);
  if (it == keys_.end()) return NoKey();
  return it->second;
}

absl::StatusOr<std::vector<ApiKeyRecord>> MemoryApiKeyStore::List(
    const AppId& app, const UserId& user) {
  absl::MutexLock lock(&mu_);
  std::vector<ApiKeyRecord> found;
  for (const auto& [id, key] : keys_) {
    if (BelongsTo(key, app, user)) found.push_back(key);
  }
  std::stable_sort(
      found.begin(), found.end(),
      [](const auto& a, const auto& b) { return a.created_at < b.created_at; });
  return found;
}

absl::Status MemoryApiKeyStore::SetDisabled(const ApiKeyId& id, bool disabled) {
  absl::MutexLock lock(&mu_);
  const auto it = keys_.find(id);
  if (it == keys_.end()) return NoKey();
  it->second.disabled = disabled;
  return absl::OkStatus();
}

absl::Status MemoryApiKeyStore::SetLastUsed(const ApiKeyId& id,
                                            absl::Time when) {
  absl::MutexLock lock(&mu_);
  const auto it = keys_.find(id);
  if (it == keys_.end()) return NoKey();
  it->second.last_used_at = AsStored(when);
  return absl::OkStatus();
}

absl::Status MemoryApiKeyStore::Remove(const ApiKeyId& id) {
  absl::MutexLock lock(&mu_);
  if (keys_.erase(id) == 0) return NoKey();
  return absl::OkStatus();
}

}  // namespace latchkey
