// AuditSink takes what happened to accounts and sessions.
#ifndef LATCHKEY_CORE_AUDIT_AUDIT_H_
#define LATCHKEY_CORE_AUDIT_AUDIT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "core/audit/audit_actions.h"  // IWYU pragma: export
#include "core/base/call_context.h"
#include "core/base/ids.h"

namespace latchkey {

// AuditEvent: `action` is a word of audit_actions.h. Never holds a secret.
struct AuditEvent {
  AuditEvent() = default;
  // An event of a call: its actor, peer and request id.
  AuditEvent(absl::string_view what, const CallContext& call)
      : action(what),
        actor(call.actor),
        peer(call.peer),
        request_id(call.request_id) {}

  absl::string_view action;
  // The administrator that acted: "admin-key:<id>", "unix:uid=<uid>",
  // "san:<name of the client certificate>". Empty: the user, or nobody known.
  std::string actor;
  AppId app;
  UserId user;
  SessionId session;
  ProviderName provider;
  std::string target;  // id of what was acted on, as the action says
  std::string peer;
  std::string request_id;
  std::string detail;  // reason name or cause
  // Names of the providers of the user's identities, comma-separated, where
  // nobody could ask for them later: the user is deleted. Not in log lines.
  std::string providers;
};

// AuditSink never blocks, never fails. Thread-safe.
class AuditSink {
 public:
  virtual ~AuditSink() = default;
  virtual void Record(const AuditEvent& event) = 0;
};

// LogAuditSink writes events as log lines ("event":"audit"), whatever the log
// level is.
class LogAuditSink final : public AuditSink {
 public:
  void Record(const AuditEvent& event) override;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_AUDIT_AUDIT_H_
