#include "core/store/sqlite/sqlite_session_store.h"

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/store/sqlite/query.h"
#include "core/store/sqlite/session_row.h"
#include "core/store/stored_time.h"

namespace latchkey {
namespace {

// Bounds one call of RemoveDead, and so how long other writes wait for it.
constexpr size_t kMaxRemoved = 1000;

#define LATCHKEY_SELECT_SESSION                                  \
  "SELECT seq, id, app, user, provider, subject, roles, device," \
  " counter, advanced_at, created_at, expires_at, rotates,"      \
  " revoked_at FROM sessions "

absl::Status NotFound() {
  return Error(Reason::kResourceNotFound, "no such session in the store");
}

// The columns of LATCHKEY_SELECT_SESSION after seq.
SessionRecord ReadSession(Query* query) {
  SessionRecord session;
  session.id = ReadSessionId(query);
  session.app = AppId(query->ReadText());
  session.user = UserId(query->ReadText());
  session.provider = ProviderName(query->ReadText());
  session.subject = query->ReadText();
  session.roles = DecodeRoles(query->ReadText());
  session.device_json = query->ReadText();
  session.counter = query->ReadUnsigned();
  session.advanced_at = query->ReadTime();
  session.created_at = query->ReadTime();
  session.expires_at = query->ReadTime();
  session.rotates = query->ReadBool();
  session.revoked_at = query->ReadOptionalTime();
  return session;
}

struct Row {
  int64_t seq = 0;
  SessionRecord session;
};

absl::StatusOr<Row> FindRow(Connection* connection, const SessionId& id) {
  Query query(connection, LATCHKEY_SELECT_SESSION "WHERE id = ?");
  BindSessionId(&query, id);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return NotFound();
  const int64_t seq = query.ReadInt();
  return Row{seq, ReadSession(&query)};
}

absl::Status WriteCounter(Connection* connection, const Row& row) {
  Query query(connection,
              "UPDATE sessions SET counter = ?, advanced_at = ?"
              " WHERE seq = ?");
  query.Unsigned(row.session.counter).Time(row.session.advanced_at);
  return query.Int(row.seq).Run();
}

// Reads and then writes: one step to everybody else, because only the writer's
// thread is here.
absl::StatusOr<AdvanceOutcome> Advance(Connection* connection,
                                       const SessionId& id, uint64_t expected,
                                       absl::Time now) {
  ASSIGN_OR_RETURN(Row row, FindRow(connection, id));
  SessionRecord& session = row.session;
  const bool may = session.counter == expected && !session.revoked_at &&
                   session.expires_at > AsStored(now);
  if (may) {
    ++session.counter;
    session.advanced_at = AsStored(now);
    RETURN_IF_ERROR(WriteCounter(connection, row));
  }
  return AdvanceOutcome{may, std::move(session)};
}

absl::StatusOr<std::vector<SessionId>> ReadIds(Query* query) {
  std::vector<SessionId> ids;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query->Next());
    if (!found) return ids;
    ids.push_back(ReadSessionId(query));
  }
}

absl::StatusOr<size_t> RemoveWhere(Connection* connection, const char* sql,
                                   absl::Time before, size_t limit) {
  Query query(connection, sql);
  RETURN_IF_ERROR(query.Time(before).Limit(limit).Run());
  return connection->Changes();
}

}  // namespace

