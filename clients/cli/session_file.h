// SessionFile keeps sessions between commands: one for each server and app.
#ifndef LATCHKEY_CLIENTS_CLI_SESSION_FILE_H_
#define LATCHKEY_CLIENTS_CLI_SESSION_FILE_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "latchkey/v1/session.pb.h"

namespace latchkey {

// IssuerGrant is what is kept of an issuer where a person logged in, so that a
// session that is over can be begun anew without asking. Plain data.
struct IssuerGrant {
  std::string issuer;  // empty: the session did not begin at one
  std::string client_id;
  std::string token_kind;     // what Login takes: "access_token" or "id_token"
  std::string refresh_token;  // the issuer's; empty: none
};

// StoredSession: plain data.
struct StoredSession {
  std::string server;  // who gave it, and the only one that gets it
  std::string app;
  std::string provider;  // its name, where it is known
  std::string user_id;
  std::string session_id;
  std::string access_token;
  std::string refresh_token;
  IssuerGrant grant;
  absl::Time obtained_at;  // by our clock; InfinitePast: not known
  absl::Time access_expires_at;
  absl::Time refresh_expires_at;
};

// TakeTokens puts the tokens of `session`, which came at `now`, in the place of
// those that `stored` has.
void TakeTokens(const v1::Session& session, absl::Time now,
                StoredSession* stored);

// SessionLock keeps other processes from changing the file until it goes, or
// the process does.
class SessionLock final {
 public:
  SessionLock(SessionLock&& other) noexcept
      : file_(std::exchange(other.file_, -1)) {}
  SessionLock& operator=(SessionLock&&) = delete;
  ~SessionLock();

 private:
  friend class SessionFile;
  explicit SessionLock(int file) : file_(file) {}

  int file_;
};

// SessionFile is a JSON file with mode 0600, and a file FILE.lock beside it.
// Readers need no lock: the file is always replaced as a whole.
// Thread-compatible.
class SessionFile final {
 public:
  // The oldest of more sessions are forgotten.
  static constexpr size_t kMaxSessions = 16;

  explicit SessionFile(std::string path) : path_(std::move(path)) {}

  // XDG_CONFIG_HOME/latchkey/session.json, or ~/.config/… (XDG Base Directory
  // Specification). Empty when neither variable is set.
  static std::string DefaultPath(
      const std::function<std::optional<std::string>(const std::string&)>& env);

  // Lock makes the folder (0700) and waits, with `sleep` between its tries, for
  // a minute at most. FAILED_PRECONDITION when another process still has it, or
  // the folder cannot be written to.
  absl::StatusOr<SessionLock> Lock(
      const std::function<void(absl::Duration)>& sleep) const;

  // SaveFirst puts the session before the others, as a login does; Save puts it
  // in the place of the one with the same server and app. A file that cannot be
  // read is replaced.
  absl::Status SaveFirst(const SessionLock& lock,
                         const StoredSession& session) const;
  absl::Status Save(const SessionLock& lock,
                    const StoredSession& session) const;
  // Load gives the session with that server and app; with an empty app the
  // first one of that server. A failure that says how to log in when there is
  // none; UsageError when there are others only, others may read the file, or
  // it is damaged.
  absl::StatusOr<StoredSession> Load(absl::string_view server,
                                     absl::string_view app) const;
  // Remove forgets the session with that server and app, and removes the file
  // with the last one.
  absl::Status Remove(const SessionLock& lock,
                      const StoredSession& session) const;

  const std::string& path() const { return path_; }

 private:
  absl::StatusOr<std::vector<StoredSession>> ReadAll() const;
  absl::Status WriteAll(const std::vector<StoredSession>& sessions) const;

  std::string path_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_SESSION_FILE_H_
