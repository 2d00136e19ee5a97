// The schema of the SQLite store and its versions.
#ifndef LATCHKEY_CORE_STORE_SQLITE_SCHEMA_H_
#define LATCHKEY_CORE_STORE_SQLITE_SCHEMA_H_

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "core/store/sqlite/connection.h"

namespace latchkey {

// Migration takes the schema from one version to the next.
struct Migration {
  const char* name;  // for the log
  const char* sql;   // statements without BEGIN and COMMIT
};

// AllMigrations are in order: the first makes version 1 out of an empty file.
// What was released never changes; new ones come at the end.
absl::Span<const Migration> AllMigrations();

// CheckOwnership reads and changes nothing: STORE_UNAVAILABLE when the file is
// no database, another program's, or newer than `migrations` reach.
absl::Status CheckOwnership(Connection* connection,
                            absl::Span<const Migration> migrations);

// Migrate brings the schema to the newest version, each step in a transaction
// of its own with its version number. Call after CheckOwnership.
absl::Status Migrate(Connection* connection,
                     absl::Span<const Migration> migrations);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_SQLITE_SCHEMA_H_
