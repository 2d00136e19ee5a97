#include "core/store/memory/memory_one_time_token_store.h"

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/store/stored_time.h"

namespace latchkey {
namespace {

constexpr size_t kMaxRemoved = 1000;

absl::Status NoToken() {
  return Error(Reason::kResourceNotFound, "no such one-time token");
}

}  // namespace

absl::Status MemoryOneTimeTokenStore::Insert(const OneTimeToken& token) {
  absl::MutexLock lock(&mu_);
  const auto [it, added] = tokens_.try_emplace({token.app, token.id}, token);
  if (!added) {
    return Error(Reason::kResourceExists, "the one-time token's id is taken");
  }
  it->second.expires_at = AsStored(token.expires_at);
  return absl::OkStatus();
}

absl::StatusOr<OneTimeToken> MemoryOneTimeTokenStore::Find(
    const AppId& app, absl::string_view id) {
  absl::MutexLock lock(&mu_);
  const auto it = tokens_.find({app, std::string(id)});
  if (it == tokens_.end()) return NoToken();
  return it->second;
}

absl::StatusOr<size_t> MemoryOneTimeTokenStore::RemoveExpired(absl::Time now) {
  absl::MutexLock lock(&mu_);
  size_t removed = 0;
  for (auto it = tokens_.begin();
       it != tokens_.end() && removed < kMaxRemoved;) {
    if (it->second.expires_at < now) {
      it = tokens_.erase(it);
      ++removed;
    } else {
      ++it;
    }
  }
  return removed;
}

absl::Status MemoryOneTimeTokenStore::UseUp(
    const AppId& app, absl::string_view id,
    const std::function<absl::Status()>& effect) {
  absl::MutexLock lock(&mu_);
  const auto found = tokens_.find({app, std::string(id)});
  if (found == tokens_.end()) return NoToken();
  const OneTimeToken used = found->second;
  RETURN_IF_ERROR(effect());
  for (auto it = tokens_.begin(); it != tokens_.end();) {
    const OneTimeToken& token = it->second;
    const bool alike = token.app == used.app && token.purpose == used.purpose &&
                       token.password == used.password;
    it = alike ? tokens_.erase(it) : std::next(it);
  }
  return absl::OkStatus();
}

}  // namespace latchkey
