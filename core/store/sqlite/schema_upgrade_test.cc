// Files that an older program left behind.
#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/store/credential_store.h"
#include "core/store/event_store.h"
#include "core/store/key_store.h"
#include "core/store/one_time_token_store.h"
#include "core/store/session_store.h"
#include "core/store/store.h"
#include "core/store/user_store.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using testing::ElementsAre;

// Schema version 1 as it was released: never changes, whatever schema.cc does.
constexpr char kSchema1[] = R"sql(
CREATE TABLE users (
  seq INTEGER PRIMARY KEY,
  app TEXT NOT NULL,
  id TEXT NOT NULL,
  type INTEGER NOT NULL,
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
  id ANY NOT NULL,
  app TEXT NOT NULL,
  user TEXT NOT NULL,
  provider TEXT NOT NULL,
  subject TEXT NOT NULL,
  roles TEXT NOT NULL,
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
  owner TEXT NOT NULL,
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
  state TEXT NOT NULL,
  material BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  not_after INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX signing_keys_by_kid ON signing_keys (kid);
)sql";

constexpr char kRows1[] = R"sql(
INSERT INTO users VALUES
  (1, 'app', '0123456789abcdef01234567', 0, 0, '{"name":"Ann"}', '{"c":1}',
   1700000000000001, 1700000000000002, 7),
  (2, 'app', '0123456789abcdef01234568', 1, 1, '{}', '{}',
   1700000000000003, NULL, 1);
INSERT INTO identities VALUES
  (1, 0, 'app', 'email_password', 'email_password', '0123456789abcdef0123456a',
   '{"email":"ann@example.com"}', 1700000000000001),
  (1, 1, 'app', 'okta', 'custom_jwt', '24601', '{}', 1700000000000002);
-- The first has an id of the usual shape, 16 bytes.
INSERT INTO sessions VALUES
  (1, X'000102030405060708090A0B0C0D0E0F', 'app', '0123456789abcdef01234567',
   'okta', '24601', '5:admin3:ops', '{"os":"linux"}', 3, 1700000000000020,
   1700000000000010, 1800000000000000, 1, NULL),
  (2, 'newest', 'app', '0123456789abcdef01234567', 'okta', '24601', '', '{}',
   0, 1700000000000030, 1700000000000030, 1800000000000000, 0,
   1700000000000040),
  (3, 'of another app', 'other', '0123456789abcdef01234567', 'okta', '24601',
   '', '{}', 0, 1700000000000025, 1700000000000025, 1800000000000000, 1, NULL);
INSERT INTO passwords VALUES
  (1, 'app', '0123456789abcdef0123456a', 'email_password', 'ann@example.com',
   '$argon2id$x', 1, 1700000000000001, 2),
  (2, 'app', '0123456789abcdef0123456b', 'email_password', 'bob@example.com',
   '$argon2id$y', 0, 1700000000000002, 1);
INSERT INTO api_keys VALUES
  (1, '0123456789abcdef0123456c', 'app', '0123456789abcdef01234567',
   '0123456789abcdef01234567', 0, 'laptop',
   X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F', 1,
   1700000000000001, 1700000000000002);
INSERT INTO signing_keys VALUES
  (1, 'k1', 'access', 'ES256', 'active', X'0102', 1700000000000001,
   9223372036854775807);
PRAGMA application_id = 1280001369;  -- "LKEY"
PRAGMA user_version = 1;
)sql";

const AppId kApp("app");
const UserId kAnn("0123456789abcdef01234567");

absl::Time At(int64_t micros) {
  return absl::FromUnixMicros(1'700'000'000'000'000 + micros);
}

class SchemaUpgradeTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/upgradeXXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    path_ = folder_ + "/latchkey.db";
    Run(kSchema1);
    Run(kRows1);
    auto store = NewSqliteStore({.path = path_});
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
  }
  void TearDown() override {
    store_ = nullptr;
    std::filesystem::remove_all(folder_);
  }

  // Runs statements on the file, past the store; the first value of the last.
  std::string Run(const char* sql) {
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open(path_.c_str(), &db), SQLITE_OK);
    std::string answer;
    char* error = nullptr;
    sqlite3_exec(
        db, sql,
        [](void* out, int, char** values, char**) {
          *static_cast<std::string*>(out) = values[0] ? values[0] : "";
          return 0;
        },
        &answer, &error);
    EXPECT_EQ(error, nullptr) << error;
    sqlite3_free(error);
    sqlite3_close(db);
    return answer;
  }

  std::string folder_;
  std::string path_;
  std::unique_ptr<Store> store_;
};

