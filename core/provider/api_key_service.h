// ApiKeyService makes, checks and manages API keys.
#ifndef LATCHKEY_CORE_PROVIDER_API_KEY_SERVICE_H_
#define LATCHKEY_CORE_PROVIDER_API_KEY_SERVICE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/store/store.h"

namespace latchkey {

struct ApiKeyLimits {
  size_t user_keys = 20;     // per user
  size_t server_keys = 100;  // per app
};

// CreatedApiKey: `key` is "lk_<id>_<base64url of 32 random bytes>" and shown
// this once.
struct CreatedApiKey {
  ApiKeyRecord record;
  Secret key;
};

// ApiKeyService: thread-safe; may block on the store, whose STORE_UNAVAILABLE
// every call may give.
class ApiKeyService final {
 public:
  ApiKeyService(ApiKeyLimits limits, Store* store, Clock* clock,
                Random* random);

  // Names: 1-64 of [A-Za-z0-9_-], else INVALID_REQUEST (field `name`). Unique
  // per owner, or per app for server keys: RESOURCE_EXISTS. LIMIT_REACHED.
  absl::StatusOr<CreatedApiKey> CreateUserKey(const AppId& app,
                                              const UserId& owner,
                                              absl::string_view name);
  // Also makes the user of type server that the key logs in; its data is
  // {"name": <the key's name>}.
  absl::StatusOr<CreatedApiKey> CreateServerKey(const AppId& app,
                                                absl::string_view name);

  // Check returns the live record of a key's text; CREDENTIAL_REJECTED for
  // malformed, unknown, wrong and disabled keys and keys of other apps alike.
  absl::StatusOr<ApiKeyRecord> Check(const AppId& app, const Secret& key);

  // The rest acts on keys of `owner` only (empty: the app's server keys);
  // RESOURCE_NOT_FOUND for any other key.
  absl::StatusOr<std::vector<ApiKeyRecord>> List(const AppId& app,
                                                 const UserId& owner);
  absl::StatusOr<ApiKeyRecord> Get(const AppId& app, const UserId& owner,
                                   const ApiKeyId& id);
  absl::Status SetDisabled(const AppId& app, const UserId& owner,
                           const ApiKeyId& id, bool disabled);
  // Delete of a server key removes its server user too.
  absl::Status Delete(const AppId& app, const UserId& owner,
                      const ApiKeyId& id);

 private:
  // NoteUse keeps the time of the last use, to the minute.
  void NoteUse(ApiKeyRecord* key);

  const ApiKeyLimits limits_;
  Store* const store_;
  Clock* const clock_;
  Random* const random_;
};

// CheckApiKeyName: the rule for names above.
absl::Status CheckApiKeyName(absl::string_view name);

// ParseApiKey splits "lk_<id>_<secret>"; nullopt when the shape is wrong.
struct ApiKeyParts {
  ApiKeyId id;
  std::string secret_sha256;  // of the 32 secret bytes
};
std::optional<ApiKeyParts> ParseApiKey(absl::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_API_KEY_SERVICE_H_
