// UserStore keeps users and their identities.
#ifndef LATCHKEY_CORE_STORE_USER_STORE_H_
#define LATCHKEY_CORE_STORE_USER_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/base/identity.h"
#include "core/base/ids.h"

namespace latchkey {

struct IdentityRecord {
  ProviderName provider;
  ProviderKind kind = ProviderKind::kAnonymous;
  std::string subject;           // unique within (app, provider)
  std::string data_json = "{}";  // JSON object
  absl::Time created_at;
};

enum class UserType { kNormal, kServer };

struct UserRecord {
  UserId id;
  AppId app;
  UserType type = UserType::kNormal;
  bool disabled = false;
  std::vector<IdentityRecord> identities;  // in the order they were added
  std::string data_json = "{}";
  std::string custom_data_json = "{}";
  absl::Time created_at;
  std::optional<absl::Time> last_login_at;
  uint64_t version = 0;  // set by the store: 1 at Insert, +1 at each update
};

struct UserFilter {
  std::optional<bool> disabled;
  std::optional<ProviderName> provider;  // has an identity of it
  std::optional<UserType> type;
};

// UserStore: linearizable per user. Thread-safe; may block on I/O.
// Errors: USER_NOT_FOUND, IDENTITY_IN_USE, CONFLICT, STORE_UNAVAILABLE. Times
// are kept to the microsecond, in this and the other stores. Ids and identities
// are unique within their app.
class UserStore {
 public:
  virtual ~UserStore() = default;

  virtual absl::StatusOr<UserRecord> Find(const AppId& app,
                                          const UserId& id) = 0;
  virtual absl::StatusOr<UserRecord> FindByIdentity(
      const AppId& app, const ProviderName& provider,
      absl::string_view subject) = 0;
  // Insert: IDENTITY_IN_USE when any identity is taken, RESOURCE_EXISTS when
  // the id is. Sets version 1.
  virtual absl::Status Insert(const UserRecord& user) = 0;
  // CompareAndUpdate replaces the user (identities included) when its stored
  // version is `user.version`, else CONFLICT; IDENTITY_IN_USE when an identity
  // belongs to another user. The stored version becomes user.version + 1.
  virtual absl::Status CompareAndUpdate(const UserRecord& user) = 0;
  // Remove deletes the user and its identities.
  virtual absl::Status Remove(const AppId& app, const UserId& id) = 0;
  // RemoveUnchanged deletes, in one atomic step, those of `users` whose stored
  // version is still the one given, and returns their ids: whoever logged in
  // or linked an identity since they were read stays.
  virtual absl::StatusOr<std::vector<UserId>> RemoveUnchanged(
      absl::Span<const UserRecord> users) = 0;
  // List gives users in order of id, after `after` (empty: from the start).
  virtual absl::StatusOr<std::vector<UserRecord>> List(const AppId& app,
                                                       const UserFilter& filter,
                                                       const UserId& after,
                                                       size_t limit) = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_USER_STORE_H_
