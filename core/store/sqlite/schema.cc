#include "core/store/sqlite/schema.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/store/sqlite/query.h"

namespace latchkey {
namespace {

constexpr int64_t kApplicationId = 0x4c4b4559;  // "LKEY"

// Rows come in the order they are made (seq), so that inserts append; random
// ids live in one unique index per table. Times are microseconds since 1970.
constexpr char kVersion1[] = R"sql(
CREATE TABLE users (
  seq INTEGER PRIMARY KEY,
  app TEXT NOT NULL,
  id TEXT NOT NULL,
  type INTEGER NOT NULL,       -- 0 normal, 1 server
  disabled INTEGER NOT NULL,
  data TEXT NOT NULL,
  custom_data TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_login_at INTEGER,
  version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_by_id ON users (app, id);

CREATE TABLE identities (
  user INTEGER NOT NULL REFERENCES users (seq) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  app TEXT NOT NULL,
  provider TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  data TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX identities_by_subject
  ON identities (app, provider, subject);

CREATE TABLE sessions (
  seq INTEGER PRIMARY KEY,
  id ANY NOT NULL,             -- 16 bytes; text when of another shape
  app TEXT NOT NULL,
  user TEXT NOT NULL,
  provider TEXT NOT NULL,
  subject TEXT NOT NULL,
  roles TEXT NOT NULL,         -- length:bytes, again and again
  device TEXT NOT NULL,
  counter INTEGER NOT NULL,
  advanced_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  rotates INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
CREATE UNIQUE INDEX sessions_by_id ON sessions (id);
CREATE INDEX sessions_by_user ON sessions (user);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_revoked ON sessions (revoked_at)
  WHERE revoked_at IS NOT NULL;

CREATE TABLE passwords (
  seq INTEGER PRIMARY KEY,
  app TEXT NOT NULL,
  id TEXT NOT NULL,
  provider TEXT NOT NULL,
  email TEXT NOT NULL,
  phc TEXT NOT NULL,
  confirmed INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX passwords_by_id ON passwords (app, id);
CREATE UNIQUE INDEX passwords_by_email ON passwords (app, provider, email);
CREATE INDEX passwords_pending ON passwords (app, id) WHERE confirmed = 0;

CREATE TABLE api_keys (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  app TEXT NOT NULL,
  owner TEXT NOT NULL,         -- the user; '' for the app's server keys
  user TEXT NOT NULL,
  server INTEGER NOT NULL,
  name TEXT NOT NULL,
  secret_sha256 BLOB NOT NULL,
  disabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT;
CREATE UNIQUE INDEX api_keys_by_id ON api_keys (id);
CREATE UNIQUE INDEX api_keys_by_name ON api_keys (app, owner, name);

CREATE TABLE signing_keys (
  seq INTEGER PRIMARY KEY,
  kid TEXT NOT NULL,
  purpose TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  state TEXT NOT NULL,         -- next, active, retired
  material BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  not_after INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX signing_keys_by_kid ON signing_keys (kid);
)sql";

// A page of a user's sessions is read from its place in the list.
constexpr char kVersion2[] = R"sql(
DROP INDEX sessions_by_user;
CREATE INDEX sessions_by_user ON sessions (user, app, created_at DESC, id);
)sql";

// Tokens of mails. Those without a password are decoys, made so that an unknown
// address costs what a known one does.
constexpr char kVersion3[] = R"sql(
CREATE TABLE one_time_tokens (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  app TEXT NOT NULL,
  provider TEXT NOT NULL,
  purpose INTEGER NOT NULL,    -- 1 confirmation, 2 password reset
  password TEXT NOT NULL,      -- id of the password; '' for a decoy
  email TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_time_tokens_by_id ON one_time_tokens (app, id);
CREATE INDEX one_time_tokens_by_password
  ON one_time_tokens (app, password, purpose);
CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at);
)sql";

// What happened, oldest first; ids say how far a reader came. No index but the
// key: each login writes here, and readers filter what they walk over.
constexpr char kVersion4[] = R"sql(
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  action TEXT NOT NULL,
  app TEXT NOT NULL,
  user TEXT NOT NULL,
  session TEXT NOT NULL,
  provider TEXT NOT NULL,
  providers TEXT NOT NULL,     -- of the user, comma-separated
  target TEXT NOT NULL,
  actor TEXT NOT NULL,
  peer TEXT NOT NULL,
  request_id TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;

CREATE TABLE event_cursors (
  name TEXT PRIMARY KEY,
  event INTEGER NOT NULL       -- the last one that was seen
) STRICT, WITHOUT ROWID;
)sql";

constexpr Migration kMigrations[] = {
    {"users, sessions, credentials, keys", kVersion1},
    {"sessions in order of their making", kVersion2},
    {"one-time tokens", kVersion3},
    {"events", kVersion4},
};

absl::StatusOr<int64_t> ReadNumber(Connection* connection, const char* sql) {
  Query query(connection, sql);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? query.ReadInt() : 0;
}

absl::StatusOr<int64_t> ReadVersion(Connection* connection) {
  return ReadNumber(connection, "PRAGMA user_version");
}

absl::Status Apply(Connection* connection, const Migration& migration,
                   int64_t version) {
  RETURN_IF_ERROR(connection->Execute("BEGIN IMMEDIATE"));
  const std::string stamp =
      absl::StrCat("PRAGMA application_id = ", kApplicationId,
                   "; PRAGMA user_version = ", version, "; COMMIT");
  absl::Status status = connection->Execute(migration.sql);
  if (status.ok()) status = connection->Execute(stamp.c_str());
  if (!status.ok()) {
    if (connection->InTransaction()) {
      connection->Execute("ROLLBACK").IgnoreError();
    }
    return Error(Reason::kStoreUnavailable,
                 absl::StrCat("schema version ", version, " (", migration.name,
                              "): ", status.message()));
  }
  Log(LogLevel::kInfo, "store_migrated",
      {{"version", version}, {"what", migration.name}});
  return absl::OkStatus();
}

}  // namespace

absl::Span<const Migration> AllMigrations() { return kMigrations; }

absl::Status CheckOwnership(Connection* connection,
                            absl::Span<const Migration> migrations) {
  ASSIGN_OR_RETURN(const int64_t application,
                   ReadNumber(connection, "PRAGMA application_id"));
  ASSIGN_OR_RETURN(const int64_t version, ReadVersion(connection));
  ASSIGN_OR_RETURN(
      const int64_t tables,
      ReadNumber(connection, "SELECT count(*) FROM sqlite_schema"));
  const bool empty = application == 0 && version == 0 && tables == 0;
  if (!empty && application != kApplicationId) {
    return Error(Reason::kStoreUnavailable,
                 "the file is a database of another program");
  }
  if (version > static_cast<int64_t>(migrations.size())) {
    return Error(Reason::kStoreUnavailable,
                 absl::StrCat("the database has schema version ", version,
                              "; this program knows versions up to ",
                              migrations.size(), ": run the newer program"));
  }
  return absl::OkStatus();
}

absl::Status Migrate(Connection* connection,
                     absl::Span<const Migration> migrations) {
  ASSIGN_OR_RETURN(int64_t version, ReadVersion(connection));
  while (version < static_cast<int64_t>(migrations.size())) {
    const Migration& next = migrations[static_cast<size_t>(version)];
    RETURN_IF_ERROR(Apply(connection, next, ++version));
  }
  return absl::OkStatus();
}

}  // namespace latchkey
