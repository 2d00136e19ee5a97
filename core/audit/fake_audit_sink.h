// FakeAuditSink remembers what was recorded. For tests.
#ifndef LATCHKEY_CORE_AUDIT_FAKE_AUDIT_SINK_H_
#define LATCHKEY_CORE_AUDIT_FAKE_AUDIT_SINK_H_

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "core/audit/audit.h"

namespace latchkey {

// Thread-safe.
class FakeAuditSink final : public AuditSink {
 public:
  void Record(const AuditEvent& event) override {
    absl::MutexLock lock(&mu_);
    events_.push_back(event);
  }

  std::vector<AuditEvent> events() const {
    absl::MutexLock lock(&mu_);
    return events_;
  }

  // Of returns the last event of that action; an empty one when there is none.
  AuditEvent Of(absl::string_view action) const {
    AuditEvent found;
    for (const AuditEvent& event : events()) {
      if (event.action == action) found = event;
    }
    return found;
  }

  // Lines gives "action detail" of each event.
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    for (const AuditEvent& event : events()) {
      lines.push_back(absl::StrCat(event.action, " ", event.detail));
    }
    return lines;
  }

 private:
  mutable absl::Mutex mu_;
  std::vector<AuditEvent> events_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_AUDIT_FAKE_AUDIT_SINK_H_
