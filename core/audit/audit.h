// AuditSink takes what happened to accounts and sessions.
#ifndef LATCHKEY_CORE_AUDIT_AUDIT_H_
#define LATCHKEY_CORE_AUDIT_AUDIT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "core/base/ids.h"

namespace latchkey {

// AuditEvent: `action` is a fixed snake_case word ("login", "login_failed",
// "refresh_reused", "link", ...). Never holds a secret.
struct AuditEvent {
  absl::string_view action;
  AppId app;
  UserId user;
  SessionId session;
  ProviderName provider;
  std::string peer;
  std::string request_id;
  std::string detail;  // reason name or cause
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
