#include "core/store/memory/memory_event_store.h"

#include <algorithm>

#include "core/store/stored_time.h"

namespace latchkey {
namespace {

// Scan looks at [from, to) in that order.
template <typename Iterator>
EventPage Scan(Iterator from, Iterator to, const EventFilter& filter,
               size_t limit) {
  EventPage page;
  size_t scanned = 0;
  for (; from != to; ++from) {
    if (page.events.size() >= limit || scanned >= EventStore::kMaxScan) {
      page.more = true;
      break;
    }
    ++scanned;
    page.reached = from->id;
    if (filter.Matches(*from)) page.events.push_back(*from);
  }
  return page;
}

}  // namespace

absl::StatusOr<uint64_t> MemoryEventStore::Append(
    absl::Span<const EventRecord> events) {
  absl::MutexLock lock(&mu_);
  for (const EventRecord& event : events) {
    EventRecord& stored = events_.emplace_back(event);
    stored.id = ++last_id_;
    stored.time = AsStored(event.time);
  }
  return last_id_;
}

absl::StatusOr<EventPage> MemoryEventStore::ListAfter(uint64_t after,
                                                      const EventFilter& filter,
                                                      size_t limit) {
  absl::MutexLock lock(&mu_);
  const auto first = std::upper_bound(
      events_.begin(), events_.end(), after,
      [](uint64_t id, const EventRecord& event) { return id < event.id; });
  EventPage page = Scan(first, events_.end(), filter, limit);
  if (page.reached == 0) page.reached = after;
  return page;
}

absl::StatusOr<EventPage> MemoryEventStore::ListBefore(
    uint64_t before, const EventFilter& filter, size_t limit) {
  absl::MutexLock lock(&mu_);
  const auto end =
      before == 0 ? events_.end()
                  : std::lower_bound(events_.begin(), events_.end(), before,
                                     [](const EventRecord& event, uint64_t id) {
                                       return event.id < id;
                                     });
  EventPage page =
      Scan(std::make_reverse_iterator(end), events_.rend(), filter, limit);
  if (page.reached == 0) page.reached = before;
  return page;
}

absl::StatusOr<EventRange> MemoryEventStore::Range() {
  absl::MutexLock lock(&mu_);
  if (events_.empty()) return EventRange();
  return EventRange{events_.front().id, events_.back().id};
}

absl::StatusOr<size_t> MemoryEventStore::Trim(absl::Time before, size_t keep) {
  absl::MutexLock lock(&mu_);
  // As far as kMaxTrim reaches, in whatever order the times are.
  const size_t looked_at = std::min(kMaxTrim, events_.size());
  const uint64_t last_kept = last_id_ < keep ? 0 : last_id_ - keep;
  const uint64_t newest = last_id_;
  const auto end = events_.begin() + static_cast<std::ptrdiff_t>(looked_at);
  const auto kept =
      std::remove_if(events_.begin(), end, [&](const EventRecord& event) {
        return event.id < newest &&
               (event.time < before || event.id <= last_kept);
      });
  const size_t removed = static_cast<size_t>(end - kept);
  events_.erase(kept, end);
  return removed;
}

absl::StatusOr<std::optional<uint64_t>> MemoryEventStore::LoadCursor(
    absl::string_view name) {
  absl::MutexLock lock(&mu_);
  const auto found = cursors_.find(std::string(name));
  if (found == cursors_.end()) return std::optional<uint64_t>();
  return std::optional<uint64_t>(found->second);
}

absl::Status MemoryEventStore::SaveCursor(absl::string_view name, uint64_t id) {
  absl::MutexLock lock(&mu_);
  cursors_[std::string(name)] = id;
  return absl::OkStatus();
}

}  // namespace latchkey
