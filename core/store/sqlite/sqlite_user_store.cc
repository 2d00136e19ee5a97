#include "core/store/sqlite/sqlite_user_store.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/store/sqlite/query.h"
#include "core/store/stored_time.h"

namespace latchkey {
namespace {

// A user with its identities is one query (one row per identity), so that a
// reader needs no transaction to see both as they were at one moment.
#define LATCHKEY_USER_COLUMNS                                             \
  "SELECT u.seq, u.app, u.id, u.type, u.disabled, u.data, u.custom_data," \
  " u.created_at, u.last_login_at, u.version,"                            \
  " i.provider, i.kind, i.subject, i.data, i.created_at "
#define LATCHKEY_WITH_IDENTITIES                 \
  " u LEFT JOIN identities i ON i.user = u.seq " \
  "ORDER BY u.id, i.position"

constexpr char kFind[] = LATCHKEY_USER_COLUMNS
    "FROM (SELECT * FROM users WHERE app = ? AND id = "
    "?)" LATCHKEY_WITH_IDENTITIES;

constexpr char kFindByIdentity[] = LATCHKEY_USER_COLUMNS
    "FROM (SELECT * FROM users WHERE seq = (SELECT user FROM identities"
    " WHERE app = ? AND provider = ? AND subject = "
    "?))" LATCHKEY_WITH_IDENTITIES;

constexpr char kList[] = LATCHKEY_USER_COLUMNS
    "FROM (SELECT * FROM users WHERE app = ?1 AND id > ?2"
    " AND (?3 IS NULL OR disabled = ?3) AND (?4 IS NULL OR type = ?4)"
    " AND (?5 IS NULL OR EXISTS (SELECT 1 FROM identities"
    " WHERE user = users.seq AND provider = ?5)) ORDER BY id LIMIT "
    "?6)" LATCHKEY_WITH_IDENTITIES;

absl::Status NotFound() {
  return Error(Reason::kUserNotFound, "no such user in the store");
}

// Kinds are kept by name, so that the order of the enum may change.
absl::StatusOr<ProviderKind> ParseKind(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(ProviderKind::kFacebook); ++i) {
    const auto kind = static_cast<ProviderKind>(i);
    if (name == ProviderKindName(kind)) return kind;
  }
  return Error(Reason::kInternal, "a provider kind of another version");
}

UserRecord ReadUser(Query* query) {
  UserRecord user;
  user.app = AppId(query->ReadText());
  user.id = UserId(query->ReadText());
  user.type = query->ReadBool() ? UserType::kServer : UserType::kNormal;
  user.disabled = query->ReadBool();
  user.data_json = query->ReadText();
  user.custom_data_json = query->ReadText();
  user.created_at = query->ReadTime();
  user.last_login_at = query->ReadOptionalTime();
  user.version = query->ReadUnsigned();
  return user;
}

absl::StatusOr<IdentityRecord> ReadIdentity(Query* query) {
  IdentityRecord identity;
  identity.provider = ProviderName(query->ReadText());
  ASSIGN_OR_RETURN(identity.kind, ParseKind(query->ReadText()));
  identity.subject = query->ReadText();
  identity.data_json = query->ReadText();
  identity.created_at = query->ReadTime();
  return identity;
}

// Runs a query of LATCHKEY_USER_COLUMNS.
absl::StatusOr<std::vector<UserRecord>> ReadUsers(Query* query) {
  std::vector<UserRecord> users;
  int64_t current = 0;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query->Next());
    if (!found) return users;
    const int64_t seq = query->ReadInt();
    UserRecord user = ReadUser(query);
    if (users.empty() || seq != current) users.push_back(std::move(user));
    current = seq;
    if (query->NextIsNull()) continue;
    ASSIGN_OR_RETURN(IdentityRecord identity, ReadIdentity(query));
    users.back().identities.push_back(std::move(identity));
  }
}

absl::StatusOr<UserRecord> ReadOneUser(Query* query) {
  ASSIGN_OR_RETURN(std::vector<UserRecord> users, ReadUsers(query));
  if (users.empty()) return NotFound();
  return std::move(users.front());
}

bool Same(const IdentityRecord& a, const IdentityRecord& b) {
  return a.provider == b.provider && a.kind == b.kind &&
         a.subject == b.subject && a.data_json == b.data_json &&
         AsStored(a.created_at) == AsStored(b.created_at);
}

absl::Status InsertIdentities(Connection* connection, int64_t seq,
                              const UserRecord& user) {
  int64_t position = 0;
  for (const IdentityRecord& identity : user.identities) {
    Query query(connection,
                "INSERT INTO identities (user, position, app, provider, kind,"
                " subject, data, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    query.Int(seq).Int(position++).Text(user.app.value());
    query.Text(identity.provider.value()).Text(ProviderKindName(identity.kind));
    query.Text(identity.subject).Text(identity.data_json);
    query.Time(identity.created_at);
    RETURN_IF_ERROR(query.Run(Reason::kIdentityInUse));
  }
  return absl::OkStatus();
}

// The stored user's key, when its version is that of `user`.
absl::StatusOr<int64_t> FindVersion(Connection* connection,
                                    const UserRecord& user) {
  Query query(connection,
              "SELECT seq, version FROM users WHERE app = ? AND id = ?");
  query.Text(user.app.value()).Text(user.id.value());
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return NotFound();
  const int64_t seq = query.ReadInt();
  if (query.ReadUnsigned() != user.version) {
    return Error(Reason::kConflict, "the user was changed in between");
  }
  return seq;
}

absl::StatusOr<std::vector<IdentityRecord>> ReadIdentities(
    Connection* connection, int64_t seq) {
  Query query(connection,
              "SELECT provider, kind, subject, data, created_at"
              " FROM identities WHERE user = ? ORDER BY position");
  query.Int(seq);
  std::vector<IdentityRecord> identities;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return identities;
    ASSIGN_OR_RETURN(IdentityRecord identity, ReadIdentity(&query));
    identities.push_back(std::move(identity));
  }
}

