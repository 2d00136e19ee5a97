// Stores of what proves an identity: password hashes and API keys.
#ifndef LATCHKEY_CORE_STORE_CREDENTIAL_STORE_H_
#define LATCHKEY_CORE_STORE_CREDENTIAL_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/ids.h"

namespace latchkey {

// PasswordRecord is a registered e-mail address. It exists before any user
// has it: the first login or link makes the identity.
struct PasswordRecord {
  std::string id;  // object id; the subject of the identity
  AppId app;
  ProviderName provider;
  std::string email;  // canonical form: the key within (app, provider)
  std::string phc;    // PHC string of the password
  bool confirmed = false;
  absl::Time created_at;
  uint64_t version = 0;  // as in UserRecord
};

// PasswordStore: thread-safe; may block. Errors: RESOURCE_NOT_FOUND,
// RESOURCE_EXISTS, CONFLICT, STORE_UNAVAILABLE.
class PasswordStore {
 public:
  virtual ~PasswordStore() = default;
  virtual absl::Status Insert(const PasswordRecord& record) = 0;
  virtual absl::StatusOr<PasswordRecord> FindByEmail(
      const AppId& app, const ProviderName& provider,
      absl::string_view email) = 0;
  virtual absl::StatusOr<PasswordRecord> FindById(const AppId& app,
                                                  absl::string_view id) = 0;
  virtual absl::Status CompareAndUpdate(const PasswordRecord& record) = 0;
  virtual absl::Status Remove(const AppId& app, absl::string_view id) = 0;
  // Rewrite writes a record again as it is, its version too, and as durably as
  // Insert does: so that a registration takes as long for a known address as
  // for a new one.
  virtual absl::Status Rewrite(const AppId& app, const ProviderName& provider,
                               absl::string_view email) = 0;
  // ListPending gives unconfirmed records in order of id, after `after`.
  virtual absl::StatusOr<std::vector<PasswordRecord>> ListPending(
      const AppId& app, absl::string_view after, size_t limit) = 0;
};

// ApiKeyRecord: the secret is kept as SHA-256 only (256 random bits need no
// slow hash).
struct ApiKeyRecord {
  ApiKeyId id;
  AppId app;
  // The user the key logs in: its owner, or the server user made with it.
  UserId user;
  bool server = false;
  std::string name;           // unique per owner (server keys: per app)
  std::string secret_sha256;  // 32 bytes
  bool disabled = false;
  absl::Time created_at;
  std::optional<absl::Time> last_used_at;
};

// ApiKeyStore: thread-safe; may block. Errors: RESOURCE_NOT_FOUND,
// RESOURCE_EXISTS (id or name), LIMIT_REACHED, STORE_UNAVAILABLE.
class ApiKeyStore {
 public:
  virtual ~ApiKeyStore() = default;
  // Insert refuses with LIMIT_REACHED, in the same atomic step, when the owner
  // (server keys: the app) has `max_keys` keys.
  virtual absl::Status Insert(const ApiKeyRecord& key, size_t max_keys) = 0;
  virtual absl::StatusOr<ApiKeyRecord> Find(const ApiKeyId& id) = 0;
  // List: the keys the user owns, or the app's server keys when `user` is
  // empty; the oldest first.
  virtual absl::StatusOr<std::vector<ApiKeyRecord>> List(
      const AppId& app, const UserId& user) = 0;
  virtual absl::Status SetDisabled(const ApiKeyId& id, bool disabled) = 0;
  // SetLastUsed notes that the key was used at `when`.
  virtual absl::Status SetLastUsed(const ApiKeyId& id, absl::Time when) = 0;
  virtual absl::Status Remove(const ApiKeyId& id) = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_CREDENTIAL_STORE_H_
