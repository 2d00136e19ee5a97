// UserStore in memory.
#ifndef LATCHKEY_CORE_STORE_MEMORY_MEMORY_USER_STORE_H_
#define LATCHKEY_CORE_STORE_MEMORY_MEMORY_USER_STORE_H_

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "core/store/user_store.h"

namespace latchkey {

// Thread-safe; never blocks on I/O; holds everything until destroyed.
class MemoryUserStore final : public UserStore {
 public:
  absl::StatusOr<UserRecord> Find(const AppId& app, const UserId& id) override;
  absl::StatusOr<UserRecord> FindByIdentity(const AppId& app,
                                            const ProviderName& provider,
                                            absl::string_view subject) override;
  absl::Status Insert(const UserRecord& user) override;
  absl::Status CompareAndUpdate(const UserRecord& user) override;
  // InsertWith and CompareAndUpdateWith call `also` when nothing is in the
  // user's way; the user is stored when that is OK, before anybody can look.
  absl::Status InsertWith(const UserRecord& user,
                          absl::FunctionRef<absl::Status()> also);
  absl::Status CompareAndUpdateWith(const UserRecord& user,
                                    absl::FunctionRef<absl::Status()> also);
  absl::Status Remove(const AppId& app, const UserId& id) override;
  absl::StatusOr<std::vector<UserId>> RemoveUnchanged(
      absl::Span<const UserRecord> users) override;
  absl::StatusOr<std::vector<UserRecord>> List(const AppId& app,
                                               const UserFilter& filter,
                                               const UserId& after,
                                               size_t limit) override;

 private:
  using UserKey = std::pair<AppId, UserId>;
  using IdentityKey = std::tuple<AppId, ProviderName, std::string>;

  // Whether every identity of `user` is free or its own, and named once.
  bool IdentitiesFreeLocked(const UserRecord& user) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void PutLocked(const UserRecord& user, uint64_t version)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void RemoveIdentitiesLocked(const UserRecord& user)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  absl::Mutex mu_;
  std::map<UserKey, UserRecord> users_ ABSL_GUARDED_BY(mu_);
  std::map<IdentityKey, UserId> owners_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_MEMORY_MEMORY_USER_STORE_H_
