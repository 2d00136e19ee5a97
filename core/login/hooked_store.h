// HookedStore is a store whose calls a test can look into and fail. For tests.
#ifndef LATCHKEY_CORE_LOGIN_HOOKED_STORE_H_
#define LATCHKEY_CORE_LOGIN_HOOKED_STORE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/store/store.h"

namespace latchkey {

// StoreHooks run before the call and on its thread; a status that is not OK is
// what the call then gives.
struct StoreHooks {
  std::function<absl::Status()> find_by_identity;
  std::function<absl::Status()> revoke_all_of;
  // Each write of users and sessions; those of both at once count once.
  std::function<absl::Status()> write;
  std::function<absl::Status()> remove_unchanged;

  // By value: a hook may take itself away.
  static absl::Status Run(std::function<absl::Status()> hook) {
    return hook ? hook() : absl::OkStatus();
  }
};

class HookedUsers final : public UserStore {
 public:
  HookedUsers(UserStore* base, const StoreHooks* hooks)
      : base_(base), hooks_(hooks) {}
  absl::StatusOr<UserRecord> Find(const AppId& app, const UserId& id) override {
    return base_->Find(app, id);
  }
  absl::StatusOr<UserRecord> FindByIdentity(
      const AppId& app, const ProviderName& provider,
      absl::string_view subject) override {
    RETURN_IF_ERROR(StoreHooks::Run(hooks_->find_by_identity));
    return base_->FindByIdentity(app, provider, subject);
  }
  absl::Status Insert(const UserRecord& user) override {
    RETURN_IF_ERROR(StoreHooks::Run(hooks_->write));
    return base_->Insert(user);
  }
  absl::Status CompareAndUpdate(const UserRecord& user) override {
    RETURN_IF_ERROR(StoreHooks::Run(hooks_->write));
    return base_->CompareAndUpdate(user);
  }
  absl::Status Remove(const AppId& app, const UserId& id) override {
    RETURN_IF_ERROR(StoreHooks::Run(hooks_->write));
    return base_->Remove(app, id);
  }
  absl::StatusOr<std::vector<UserId>> RemoveUnchanged(
      absl::Span<const UserRecord> users) override {
    RETURN_IF_ERROR(StoreHooks::Run(hooks_->remove_unchanged));
    RETURN_IF_ERROR(StoreHooks::Run(hooks_->write));
    return base_->RemoveUnchanged(users);
  }
  absl::StatusOr<std::vector<UserRecord>> List(const AppId& app,
                                               const UserFilter& filter,
                                               const UserId& after,
                                               size_t limit) override {
    return base_->List(app, filter, after, limit);
  }

 private:
  UserStore* const base_;
  const StoreHooks* const hooks_;
};

class HookedSessions final : public SessionStore {
 public:
  HookedSessions(SessionStore* base, const StoreHooks* hooks)
      : base_(base), hooks_(hooks) {}
  absl::Status Insert(const SessionRecord& session) override {
    RETURN_IF_ERROR(StoreHooks::Run(hooks_->write));
    return base_->Insert(session);
  }
  absl::StatusOr<SessionRecord> Find(const SessionId& id) override {
    return base_->Find(id);
  }
  absl::StatusOr<AdvanceOutcome> AdvanceCounter(const SessionId& id,
                                                uint64_t expected,
                                                absl::Time now) override {
    RETURN_IF_ERROR(StoreHooks::Run(hooks_->write));
    return base_->AdvanceCounter(id, expected, now);
  }
  absl::Status Revoke(const SessionId& id, absl::Time now) override {
    RETURN_IF_ERROR(StoreHooks::Run(hooks_->write));
    return base_->Revoke(id, now);
  }
  absl::StatusOr<std::vector<SessionId>> RevokeAllOf(
      const AppId& app, const UserId& user, absl::Time now,
      const SessionScope& scope) override {
    RETURN_IF_ERROR(StoreHooks::Run(hooks_->revoke_all_of));
    RETURN_IF_ERROR(StoreHooks::Run(hooks_->write));
    return base_->RevokeAllOf(app, user, now, scope);
  }
  absl::StatusOr<std::vector<SessionRecord>> ListOf(
      const AppId& app, const UserId& user, const SessionPosition& after,
      size_t limit) override {
    return base_->ListOf(app, user, after, limit);
  }
  absl::StatusOr<std::vector<SessionId>> ListRevokedSince(
      absl::Time since) override {
    return base_->ListRevokedSince(since);
  }
  absl::StatusOr<size_t> RemoveDead(absl::Time before) override {
    RETURN_IF_ERROR(StoreHooks::Run(hooks_->write));
    return base_->RemoveDead(before);
  }

 private:
  SessionStore* const base_;
  const StoreHooks* const hooks_;
};

class HookedStore final : public Store {
 public:
  // `hooks` is borrowed and may change between calls.
  explicit HookedStore(const StoreHooks* hooks)
      : base_(NewMemoryStore()),
        hooks_(hooks),
        users_(base_->users(), hooks),
        sessions_(base_->sessions(), hooks) {}
  UserStore* users() override { return &users_; }
  SessionStore* sessions() override { return &sessions_; }
  PasswordStore* passwords() override { return base_->passwords(); }
  ApiKeyStore* api_keys() override { return base_->api_keys(); }
  KeyStore* keys() override { return base_->keys(); }
  OneTimeTokenStore* one_time_tokens() override {
    return base_->one_time_tokens();
  }
  EventStore* events() override { return base_->events(); }
  absl::Status UpdateAndRemovePassword(const UserRecord& user,
                                       absl::string_view password) override {
    RETURN_IF_ERROR(StoreHooks::Run(hooks_->write));
    return base_->UpdateAndRemovePassword(user, password);
  }
  absl::Status UpdatePasswordByToken(const PasswordRecord& password,
                                     absl::string_view token) override {
    return base_->UpdatePasswordByToken(password, token);
  }
  absl::Status RecordLogin(const UserRecord& user,
                           const SessionRecord& session) override {
    RETURN_IF_ERROR(StoreHooks::Run(hooks_->write));
    return base_->RecordLogin(user, session);
  }
  absl::Status Healthy() override { return base_->Healthy(); }

 private:
  const std::unique_ptr<Store> base_;
  const StoreHooks* const hooks_;
  HookedUsers users_;
  HookedSessions sessions_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_LOGIN_HOOKED_STORE_H_
