// SessionFile keeps the session between commands.
#ifndef LATCHKEY_CLIENTS_CLI_SESSION_FILE_H_
#define LATCHKEY_CLIENTS_CLI_SESSION_FILE_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "latchkey/v1/session.pb.h"

namespace latchkey {

// StoredSession: plain data.
struct StoredSession {
  std::string server;  // who gave it, and the only one that gets it
  std::string app;
  std::string user_id;
  std::string session_id;
  std::string access_token;
  std::string refresh_token;
  absl::Time access_expires_at;
  absl::Time refresh_expires_at;
};

StoredSession ToStoredSession(const v1::Session& session,
                              absl::string_view server);

// SessionFile is a JSON file with mode 0600. Thread-compatible.
class SessionFile final {
 public:
  explicit SessionFile(std::string path) : path_(std::move(path)) {}

  // XDG_CONFIG_HOME/latchkey/session.json, or ~/.config/… (XDG Base Directory
  // Specification). Empty when neither variable is set.
  static std::string DefaultPath(
      const std::function<std::optional<std::string>(const std::string&)>& env);

  // Save replaces the file in one step and makes its folder (0700).
  absl::Status Save(const StoredSession& session) const;
  // Load: a failure that says how to log in when there is none; UsageError when
  // others may read the file or it is damaged.
  absl::StatusOr<StoredSession> Load() const;
  // Remove: a missing file is fine.
  absl::Status Remove() const;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_SESSION_FILE_H_
