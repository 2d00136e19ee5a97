// AccountService reads, disables and deletes users.
#ifndef LATCHKEY_CORE_LOGIN_ACCOUNT_SERVICE_H_
#define LATCHKEY_CORE_LOGIN_ACCOUNT_SERVICE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/audit/audit.h"
#include "core/base/call_context.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/session/session_service.h"
#include "core/store/store.h"

namespace latchkey {

// AccountService: used by users on their own account and by administrators.
// Thread-safe; blocks on the store.
class AccountService final {
 public:
  struct Deps {  // borrowed
    Store* store;
    SessionService* sessions;
    AuditSink* audit;
    Clock* clock;
    Random* random;
  };
  explicit AccountService(Deps deps);

  // All: USER_NOT_FOUND, STORE_UNAVAILABLE.
  absl::StatusOr<UserRecord> Get(const AppId& app, const UserId& id);
  // Create makes a user without sessions; `identities` may be empty. An empty
  // id is filled. RESOURCE_EXISTS, IDENTITY_IN_USE, INVALID_REQUEST (`id`).
  absl::StatusOr<UserRecord> Create(UserRecord user, const CallContext& ctx);
  // Disable ends all sessions of the user. Enable does not bring them back.
  absl::StatusOr<UserRecord> SetDisabled(const AppId& app, const UserId& id,
                                         bool disabled, const CallContext& ctx);
  // Delete ends all sessions and removes the user, its identities, passwords
  // and API keys.
  absl::Status Delete(const AppId& app, const UserId& id,
                      const CallContext& ctx);

 private:
  absl::StatusOr<UserRecord> StoreDisabled(const AppId& app, const UserId& id,
                                           bool disabled);
  absl::Status RemoveApiKeys(const UserRecord& user);
  absl::Status RemovePasswords(const UserRecord& user);
  void Record(absl::string_view action, const AppId& app, const UserId& user,
              const CallContext& ctx);

  const Deps deps_;
};

// DeletionOf is the event that says goodbye to a user, with the names of its
// providers.
AuditEvent DeletionOf(const UserRecord& user, const CallContext& ctx);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_LOGIN_ACCOUNT_SERVICE_H_
