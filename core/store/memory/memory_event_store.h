// EventStore in memory.
#ifndef LATCHKEY_CORE_STORE_MEMORY_MEMORY_EVENT_STORE_H_
#define LATCHKEY_CORE_STORE_MEMORY_MEMORY_EVENT_STORE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/store/event_store.h"

namespace latchkey {

// Thread-safe; never blocks on I/O; holds everything until trimmed.
class MemoryEventStore final : public EventStore {
 public:
  absl::StatusOr<uint64_t> Append(
      absl::Span<const EventRecord> events) override;
  absl::StatusOr<EventPage> ListAfter(uint64_t after, const EventFilter& filter,
                                      size_t limit) override;
  absl::StatusOr<EventPage> ListBefore(uint64_t before,
                                       const EventFilter& filter,
                                       size_t limit) override;
  absl::StatusOr<EventRange> Range() override;
  absl::StatusOr<size_t> Trim(absl::Time before, size_t keep) override;
  absl::StatusOr<std::optional<uint64_t>> LoadCursor(
      absl::string_view name) override;
  absl::Status SaveCursor(absl::string_view name, uint64_t id) override;

 private:
  absl::Mutex mu_;
  uint64_t last_id_ ABSL_GUARDED_BY(mu_) = 0;
  std::deque<EventRecord> events_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, uint64_t> cursors_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_MEMORY_MEMORY_EVENT_STORE_H_
