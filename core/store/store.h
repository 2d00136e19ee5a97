// Store bundles the stores of one service.
#ifndef LATCHKEY_CORE_STORE_STORE_H_
#define LATCHKEY_CORE_STORE_STORE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/store/credential_store.h"
#include "core/store/event_store.h"
#include "core/store/key_store.h"
#include "core/store/one_time_token_store.h"
#include "core/store/session_store.h"
#include "core/store/transfer_store.h"
#include "core/store/user_store.h"

namespace latchkey {

// Store owns its parts; they live as long as it does. Thread-safe.
class Store {
 public:
  virtual ~Store() = default;
  virtual UserStore* users() = 0;
  virtual SessionStore* sessions() = 0;
  virtual PasswordStore* passwords() = 0;
  virtual ApiKeyStore* api_keys() = 0;
  virtual KeyStore* keys() = 0;
  virtual OneTimeTokenStore* one_time_tokens() = 0;
  virtual EventStore* events() = 0;
  // UpdateAndRemovePassword is users()->CompareAndUpdate(user) and
  // passwords()->Remove(user.app, password) in one atomic step, also to readers
  // who look at passwords first. Errors of CompareAndUpdate, and then nothing
  // was done; a password that is gone already is as good as removed.
  virtual absl::Status UpdateAndRemovePassword(const UserRecord& user,
                                               absl::string_view password) = 0;
  // UpdatePasswordByToken is passwords()->CompareAndUpdate(password) and the
  // removal of the token, with all others of the same password and purpose, in
  // one atomic step: of many calls with one token one succeeds, also across a
  // crash. RESOURCE_NOT_FOUND when there is no such token (any more), and the
  // errors of CompareAndUpdate; nothing was done then.
  virtual absl::Status UpdatePasswordByToken(const PasswordRecord& password,
                                             absl::string_view token) = 0;
  // RecordLogin stores a user, as a login left it, and the session that began,
  // in one atomic step and one write: users()->Insert(user) when user.version
  // is 0 and CompareAndUpdate(user) else, and sessions()->Insert(session).
  // Errors of these, RESOURCE_EXISTS also for a session id that is taken, and
  // then nothing was done.
  virtual absl::Status RecordLogin(const UserRecord& user,
                                   const SessionRecord& session) = 0;
  // Healthy: OK when a read and a write can be done now. Cheap, but a disk that
  // hangs keeps it waiting as it keeps every call.
  virtual absl::Status Healthy() = 0;
  // transfers is null where users cannot be moved in and out.
  virtual TransferStore* transfers() { return nullptr; }
};

std::unique_ptr<Store> NewMemoryStore();

struct SqliteOptions {
  std::string path;  // created (mode 0600) with its folder when missing
  // full: an acknowledged write survives power loss (fsync per group commit).
  // normal: it survives a crash of the process, not of the machine.
  enum class Durability { kFull, kNormal } durability = Durability::kFull;
  int readers = 4;  // connections for parallel reads
};

// NewSqliteStore opens or creates the database and migrates its schema forward.
// STORE_UNAVAILABLE when it cannot be opened, is newer than this binary, or is
// not a latchkey database.
absl::StatusOr<std::unique_ptr<Store>> NewSqliteStore(SqliteOptions options);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_STORE_H_