// Most updates (each login is one) leave the identities as they are.
absl::Status UpdateIdentities(Connection* connection, int64_t seq,
                              const UserRecord& user) {
  ASSIGN_OR_RETURN(const std::vector<IdentityRecord> stored,
                   ReadIdentities(connection, seq));
  if (std::equal(stored.begin(), stored.end(), user.identities.begin(),
                 user.identities.end(), Same)) {
    return absl::OkStatus();
  }
  Query remove(connection, "DELETE FROM identities WHERE user = ?");
  RETURN_IF_ERROR(remove.Int(seq).Run());
  return InsertIdentities(connection, seq, user);
}

}  // namespace

absl::Status InsertUser(Connection* connection, const UserRecord& user) {
  Query query(connection,
              "INSERT INTO users (app, id, type, disabled, data, custom_data,"
              " created_at, last_login_at, version)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)");
  query.Text(user.app.value()).Text(user.id.value());
  query.Int(user.type == UserType::kServer).Int(user.disabled);
  query.Text(user.data_json).Text(user.custom_data_json);
  query.Time(user.created_at).OptionalTime(user.last_login_at);
  RETURN_IF_ERROR(query.Run());
  return InsertIdentities(connection, connection->LastInsertedKey(), user);
}

absl::Status UpdateUser(Connection* connection, const UserRecord& user) {
  ASSIGN_OR_RETURN(const int64_t seq, FindVersion(connection, user));
  RETURN_IF_ERROR(UpdateIdentities(connection, seq, user));
  Query query(connection,
              "UPDATE users SET type = ?, disabled = ?, data = ?,"
              " custom_data = ?, created_at = ?, last_login_at = ?,"
              " version = ? WHERE seq = ?");
  query.Int(user.type == UserType::kServer).Int(user.disabled);
  query.Text(user.data_json).Text(user.custom_data_json);
  query.Time(user.created_at).OptionalTime(user.last_login_at);
  query.Unsigned(user.version + 1).Int(seq);
  return query.Run();
}

absl::StatusOr<UserRecord> SqliteUserStore::Find(const AppId& app,
                                                 const UserId& id) {
  return database_->Read([&](Connection* connection) {
    Query query(connection, kFind);
    query.Text(app.value()).Text(id.value());
    return ReadOneUser(&query);
  });
}

absl::StatusOr<UserRecord> SqliteUserStore::FindByIdentity(
    const AppId& app, const ProviderName& provider, absl::string_view subject) {
  return database_->Read([&](Connection* connection) {
    Query query(connection, kFindByIdentity);
    query.Text(app.value()).Text(provider.value()).Text(subject);
    return ReadOneUser(&query);
  });
}

absl::Status SqliteUserStore::Insert(const UserRecord& user) {
  return database_->Write(
      [&](Connection* connection) { return InsertUser(connection, user); });
}

absl::Status SqliteUserStore::CompareAndUpdate(const UserRecord& user) {
  return database_->Write(
      [&](Connection* connection) { return UpdateUser(connection, user); });
}

absl::Status SqliteUserStore::Remove(const AppId& app, const UserId& id) {
  return database_->Write([&](Connection* connection) -> absl::Status {
    Query query(connection, "DELETE FROM users WHERE app = ? AND id = ?");
    query.Text(app.value()).Text(id.value());
    RETURN_IF_ERROR(query.Run());
    return connection->Changes() == 0 ? NotFound() : absl::OkStatus();
  });
}

absl::StatusOr<std::vector<UserId>> SqliteUserStore::RemoveUnchanged(
    absl::Span<const UserRecord> users) {
  std::vector<UserId> removed;
  const absl::Status written =
      database_->Write([&](Connection* connection) -> absl::Status {
        removed.clear();
        for (const UserRecord& user : users) {
          Query query(connection,
                      "DELETE FROM users"
                      " WHERE app = ? AND id = ? AND version = ?");
          query.Text(user.app.value()).Text(user.id.value());
          RETURN_IF_ERROR(query.Unsigned(user.version).Run());
          if (connection->Changes() > 0) removed.push_back(user.id);
        }
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(written);
  return removed;
}

absl::StatusOr<std::vector<UserRecord>> SqliteUserStore::List(
    const AppId& app, const UserFilter& filter, const UserId& after,
    size_t limit) {
  return database_->Read([&](Connection* connection) {
    Query query(connection, kList);
    query.Text(app.value()).Text(after.value());
    filter.disabled ? query.Int(*filter.disabled) : query.Null();
    filter.type ? query.Int(*filter.type == UserType::kServer) : query.Null();
    filter.provider ? query.Text(filter.provider->value()) : query.Null();
    query.Limit(limit);
    return ReadUsers(&query);
  });
}

}  // namespace latchkey
