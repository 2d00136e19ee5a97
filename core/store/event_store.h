// EventStore keeps what happened, in its order, as far back as it is told to.
#ifndef LATCHKEY_CORE_STORE_EVENT_STORE_H_
#define LATCHKEY_CORE_STORE_EVENT_STORE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/base/ids.h"

namespace latchkey {

// EventRecord is one audit event. Holds no secret.
struct EventRecord {
  uint64_t id = 0;  // set by the store; grows, and never comes again
  absl::Time time;
  std::string action;  // a word of core/audit/audit_actions.h, or "logout"
  AppId app;
  UserId user;
  SessionId session;
  ProviderName provider;
  // Names of the providers of the user's identities, comma-separated, where
  // the event says them.
  std::string providers;
  std::string target;
  std::string actor;
  std::string peer;
  std::string request_id;
  std::string detail;
};

// EventFilter: all of it must hold; what is empty always does.
struct EventFilter {
  AppId app;
  UserId user;
  std::vector<std::string> actions;  // one of them
  std::optional<absl::Time> since;   // at this time or later
  std::optional<absl::Time> until;   // before this time

  bool Matches(const EventRecord& event) const;
};

// EventPage is what one call found.
struct EventPage {
  std::vector<EventRecord> events;
  // Every event up to this one (from it on, going backwards) was looked at,
  // matching or not: where the next call goes on.
  uint64_t reached = 0;
  // There are events behind `reached`.
  bool more = false;
};

// EventRange: the ids of the oldest and the newest event; 0 and 0 when there
// was never one.
struct EventRange {
  uint64_t oldest = 0;
  uint64_t newest = 0;
};

// EventStore: thread-safe; may block on I/O. Errors: STORE_UNAVAILABLE.
class EventStore {
 public:
  // What a List looks at, and a Trim removes, at most in one call.
  static constexpr size_t kMaxScan = 10'000;
  static constexpr size_t kMaxTrim = 1000;

  virtual ~EventStore() = default;

  // Append stores the events in their order, whatever ids they have, in one
  // atomic write, and gives the id of the last one. `events` is not empty.
  virtual absl::StatusOr<uint64_t> Append(
      absl::Span<const EventRecord> events) = 0;
  // ListAfter gives up to `limit` events with ids over `after`, oldest first;
  // ListBefore those under `before` (0: all), newest first.
  virtual absl::StatusOr<EventPage> ListAfter(uint64_t after,
                                              const EventFilter& filter,
                                              size_t limit) = 0;
  virtual absl::StatusOr<EventPage> ListBefore(uint64_t before,
                                               const EventFilter& filter,
                                               size_t limit) = 0;
  virtual absl::StatusOr<EventRange> Range() = 0;
  // Trim looks at the oldest events and removes those that happened before
  // `before` and those that are not among the newest `keep`; returns how many.
  // The newest event always stays: its id says what the next one is.
  virtual absl::StatusOr<size_t> Trim(absl::Time before, size_t keep) = 0;
  // Cursors say how far a reader came, by its name. nullopt: never saved.
  virtual absl::StatusOr<std::optional<uint64_t>> LoadCursor(
      absl::string_view name) = 0;
  virtual absl::Status SaveCursor(absl::string_view name, uint64_t id) = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_EVENT_STORE_H_