TEST_F(SchemaUpgradeTest, TheFileHasTheNewSchema) {
  store_ = nullptr;
  EXPECT_EQ(Run("PRAGMA user_version"), "4");
  EXPECT_EQ(Run("SELECT sql LIKE '%created_at%' FROM sqlite_schema"
                " WHERE name = 'sessions_by_user'"),
            "1");
  EXPECT_EQ(Run("PRAGMA integrity_check"), "ok");
}

TEST_F(SchemaUpgradeTest, UsersAreThereStill) {
  const auto ann =
      store_->users()->FindByIdentity(kApp, ProviderName("okta"), "24601");
  ASSERT_THAT(ann, IsOk());
  EXPECT_EQ(ann->id, kAnn);
  EXPECT_EQ(ann->type, UserType::kNormal);
  EXPECT_FALSE(ann->disabled);
  EXPECT_EQ(ann->data_json, R"({"name":"Ann"})");
  EXPECT_EQ(ann->custom_data_json, R"({"c":1})");
  EXPECT_EQ(ann->created_at, At(1));
  EXPECT_EQ(ann->last_login_at, At(2));
  EXPECT_EQ(ann->version, 7u);
  ASSERT_EQ(ann->identities.size(), 2u);
  EXPECT_EQ(ann->identities[0].kind, ProviderKind::kEmailPassword);
  EXPECT_EQ(ann->identities[0].data_json, R"({"email":"ann@example.com"})");
  EXPECT_EQ(ann->identities[1].kind, ProviderKind::kCustomJwt);
  const auto users = store_->users()->List(kApp, {}, UserId(), 10);
  ASSERT_THAT(users, IsOk());
  ASSERT_EQ(users->size(), 2u);
  EXPECT_EQ(users->back().type, UserType::kServer);
  EXPECT_TRUE(users->back().disabled);
  EXPECT_EQ(users->back().last_login_at, std::nullopt);
  EXPECT_THAT(store_->users()->CompareAndUpdate(*ann), IsOk());
}