absl::Status InsertSession(Connection* connection,
                           const SessionRecord& session) {
  Query query(connection,
              "INSERT INTO sessions (id, app, user, provider, subject, roles,"
              " device, counter, advanced_at, created_at, expires_at, rotates,"
              " revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  BindSessionId(&query, session.id);
  query.Text(session.app.value()).Text(session.user.value());
  query.Text(session.provider.value()).Text(session.subject);
  query.Text(EncodeRoles(session.roles)).Text(session.device_json);
  query.Unsigned(session.counter).Time(session.advanced_at);
  query.Time(session.created_at).Time(session.expires_at);
  query.Int(session.rotates).OptionalTime(session.revoked_at);
  return query.Run();
}

absl::Status SqliteSessionStore::Insert(const SessionRecord& session) {
  return database_->Write([&](Connection* connection) {
    return InsertSession(connection, session);
  });
}

absl::StatusOr<SessionRecord> SqliteSessionStore::Find(const SessionId& id) {
  ASSIGN_OR_RETURN(Row row, database_->Read([&](Connection* connection) {
    return FindRow(connection, id);
  }));
  return std::move(row.session);
}

absl::StatusOr<AdvanceOutcome> SqliteSessionStore::AdvanceCounter(
    const SessionId& id, uint64_t expected, absl::Time now) {
  AdvanceOutcome outcome;
  RETURN_IF_ERROR(database_->Write([&](Connection* connection) -> absl::Status {
    ASSIGN_OR_RETURN(outcome, Advance(connection, id, expected, now));
    return absl::OkStatus();
  }));
  return outcome;
}

absl::Status SqliteSessionStore::Revoke(const SessionId& id, absl::Time now) {
  return database_->Write([&](Connection* connection) -> absl::Status {
    Query query(connection,
                "UPDATE sessions SET revoked_at = ifnull(revoked_at, ?2)"
                " WHERE id = ?1");
    BindSessionId(&query, id);
    RETURN_IF_ERROR(query.Time(now).Run());
    return connection->Changes() == 0 ? NotFound() : absl::OkStatus();
  });
}

absl::StatusOr<std::vector<SessionId>> SqliteSessionStore::RevokeAllOf(
    const AppId& app, const UserId& user, absl::Time now,
    const SessionScope& scope) {
  std::vector<SessionId> revoked;
  RETURN_IF_ERROR(database_->Write([&](Connection* connection) -> absl::Status {
    Query query(connection,
                "UPDATE sessions SET revoked_at = ?1 WHERE user = ?2"
                " AND app = ?3 AND revoked_at IS NULL AND id != ?4"
                " AND (?5 = '' OR provider = ?5)"
                " AND (?6 = '' OR subject = ?6)"
                " RETURNING id");
    query.Time(now).Text(user.value()).Text(app.value());
    BindSessionId(&query, scope.except);
    query.Text(scope.provider.value()).Text(scope.subject);
    ASSIGN_OR_RETURN(revoked, ReadIds(&query));
    return absl::OkStatus();
  }));
  return revoked;
}

absl::StatusOr<std::vector<SessionRecord>> SqliteSessionStore::ListOf(
    const AppId& app, const UserId& user, const SessionPosition& after,
    size_t limit) {
  return database_->Read([&](Connection* connection)
                             -> absl::StatusOr<std::vector<SessionRecord>> {
    // The first comparison of times finds the place in the index.
    Query query(connection, LATCHKEY_SELECT_SESSION
                "WHERE user = ?1 AND app = ?2 AND created_at <= ?3"
                " AND (created_at < ?3 OR id > ?4)"
                " ORDER BY created_at DESC, id LIMIT ?5");
    query.Text(user.value()).Text(app.value()).Time(after.created_at);
    BindSessionId(&query, after.id);
    query.Limit(limit);
    std::vector<SessionRecord> sessions;
    while (true) {
      ASSIGN_OR_RETURN(const bool found, query.Next());
      if (!found) return sessions;
      query.ReadInt();  // seq
      sessions.push_back(ReadSession(&query));
    }
  });
}

absl::StatusOr<std::vector<SessionId>> SqliteSessionStore::ListRevokedSince(
    absl::Time since) {
  return database_->Read([&](Connection* connection) {
    Query query(connection, "SELECT id FROM sessions WHERE revoked_at >= ?");
    return ReadIds(&query.Time(since));
  });
}

absl::StatusOr<size_t> SqliteSessionStore::RemoveDead(absl::Time before) {
  size_t removed = 0;
  RETURN_IF_ERROR(database_->Write([&](Connection* connection) -> absl::Status {
    ASSIGN_OR_RETURN(
        const size_t expired,
        RemoveWhere(connection,
                    "DELETE FROM sessions WHERE seq IN (SELECT seq FROM"
                    " sessions WHERE expires_at < ? LIMIT ?)",
                    before, kMaxRemoved));
    ASSIGN_OR_RETURN(
        const size_t revoked,
        RemoveWhere(connection,
                    "DELETE FROM sessions WHERE seq IN (SELECT seq FROM"
                    " sessions WHERE revoked_at < ? LIMIT ?)",
                    before, kMaxRemoved - expired));
    removed = expired + revoked;
    return absl::OkStatus();
  }));
  return removed;
}

}  // namespace latchkey
