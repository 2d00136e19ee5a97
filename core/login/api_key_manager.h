// ApiKeyManager makes, disables and deletes API keys, and ends what they began.
#ifndef LATCHKEY_CORE_LOGIN_API_KEY_MANAGER_H_
#define LATCHKEY_CORE_LOGIN_API_KEY_MANAGER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/audit/audit.h"
#include "core/base/call_context.h"
#include "core/base/ids.h"
#include "core/provider/api_key_service.h"
#include "core/session/session_service.h"

namespace latchkey {

// ApiKeyManager: changes by users of their own keys and by administrators of
// server keys; every change leaves an audit event. Thread-safe; blocks on the
// store.
class ApiKeyManager final {
 public:
  struct Deps {  // borrowed
    ApiKeyService* keys;
    SessionService* sessions;
    AuditSink* audit;
  };
  explicit ApiKeyManager(Deps deps);

  // Owner of keys: a user, or the app when `user` is empty (its server keys).
  struct Owner {
    AppId app;
    UserId user;
  };

  // Reasons of ApiKeyService in all of them.
  absl::StatusOr<CreatedApiKey> Create(const Owner& owner,
                                       absl::string_view name,
                                       const CallContext& ctx);
  // Disabling ends the sessions that the key began; enabling does not bring
  // them back. Returns the key as it is then.
  absl::StatusOr<ApiKeyRecord> SetDisabled(const Owner& owner,
                                           const ApiKeyId& id, bool disabled,
                                           const CallContext& ctx);
  // Delete ends the sessions that the key began, of a server key all of its
  // user. Can be repeated when it fails half-way.
  absl::Status Delete(const Owner& owner, const ApiKeyId& id,
                      const CallContext& ctx);

 private:
  absl::Status EndSessions(const ApiKeyRecord& key, const Ending& ending);
  void Record(absl::string_view action, const ApiKeyRecord& key,
              const CallContext& ctx);
  // RecordUser is about the user that came or went with a server key.
  void RecordUser(absl::string_view action, const ApiKeyRecord& key,
                  const CallContext& ctx);

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_LOGIN_API_KEY_MANAGER_H_
