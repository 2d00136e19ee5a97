#include "core/login/session_origin.h"

#include "core/base/ids.h"
#include "core/base/reason.h"

namespace latchkey {

absl::StatusOr<bool> BeganWithApiKey(const Principal& caller,
                                     ApiKeyStore* keys) {
  if (!IsObjectId(caller.subject)) return false;
  const absl::StatusOr<ApiKeyRecord> key = keys->Find(ApiKeyId(caller.subject));
  if (GetReason(key.status()) == Reason::kResourceNotFound) return false;
  if (!key.ok()) return key.status();
  return key->app.value() == caller.app && key->user.value() == caller.user_id;
}

}  // namespace latchkey
