// EventStore in SQLite.
#ifndef LATCHKEY_CORE_STORE_SQLITE_SQLITE_EVENT_STORE_H_
#define LATCHKEY_CORE_STORE_SQLITE_SQLITE_EVENT_STORE_H_

#include "core/store/event_store.h"
#include "core/store/sqlite/database.h"

namespace latchkey {

// Thread-safe. `database` outlives it.
class SqliteEventStore final : public EventStore {
 public:
  explicit SqliteEventStore(Database* database) : database_(database) {}

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
  Database* const database_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_SQLITE_SQLITE_EVENT_STORE_H_
