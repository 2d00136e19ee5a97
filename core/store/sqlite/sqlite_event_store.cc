#include "core/store/sqlite/sqlite_event_store.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/store/sqlite/query.h"

namespace latchkey {
namespace {

#define LATCHKEY_EVENT_COLUMNS                                        \
  "SELECT id, time, action, app, user, session, provider, providers," \
  " target, actor, peer, request_id, detail FROM events "

constexpr char kListAfter[] =
    LATCHKEY_EVENT_COLUMNS "WHERE id > ? ORDER BY id LIMIT ?";
constexpr char kListBefore[] =
    LATCHKEY_EVENT_COLUMNS "WHERE id < ? ORDER BY id DESC LIMIT ?";

EventRecord ReadEvent(Query* query) {
  EventRecord event;
  event.id = query->ReadUnsigned();
  event.time = query->ReadTime();
  event.action = query->ReadText();
  event.app = AppId(query->ReadText());
  event.user = UserId(query->ReadText());
  event.session = SessionId(query->ReadText());
  event.provider = ProviderName(query->ReadText());
  event.providers = query->ReadText();
  event.target = query->ReadText();
  event.actor = query->ReadText();
  event.peer = query->ReadText();
  event.request_id = query->ReadText();
  event.detail = query->ReadText();
  return event;
}

// Scan runs a query of LATCHKEY_EVENT_COLUMNS whose last parameter is the
// number of rows; filters are looked at here, as the store in memory does.
absl::StatusOr<EventPage> Scan(Query* query, const EventFilter& filter,
                               size_t limit) {
  query->Limit(EventStore::kMaxScan + 1);
  EventPage page;
  for (size_t scanned = 0;; ++scanned) {
    ASSIGN_OR_RETURN(const bool found, query->Next());
    if (!found) return page;
    if (page.events.size() >= limit || scanned >= EventStore::kMaxScan) {
      page.more = true;
      return page;
    }
    EventRecord event = ReadEvent(query);
    page.reached = event.id;
    if (filter.Matches(event)) page.events.push_back(std::move(event));
  }
}

absl::Status InsertEvent(Connection* connection, const EventRecord& event) {
  // The key of a new row is that of the newest one and 1.
  Query query(connection,
              "INSERT INTO events (time, action, app, user, session, provider,"
              " providers, target, actor, peer, request_id, detail)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  query.Time(event.time).Text(event.action).Text(event.app.value());
  query.Text(event.user.value()).Text(event.session.value());
  query.Text(event.provider.value()).Text(event.providers);
  query.Text(event.target).Text(event.actor).Text(event.peer);
  return query.Text(event.request_id).Text(event.detail).Run();
}

absl::StatusOr<EventRange> ReadRange(Connection* connection) {
  Query query(connection,
              "SELECT coalesce((SELECT min(id) FROM events), 0),"
              " coalesce((SELECT max(id) FROM events), 0)");
  ASSIGN_OR_RETURN(const bool found, query.Next());
  EventRange range;
  if (!found) return range;
  range.oldest = query.ReadUnsigned();
  range.newest = query.ReadUnsigned();
  return range;
}

}  // namespace

absl::StatusOr<uint64_t> SqliteEventStore::Append(
    absl::Span<const EventRecord> events) {
  uint64_t last = 0;
  const absl::Status written =
      database_->Write([&](Connection* connection) -> absl::Status {
        for (const EventRecord& event : events) {
          RETURN_IF_ERROR(InsertEvent(connection, event));
        }
        last = static_cast<uint64_t>(connection->LastInsertedKey());
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(written);
  return last;
}

absl::StatusOr<EventPage> SqliteEventStore::ListAfter(uint64_t after,
                                                      const EventFilter& filter,
                                                      size_t limit) {
  return database_->Read(
      [&](Connection* connection) -> absl::StatusOr<EventPage> {
        Query query(connection, kListAfter);
        query.Unsigned(after);
        ASSIGN_OR_RETURN(EventPage page, Scan(&query, filter, limit));
        if (page.reached == 0) page.reached = after;
        return page;
      });
}

absl::StatusOr<EventPage> SqliteEventStore::ListBefore(
    uint64_t before, const EventFilter& filter, size_t limit) {
  return database_->Read(
      [&](Connection* connection) -> absl::StatusOr<EventPage> {
        Query query(connection, kListBefore);
        if (before == 0) {
          query.Int(std::numeric_limits<int64_t>::max());
        } else {
          query.Unsigned(before);
        }
        ASSIGN_OR_RETURN(EventPage page, Scan(&query, filter, limit));
        if (page.reached == 0) page.reached = before;
        return page;
      });
}

absl::StatusOr<EventRange> SqliteEventStore::Range() {
  return database_->Read(ReadRange);
}

absl::StatusOr<size_t> SqliteEventStore::Trim(absl::Time before, size_t keep) {
  size_t removed = 0;
  const absl::Status written =
      database_->Write([&](Connection* connection) -> absl::Status {
        ASSIGN_OR_RETURN(const EventRange range, ReadRange(connection));
        const uint64_t last = range.newest < keep ? 0 : range.newest - keep;
        // The times of all would be a long look.
        Query query(connection,
                    "DELETE FROM events WHERE id IN (SELECT id FROM (SELECT id,"
                    " time FROM events ORDER BY id LIMIT ?)"
                    " WHERE id < ? AND (time < ? OR id <= ?))");
        query.Limit(kMaxTrim).Unsigned(range.newest).Time(before);
        RETURN_IF_ERROR(query.Unsigned(last).Run());
        removed = connection->Changes();
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(written);
  return removed;
}

absl::StatusOr<std::optional<uint64_t>> SqliteEventStore::LoadCursor(
    absl::string_view name) {
  return database_->Read(
      [&](Connection* connection) -> absl::StatusOr<std::optional<uint64_t>> {
        Query query(connection,
                    "SELECT event FROM event_cursors WHERE name = ?");
        query.Text(name);
        ASSIGN_OR_RETURN(const bool found, query.Next());
        if (!found) return std::optional<uint64_t>();
        return std::optional<uint64_t>(query.ReadUnsigned());
      });
}

absl::Status SqliteEventStore::SaveCursor(absl::string_view name, uint64_t id) {
  return database_->Write([&](Connection* connection) {
    Query query(connection,
                "INSERT INTO event_cursors (name, event) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET event = excluded.event");
    return query.Text(name).Unsigned(id).Run();
  });
}

}  // namespace latchkey
