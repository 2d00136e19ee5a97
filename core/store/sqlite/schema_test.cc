#include "core/store/sqlite/schema.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "core/base/reason.h"
#include "core/store/sqlite/connection.h"
#include "core/store/sqlite/database_file.h"
#include "core/store/sqlite/query.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using testing::HasSubstr;

// What a later program might bring.
constexpr Migration kSecond = {
    "notes on users", "ALTER TABLE users ADD COLUMN note TEXT DEFAULT 'none'"};
// Fails in its second statement.
constexpr Migration kBroken = {
    "broken", "CREATE TABLE half (x INTEGER); INSERT INTO nowhere VALUES (1)"};

class SchemaTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string path =
        testing::TempDir() + "/schema_" +
        testing::UnitTest::GetInstance()->current_test_info()->name() + ".db";
    auto file = DatabaseFile::Claim(path);
    ASSERT_THAT(file, IsOk());
    file_ = *std::move(file);
    auto connection = Connection::Open(path, Connection::Mode::kReadWrite, 256);
    ASSERT_THAT(connection, IsOk());
    connection_ = *std::move(connection);
  }

  // What the first column of the first row holds.
  std::string Ask(const char* sql) {
    Query query(connection_.get(), sql);
    const auto found = query.Next();
    if (!found.ok()) return std::string(found.status().message());
    return *found ? query.ReadText() : "no row";
  }

  // AllMigrations as of the first version, and `more`.
  static std::vector<Migration> First(std::vector<Migration> more = {}) {
    more.insert(more.begin(), AllMigrations().front());
    return more;
  }

  std::unique_ptr<DatabaseFile> file_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(SchemaTest, MigratesAnEmptyFile) {
  ASSERT_THAT(CheckOwnership(connection_.get(), AllMigrations()), IsOk());
  ASSERT_THAT(Migrate(connection_.get(), AllMigrations()), IsOk());
  EXPECT_EQ(Ask("PRAGMA user_version"), std::to_string(AllMigrations().size()));
  EXPECT_EQ(Ask("PRAGMA application_id"), "1280001369");  // "LKEY"
  EXPECT_EQ(Ask("SELECT count(*) FROM sessions"), "0");
}

TEST_F(SchemaTest, MigratesForwardAndKeepsRows) {
  ASSERT_THAT(Migrate(connection_.get(), First()), IsOk());
  ASSERT_THAT(
      connection_->Execute("INSERT INTO users (app, id, type, disabled, data,"
                           " custom_data, created_at, version)"
                           " VALUES ('app', 'u1', 0, 0, '{}', '{}', 5, 1)"),
      IsOk());
  const auto migrations = First({kSecond});
  ASSERT_THAT(CheckOwnership(connection_.get(), migrations), IsOk());
  ASSERT_THAT(Migrate(connection_.get(), migrations), IsOk());
  EXPECT_EQ(Ask("PRAGMA user_version"), "2");
  EXPECT_EQ(Ask("SELECT id || note || created_at FROM users"), "u1none5");
}

TEST_F(SchemaTest, MigratesOnce) {
  const auto migrations = First({kSecond});
  ASSERT_THAT(Migrate(connection_.get(), migrations), IsOk());
  // A second run of either would fail: the column and the tables are there.
  EXPECT_THAT(Migrate(connection_.get(), migrations), IsOk());
  EXPECT_EQ(Ask("PRAGMA user_version"), "2");
}

TEST_F(SchemaTest, FailedStepLeavesTheVersionBefore) {
  const auto migrations = First({kBroken});
  const absl::Status status = Migrate(connection_.get(), migrations);
  EXPECT_THAT(status, HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("schema version 2 (broken)"));
  EXPECT_EQ(Ask("PRAGMA user_version"), "1");
  EXPECT_EQ(Ask("SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), "0");
  EXPECT_FALSE(connection_->InTransaction());
}

TEST_F(SchemaTest, RefusesANewerVersion) {
  ASSERT_THAT(Migrate(connection_.get(), First({kSecond})), IsOk());
  const absl::Status status = CheckOwnership(connection_.get(), First());
  EXPECT_THAT(status, HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("schema version 2; this program knows versions up to "
                        "1"));
}

TEST_F(SchemaTest, RefusesAnotherProgramsDatabase) {
  for (const char* sql :
       {"CREATE TABLE theirs (x)",
        "DROP TABLE theirs; PRAGMA application_id = 7",
        "PRAGMA application_id = 0; PRAGMA user_version = 1"}) {
    ASSERT_THAT(connection_->Execute(sql), IsOk());
    const absl::Status status =
        CheckOwnership(connection_.get(), AllMigrations());
    EXPECT_THAT(status, HasReason(Reason::kStoreUnavailable)) << sql;
    EXPECT_THAT(std::string(status.message()), HasSubstr("another program"));
  }
}

}  // namespace
}  // namespace latchkey
