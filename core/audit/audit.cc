#include "core/audit/audit.h"

#include <utility>
#include <vector>

#include "core/base/log.h"

namespace latchkey {

void LogAuditSink::Record(const AuditEvent& event) {
  std::vector<LogField> fields = {{"action", event.action}};
  const auto add = [&fields](absl::string_view key, absl::string_view value) {
    if (!value.empty()) fields.emplace_back(key, value);
  };
  add("actor", event.actor);
  add("app", event.app.value());
  add("user", event.user.value());
  add("session", event.session.value());
  add("provider", event.provider.value());
  add("target", event.target);
  add("peer", event.peer);
  add("request_id", event.request_id);
  add("detail", event.detail);
  LogAlways("audit", std::move(fields));
}

}  // namespace latchkey
