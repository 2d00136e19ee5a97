// EventLog writes the audit trail into the store, behind everybody's back.
#ifndef LATCHKEY_CORE_EVENTS_EVENT_LOG_H_
#define LATCHKEY_CORE_EVENTS_EVENT_LOG_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/audit/audit.h"
#include "core/base/background_task.h"
#include "core/base/clock.h"
#include "core/events/event_options.h"
#include "core/store/event_store.h"

namespace latchkey {

// The word of EventRecord::action for a session, or all of a user's, that ended
// by a logout. The log lines say "session_revoked" with that cause.
inline constexpr absl::string_view kLogoutAction = "logout";

// EventLog: thread-safe. Record neither blocks nor fails: events wait in a
// bounded queue and are written together by one thread ("lk-events"), at most
// every kLinger, so that a login never waits for them and they cost the store
// ten commits a second at most. A crash loses what still waits. The same
// thread removes what is too old or too much.
class EventLog final : public AuditSink {
 public:
  static constexpr absl::Duration kLinger = absl::Milliseconds(100);

  // Everything is borrowed. Each event also goes to `next` at once.
  struct Deps {
    AuditSink* next;
    EventStore* store;
    Clock* clock;
  };
  EventLog(EventLogOptions options, Deps deps);
  // Writes what waits, once.
  ~EventLog() override;

  void Record(const AuditEvent& event) override;

  // AddListener adds a function that is called, by the log's thread, after
  // events were written. It must not block. None is called after
  // RemoveListeners.
  void AddListener(std::function<void()> listener);
  void RemoveListeners();

  // Flush waits until all that was recorded before is written, until `deadline`
  // at most.
  void Flush(absl::Time deadline);

  // The id of the newest event that was written; 0: none yet.
  uint64_t newest() const;

  struct Figures {
    size_t waiting = 0;
    uint64_t written = 0;
    uint64_t dropped = 0;  // the queue was full
    uint64_t failed_writes = 0;
    uint64_t trimmed = 0;
  };
  Figures figures() const;

 private:
  // WriteDue writes what may be written now; returns when to go on.
  absl::Time WriteDue();
  bool TakeBatch(absl::Time now, std::vector<EventRecord>* batch);
  absl::Status WriteBatch(const std::vector<EventRecord>& batch);
  void PutBack(std::vector<EventRecord> batch);
  void Trim(absl::Time now);
  bool Settled() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return queue_.empty() && !writing_;
  }

  const EventLogOptions options_;
  const Deps deps_;
  // The thread's own.
  absl::Time next_trim_ = absl::InfinitePast();
  size_t since_trim_ = 0;

  absl::Mutex listeners_mu_;  // never taken with mu_ held
  std::vector<std::function<void()>> listeners_ ABSL_GUARDED_BY(listeners_mu_);

  mutable absl::Mutex mu_;
  std::vector<EventRecord> queue_ ABSL_GUARDED_BY(mu_);
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool awake_ ABSL_GUARDED_BY(mu_) = false;  // the thread will look again
  bool hurry_ ABSL_GUARDED_BY(mu_) = false;  // somebody waits in Flush
  absl::Time not_before_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  uint64_t newest_ ABSL_GUARDED_BY(mu_) = 0;
  Figures figures_ ABSL_GUARDED_BY(mu_);

  BackgroundTask task_;  // last: uses all the others
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_EVENTS_EVENT_LOG_H_
