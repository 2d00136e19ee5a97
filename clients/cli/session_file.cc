#include "clients/cli/session_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "clients/cli/failure.h"
#include "clients/cli/file_input.h"
#include "clients/cli/private_file.h"
#include "core/base/secret.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"

namespace latchkey {
namespace {

constexpr absl::Duration kLockPause = absl::Milliseconds(20);
constexpr int kLockTries = 3000;

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

// The texts of a session by the names of their members.
struct Member {
  const char* name;
  std::string StoredSession::*field;
  bool required;
};
constexpr Member kMembers[] = {
    {"server", &StoredSession::server, true},
    {"app", &StoredSession::app, true},
    {"provider", &StoredSession::provider, false},
    {"userId", &StoredSession::user_id, true},
    {"sessionId", &StoredSession::session_id, true},
    {"accessToken", &StoredSession::access_token, true},
    {"refreshToken", &StoredSession::refresh_token, true},
};
struct GrantMember {
  const char* name;
  std::string IssuerGrant::*field;
};
constexpr GrantMember kGrantMembers[] = {
    {"issuer", &IssuerGrant::issuer},
    {"clientId", &IssuerGrant::client_id},
    {"tokenKind", &IssuerGrant::token_kind},
    {"refreshToken", &IssuerGrant::refresh_token},
};
constexpr char kSessions[] = "sessions";
constexpr char kGrant[] = "grant";
constexpr char kObtained[] = "obtainedAt";
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

bool ReadGrant(const json::Value& object, IssuerGrant* grant) {
  const json::Value* const value = object.Find(kGrant);
  if (value == nullptr) return true;
  for (const GrantMember& member : kGrantMembers) {
    const json::Value* text = value->Find(member.name);
    if (text == nullptr || text->as_string() == nullptr) return false;
    grant->*member.field = *text->as_string();
  }
  return true;
}

bool ReadSession(const json::Value& object, StoredSession* session) {
  for (const Member& member : kMembers) {
    const json::Value* value = object.Find(member.name);
    if (value == nullptr && !member.required) continue;
    if (value == nullptr || value->as_string() == nullptr) return false;
    session->*member.field = *value->as_string();
  }
  session->obtained_at = absl::InfinitePast();
  ReadTime(object, kObtained, &session->obtained_at);
  return ReadGrant(object, &session->grant) &&
         ReadTime(object, kAccessExpires, &session->access_expires_at) &&
         ReadTime(object, kRefreshExpires, &session->refresh_expires_at);
}

json::Value SessionJson(const StoredSession& session) {
  json::Value object{json::Value::Object{}};
  for (const Member& member : kMembers) {
    object.Set(member.name, session.*member.field);
  }
  if (!session.grant.issuer.empty()) {
    json::Value grant{json::Value::Object{}};
    for (const GrantMember& member : kGrantMembers) {
      grant.Set(member.name, session.grant.*member.field);
    }
    object.Set(kGrant, std::move(grant));
  }
  object.Set(kObtained, TimeText(session.obtained_at));
  object.Set(kAccessExpires, TimeText(session.access_expires_at));
  object.Set(kRefreshExpires, TimeText(session.refresh_expires_at));
  return object;
}

bool IsSame(const StoredSession& a, const StoredSession& b) {
  return a.server == b.server && a.app == b.app;
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

// Whoever runs another server must not get this one's tokens.
absl::Status NoSession(const std::vector<StoredSession>& others,
                       absl::string_view server, absl::string_view app) {
  for (const StoredSession& other : others) {
    if (other.server != server) continue;
    return UsageError(absl::StrCat(
        "there is no session of the app ", app, " but one of ", other.app,
        ": run `latchkey login --app=", app, "`, or give --app=", other.app));
  }
  const std::string& known = others.front().server;
  return UsageError(absl::StrCat("the session is with ", known, "; log in to ",
                                 server, " or give --server=", known));
}

absl::Status CannotLock(const std::string& path, int error) {
  return absl::FailedPreconditionError(absl::StrCat(
      path, ": ", std::error_code(error, std::generic_category()).message()));
}

}  // namespace

void TakeTokens(const v1::Session& session, absl::Time now,
                StoredSession* stored) {
  stored->user_id = session.user().id();
  stored->session_id = session.session_id();
  stored->access_token = session.access_token();
  stored->refresh_token = session.refresh_token();
  stored->obtained_at = now;
  stored->access_expires_at = ToTime(session.access_expires_at());
  stored->refresh_expires_at = ToTime(session.refresh_expires_at());
}

SessionLock::~SessionLock() {
  if (file_ >= 0) close(file_);
}

std::string SessionFile::DefaultPath(
    const std::function<std::optional<std::string>(const std::string&)>& env) {
  const std::string folder = env("XDG_CONFIG_HOME").value_or("");
  if (!folder.empty()) return absl::StrCat(folder, "/latchkey/session.json");
  const std::string home = env("HOME").value_or("");
  if (home.empty()) return "";
  return absl::StrCat(home, "/.config/latchkey/session.json");
}

absl::StatusOr<SessionLock> SessionFile::Lock(
    const std::function<void(absl::Duration)>& sleep) const {
  if (path_.empty()) return UsageError("no HOME is set; give --session-file");
  RETURN_IF_ERROR(
      MakePrivateFolder(std::filesystem::path(path_).parent_path().string()));
  // Never removed: a process could then lock a file that others do not see.
  const std::string path = absl::StrCat(path_, ".lock");
  const int file =
      open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return CannotLock(path, errno);
  SessionLock lock(file);
  for (int tries = 0; tries < kLockTries; ++tries) {
    if (flock(file, LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK && errno != EINTR) return CannotLock(path, errno);
    sleep(kLockPause);
  }
  return absl::FailedPreconditionError(
      absl::StrCat(path, ": another latchkey has held it for a minute"));
}

absl::StatusOr<std::vector<StoredSession>> SessionFile::ReadAll() const {
  ASSIGN_OR_RETURN(std::string text, ReadInputFile(path_));
  json::Limits limits;
  limits.max_bytes = kMaxInputBytes;
  const absl::StatusOr<json::Value> object = json::ParseObject(text, limits);
  WipeString(&text);
  const absl::Status damaged =
      UsageError(absl::StrCat(path_, ": damaged; log in again"));
  if (!object.ok()) return damaged;
  const json::Value* const list = object->Find(kSessions);
  // Before there were several, the file was the one session.
  json::Value::Array rows = {*object};
  if (list != nullptr) {
    if (list->as_array() == nullptr) return damaged;
    rows = *list->as_array();
  }
  std::vector<StoredSession> sessions(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!ReadSession(rows[i], &sessions[i])) return damaged;
  }
  return sessions;
}

absl::Status SessionFile::WriteAll(
    const std::vector<StoredSession>& sessions) const {
  json::Value::Array rows;
  for (const StoredSession& session : sessions) {
    rows.push_back(SessionJson(session));
  }
  std::string text =
      json::Write(json::Value::Object{{kSessions, std::move(rows)}});
  absl::Status status = WritePrivateFile(path_, text);
  WipeString(&text);
  return status;
}

absl::Status SessionFile::SaveFirst(const SessionLock& /*lock*/,
                                    const StoredSession& session) const {
  std::vector<StoredSession> sessions = {session};
  absl::StatusOr<std::vector<StoredSession>> others = ReadAll();
  if (others.ok()) {
    for (StoredSession& other : *others) {
      if (sessions.size() == kMaxSessions) break;
      if (!IsSame(other, session)) sessions.push_back(std::move(other));
    }
  }
  return WriteAll(sessions);
}

absl::Status SessionFile::Save(const SessionLock& lock,
                               const StoredSession& session) const {
  absl::StatusOr<std::vector<StoredSession>> sessions = ReadAll();
  if (!sessions.ok()) return SaveFirst(lock, session);
  for (StoredSession& other : *sessions) {
    if (!IsSame(other, session)) continue;
    other = session;
    return WriteAll(*sessions);
  }
  return SaveFirst(lock, session);
}

absl::StatusOr<StoredSession> SessionFile::Load(absl::string_view server,
                                                absl::string_view app) const {
  RETURN_IF_ERROR(CheckMode(path_));
  ASSIGN_OR_RETURN(std::vector<StoredSession> sessions, ReadAll());
  if (sessions.empty()) {
    return absl::FailedPreconditionError(
        "there is no session: run `latchkey login` first");
  }
  for (StoredSession& session : sessions) {
    if (session.server != server) continue;
    if (app.empty() || session.app == app) return std::move(session);
  }
  return NoSession(sessions, server, app);
}

absl::Status SessionFile::Remove(const SessionLock& /*lock*/,
                                 const StoredSession& session) const {
  ASSIGN_OR_RETURN(std::vector<StoredSession> sessions, ReadAll());
  sessions.erase(std::remove_if(sessions.begin(), sessions.end(),
                                [&session](const StoredSession& one) {
                                  return IsSame(one, session);
                                }),
                 sessions.end());
  if (!sessions.empty()) return WriteAll(sessions);
  if (unlink(path_.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(path_, ": cannot be removed"));
}

}  // namespace latchkey
