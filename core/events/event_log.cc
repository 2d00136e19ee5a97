#include "core/events/event_log.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/log.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

// Bounds how long a write of events holds up the logins in its group: about
// two milliseconds.
constexpr size_t kMaxBatch = 256;
constexpr absl::Duration kRetryDelay = absl::Seconds(1);
constexpr absl::Duration kTrimInterval = absl::Minutes(1);
// Trimmed in a row; the rest comes with what is written next.
constexpr int kTrims = 20;
// Texts of callers are bounded before they come here; this bounds the rest.
constexpr size_t kMaxText = 1024;

std::string Bounded(absl::string_view text) {
  return std::string(text.substr(0, kMaxText));
}

absl::string_view ActionOf(const AuditEvent& event) {
  const bool ended = event.action == audit_action::kSessionRevoked ||
                     event.action == audit_action::kSessionsRevoked;
  const bool by_user = event.detail == "logout" || event.detail == "logout_all";
  return ended && by_user ? kLogoutAction : event.action;
}

EventRecord RecordOf(const AuditEvent& event, absl::Time now) {
  EventRecord record;
  record.time = now;
  record.action = std::string(ActionOf(event));
  record.app = AppId(Bounded(event.app.value()));
  record.user = event.user;
  record.session = event.session;
  record.provider = ProviderName(Bounded(event.provider.value()));
  record.providers = Bounded(event.providers);
  record.target = Bounded(event.target);
  record.actor = Bounded(event.actor);
  record.peer = Bounded(event.peer);
  record.request_id = Bounded(event.request_id);
  record.detail = Bounded(event.detail);
  return record;
}

}  // namespace

EventLog::EventLog(EventLogOptions options, Deps deps)
    : options_(options),
      deps_(deps),
      task_("lk-events", deps.clock, [this] { return WriteDue(); }) {
  const absl::StatusOr<EventRange> range = deps_.store->Range();
  absl::MutexLock lock(&mu_);
  if (range.ok()) newest_ = std::max(newest_, range->newest);
}

EventLog::~EventLog() {
  task_.Stop();
  std::vector<EventRecord> left;
  {
    absl::MutexLock lock(&mu_);
    left = std::exchange(queue_, {});
  }
  if (left.empty()) return;
  if (!deps_.store->Append(left).ok()) {
    Log(LogLevel::kError, "events_lost", {{"count", left.size()}});
  }
}

void EventLog::Record(const AuditEvent& event) {
  deps_.next->Record(event);
  EventRecord record = RecordOf(event, deps_.clock->TimeNow());
  bool wake = false;
  {
    absl::MutexLock lock(&mu_);
    if (queue_.size() >= options_.queue_length) {
      ++figures_.dropped;
      return;
    }
    queue_.push_back(std::move(record));
    wake = !std::exchange(awake_, true);
  }
  if (wake) task_.Wake();
}

void EventLog::AddListener(std::function<void()> listener) {
  absl::MutexLock lock(&listeners_mu_);
  listeners_.push_back(std::move(listener));
}

void EventLog::RemoveListeners() {
  absl::MutexLock lock(&listeners_mu_);
  listeners_.clear();
}

void EventLog::Flush(absl::Time deadline) {
  {
    absl::MutexLock lock(&mu_);
    hurry_ = true;
    awake_ = true;
  }
  task_.Wake();
  absl::MutexLock lock(&mu_);
  deps_.clock->AwaitWithDeadline(
      &mu_, absl::Condition(this, &EventLog::Settled), deadline);
}

uint64_t EventLog::newest() const {
  absl::MutexLock lock(&mu_);
  return newest_;
}

EventLog::Figures EventLog::figures() const {
  absl::MutexLock lock(&mu_);
  Figures figures = figures_;
  figures.waiting = queue_.size();
  return figures;
}

// False: nothing to be written now.
bool EventLog::TakeBatch(absl::Time now, std::vector<EventRecord>* batch) {
  absl::MutexLock lock(&mu_);
  if (queue_.empty()) {
    hurry_ = false;
    awake_ = false;
    return false;
  }
  if (now < not_before_ && !hurry_) return false;
  writing_ = true;
  if (queue_.size() <= kMaxBatch) {
    batch->swap(queue_);
    return true;
  }
  const auto end = queue_.begin() + kMaxBatch;
  batch->assign(std::make_move_iterator(queue_.begin()),
                std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return true;
}

void EventLog::PutBack(std::vector<EventRecord> batch) {
  absl::MutexLock lock(&mu_);
  // They have their place already: the queue may be this much longer.
  batch.insert(batch.end(), std::make_move_iterator(queue_.begin()),
               std::make_move_iterator(queue_.end()));
  queue_.swap(batch);
  writing_ = false;
  hurry_ = false;
  ++figures_.failed_writes;
}

absl::Status EventLog::WriteBatch(const std::vector<EventRecord>& batch) {
  ASSIGN_OR_RETURN(const uint64_t last, deps_.store->Append(batch));
  {
    absl::MutexLock lock(&mu_);
    newest_ = std::max(newest_, last);
    figures_.written += batch.size();
    writing_ = false;
  }
  {
    absl::MutexLock lock(&listeners_mu_);
    for (const auto& listener : listeners_) listener();
  }
  since_trim_ += batch.size();
  return absl::OkStatus();
}

absl::Time EventLog::WriteDue() {
  std::vector<EventRecord> batch;
  while (TakeBatch(deps_.clock->TimeNow(), &batch)) {
    const absl::Status written = WriteBatch(batch);
    const absl::Time now = deps_.clock->TimeNow();
    if (!written.ok()) {
      Log(LogLevel::kWarning, "events_not_written",
          {{"count", batch.size()}, {"error", written.message()}});
      PutBack(std::move(batch));
      absl::MutexLock lock(&mu_);
      not_before_ = now + kRetryDelay;
      return not_before_;
    }
    batch.clear();
    Trim(now);
    absl::MutexLock lock(&mu_);
    // A long queue does not wait for company.
    if (queue_.size() < kMaxBatch) not_before_ = now + kLinger;
  }
  const absl::Time now = deps_.clock->TimeNow();
  Trim(now);
  absl::MutexLock lock(&mu_);
  return awake_ ? std::min(not_before_, next_trim_) : next_trim_;
}

void EventLog::Trim(absl::Time now) {
  if (now < next_trim_ && since_trim_ < EventStore::kMaxTrim) return;
  since_trim_ = 0;
  next_trim_ = now + kTrimInterval;
  for (int i = 0; i < kTrims; ++i) {
    const absl::StatusOr<size_t> removed =
        deps_.store->Trim(now - options_.retention, options_.max_events);
    if (!removed.ok()) return;
    {
      absl::MutexLock lock(&mu_);
      figures_.trimmed += *removed;
    }
    if (*removed < EventStore::kMaxTrim) return;
    next_trim_ = now;  // there is more
  }
}

}  // namespace latchkey
