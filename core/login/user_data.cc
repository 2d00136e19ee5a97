#include "core/login/user_data.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/json/json.h"

namespace latchkey {

bool MergeUserData(const ProvenIdentity& proven, UserRecord* user) {
  absl::StatusOr<std::string> merged =
      json::MergeObjects(user->data_json, proven.user_data_json);
  if (!merged.ok()) {
    Log(LogLevel::kWarning, "user_data_kept",
        {{"app", user->app.value()},
         {"user", user->id.value()},
         {"provider", proven.provider.value()},
         {"reason", GetReasonInfo(GetReason(merged.status())).name}});
    return false;
  }
  if (*merged == user->data_json) return false;
  user->data_json = *std::move(merged);
  return true;
}

}  // namespace latchkey