TEST_F(SchemaUpgradeTest, SessionsAreThereStillAndListed) {
  const auto ids = [&](const SessionPosition& after, size_t limit) {
    std::vector<std::string> result;
    const auto sessions = store_->sessions()->ListOf(kApp, kAnn, after, limit);
    EXPECT_THAT(sessions, IsOk());
    for (const SessionRecord& session : *sessions) {
      result.push_back(session.id.value());
    }
    return result;
  };
  EXPECT_THAT(ids({}, 10), ElementsAre("newest", "AAECAwQFBgcICQoLDA0ODw"));
  EXPECT_THAT(ids({}, 1), ElementsAre("newest"));
  EXPECT_THAT(ids({At(30), SessionId("newest")}, 10),
              ElementsAre("AAECAwQFBgcICQoLDA0ODw"));
  const SessionId id("AAECAwQFBgcICQoLDA0ODw");
  const auto session = store_->sessions()->Find(id);
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->user, kAnn);
  EXPECT_EQ(session->provider, ProviderName("okta"));
  EXPECT_EQ(session->subject, "24601");
  EXPECT_THAT(session->roles, ElementsAre("admin", "ops"));
  EXPECT_EQ(session->device_json, R"({"os":"linux"})");
  EXPECT_EQ(session->counter, 3u);
  EXPECT_EQ(session->advanced_at, At(20));
  EXPECT_EQ(session->created_at, At(10));
  EXPECT_EQ(session->expires_at, absl::FromUnixSeconds(1'800'000'000));
  EXPECT_TRUE(session->rotates);
  EXPECT_EQ(session->revoked_at, std::nullopt);
  EXPECT_EQ(store_->sessions()->Find(SessionId("newest"))->revoked_at, At(40));
  const auto advanced = store_->sessions()->AdvanceCounter(id, 3, At(50));
  ASSERT_THAT(advanced, IsOk());
  EXPECT_TRUE(advanced->advanced);
}

// From version 2, which differs from 1 by an index only.
TEST_F(SchemaUpgradeTest, VersionTwoGetsOneTimeTokens) {
  store_ = nullptr;
  Run("DROP TABLE one_time_tokens; DROP TABLE events;"
      " DROP TABLE event_cursors; PRAGMA user_version = 2");
  auto store = NewSqliteStore({.path = path_});
  ASSERT_THAT(store, IsOk());
  store_ = *std::move(store);
  OneTimeToken token;
  token.id = "0123456789abcdef0123456d";
  token.app = kApp;
  token.password = "0123456789abcdef0123456b";
  token.sha256 = std::string(32, 'h');
  token.expires_at = At(1);
  ASSERT_THAT(store_->one_time_tokens()->Insert(token), IsOk());
  auto bob = store_->passwords()->FindById(kApp, token.password);
  ASSERT_THAT(bob, IsOk());
  bob->confirmed = true;
  ASSERT_THAT(store_->UpdatePasswordByToken(*bob, token.id), IsOk());
  EXPECT_TRUE(store_->passwords()->FindById(kApp, token.password)->confirmed);
  store_ = nullptr;
  EXPECT_EQ(Run("PRAGMA user_version"), "4");
  EXPECT_EQ(Run("SELECT count(*) FROM one_time_tokens"), "0");
}

TEST_F(SchemaUpgradeTest, VersionThreeGetsEvents) {
  store_ = nullptr;
  Run("DROP TABLE events; DROP TABLE event_cursors; PRAGMA user_version = 3");
  auto store = NewSqliteStore({.path = path_});
  ASSERT_THAT(store, IsOk());
  store_ = *std::move(store);
  EventRecord event;
  event.time = At(1);
  event.action = "login";
  EXPECT_THAT(store_->events()->Append({event}), IsOkAndHolds(1u));
  EXPECT_THAT(store_->events()->SaveCursor("hook", 1), IsOk());
  store_ = nullptr;
  EXPECT_EQ(Run("PRAGMA user_version"), "4");
  EXPECT_EQ(Run("SELECT action FROM events"), "login");
}

TEST_F(SchemaUpgradeTest, CredentialsAndKeysAreThereStill) {
  const auto password = store_->passwords()->FindByEmail(
      kApp, ProviderName("email_password"), "ann@example.com");
  ASSERT_THAT(password, IsOk());
  EXPECT_EQ(password->id, "0123456789abcdef0123456a");
  EXPECT_EQ(password->phc, "$argon2id$x");
  EXPECT_TRUE(password->confirmed);
  EXPECT_EQ(password->version, 2u);
  const auto pending = store_->passwords()->ListPending(kApp, "", 10);
  ASSERT_THAT(pending, IsOk());
  ASSERT_EQ(pending->size(), 1u);
  EXPECT_EQ(pending->front().email, "bob@example.com");

  const auto keys = store_->api_keys()->List(kApp, kAnn);
  ASSERT_THAT(keys, IsOk());
  ASSERT_EQ(keys->size(), 1u);
  EXPECT_EQ(keys->front().name, "laptop");
  EXPECT_EQ(keys->front().secret_sha256.size(), 32u);
  EXPECT_TRUE(keys->front().disabled);
  EXPECT_EQ(keys->front().last_used_at, At(2));

  const auto ring = store_->keys()->ListKeys();
  ASSERT_THAT(ring, IsOk());
  ASSERT_EQ(ring->size(), 1u);
  EXPECT_EQ(ring->front().kid, "k1");
  EXPECT_EQ(ring->front().state, KeyState::kActive);
  EXPECT_EQ(ring->front().material.RevealSecret(),
            absl::string_view("\x01\x02"));
  EXPECT_EQ(ring->front().not_after, absl::InfiniteFuture());
}

}  // namespace
}  // namespace latchkey
