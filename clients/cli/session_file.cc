#include "clients/cli/session_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "clients/cli/failure.h"
#include "clients/cli/file_input.h"
#include "clients/cli/private_file.h"
#include "core/base/secret.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"

namespace latchkey {
namespace {

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

// The texts of a session by the names of their members.
struct Member {
  const char* name;
  std::string StoredSession::*field;
};
constexpr Member kMembers[] = {
    {"server", &StoredSession::server},
    {"app", &StoredSession::app},
    {"userId", &StoredSession::user_id},
    {"sessionId", &StoredSession::session_id},
    {"accessToken", &StoredSession::access_token},
    {"refreshToken", &StoredSession::refresh_token},
};
constexpr char kAccessExpires[] = "accessExpiresAt";
constexpr char kRefreshExpires[] = "refreshExpiresAt";

std::string TimeText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
}

bool ReadTime(const json::Value& object, const char* name, absl::Time* time) {
  const json::Value* member = object.Find(name);
  std::string error;
  return member != nullptr && member->as_string() != nullptr &&
         absl::ParseTime(absl::RFC3339_full, *member->as_string(), time,
                         &error);
}

bool ReadSession(const json::Value& object, StoredSession* session) {
  for (const Member& member : kMembers) {
    const json::Value* value = object.Find(member.name);
    if (value == nullptr || value->as_string() == nullptr) return false;
    session->*member.field = *value->as_string();
  }
  return ReadTime(object, kAccessExpires, &session->access_expires_at) &&
         ReadTime(object, kRefreshExpires, &session->refresh_expires_at);
}

absl::Status CheckMode(const std::string& path) {
  struct stat info;
  if (path.empty() || stat(path.c_str(), &info) != 0) {
    return absl::FailedPreconditionError(
        "there is no session: run `latchkey login` first");
  }
  if ((info.st_mode & 077) == 0) return absl::OkStatus();
  return UsageError(
      absl::StrCat(path, ": others may read it; run chmod 600 on it"));
}

}  // namespace

StoredSession ToStoredSession(const v1::Session& session,
                              absl::string_view server) {
  StoredSession stored;
  stored.server = std::string(server);
  stored.app = session.user().app();
  stored.user_id = session.user().id();
  stored.session_id = session.session_id();
  stored.access_token = session.access_token();
  stored.refresh_token = session.refresh_token();
  stored.access_expires_at = ToTime(session.access_expires_at());
  stored.refresh_expires_at = ToTime(session.refresh_expires_at());
  return stored;
}

std::string SessionFile::DefaultPath(
    const std::function<std::optional<std::string>(const std::string&)>& env) {
  const std::string folder = env("XDG_CONFIG_HOME").value_or("");
  if (!folder.empty()) return absl::StrCat(folder, "/latchkey/session.json");
  const std::string home = env("HOME").value_or("");
  if (home.empty()) return "";
  return absl::StrCat(home, "/.config/latchkey/session.json");
}

absl::Status SessionFile::Save(const StoredSession& session) const {
  if (path_.empty()) return UsageError("no HOME is set; give --session-file");
  json::Value object{json::Value::Object{}};
  for (const Member& member : kMembers) {
    object.Set(member.name, session.*member.field);
  }
  object.Set(kAccessExpires, TimeText(session.access_expires_at));
  object.Set(kRefreshExpires, TimeText(session.refresh_expires_at));
  std::string text = json::Write(object);
  absl::Status status = WritePrivateFile(path_, text);
  WipeString(&text);
  return status;
}

absl::StatusOr<StoredSession> SessionFile::Load() const {
  RETURN_IF_ERROR(CheckMode(path_));
  ASSIGN_OR_RETURN(std::string text, ReadInputFile(path_));
  const absl::StatusOr<json::Value> object = json::ParseObject(text);
  WipeString(&text);
  StoredSession session;
  if (!object.ok() || !ReadSession(*object, &session)) {
    return UsageError(absl::StrCat(path_, ": damaged; log in again"));
  }
  return session;
}

absl::Status SessionFile::Remove() const {
  if (unlink(path_.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(path_, ": cannot be removed"));
}

}  // namespace latchkey
