#include "core/login/session_origin.h"

#include "core/base/ids.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"

namespace latchkey {

absl::StatusOr<bool> BeganWithApiKey(const Principal& caller,
                                     ApiKeyStore* keys) {
  if (!IsObjectId(caller.subject)) return false;
  const absl::StatusOr<ApiKeyRecord> key = keys->Find(ApiKeyId(caller.subject));
  if (GetReason(key.status()) == Reason::kResourceNotFound) return false;
  if (!key.ok()) return key.status();
  return key->app.value() == caller.app && key->user.value() == caller.user_id;
}

absl::Status CheckNoApiKey(const Principal& caller, ApiKeyStore* keys) {
  ASSIGN_OR_RETURN(const bool by_api_key, BeganWithApiKey(caller, keys));
  if (!by_api_key) return absl::OkStatus();
  return Error(Reason::kCallerNotAllowed, "session of an API key");
}

}  // namespace latchkey
