// What every UserStore must do.
#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/store/store_conformance.h"
#include "core/store/test_records.h"
#include "core/store/user_store.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const AppId kApp("app");

void ExpectSame(const IdentityRecord& a, const IdentityRecord& b) {
  EXPECT_EQ(a.provider, b.provider);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.subject, b.subject);
  EXPECT_EQ(a.data_json, b.data_json);
  EXPECT_EQ(a.created_at, b.created_at);
}

void ExpectSame(const UserRecord& a, const UserRecord& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.app, b.app);
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.disabled, b.disabled);
  EXPECT_EQ(a.data_json, b.data_json);
  EXPECT_EQ(a.custom_data_json, b.custom_data_json);
  EXPECT_EQ(a.created_at, b.created_at);
  EXPECT_EQ(a.last_login_at, b.last_login_at);
  EXPECT_EQ(a.version, b.version);
  ASSERT_EQ(a.identities.size(), b.identities.size());
  for (size_t i = 0; i < a.identities.size(); ++i) {
    ExpectSame(a.identities[i], b.identities[i]);
  }
}

std::vector<std::string> Ids(
    const absl::StatusOr<std::vector<UserRecord>>& users) {
  std::vector<std::string> ids;
  if (!users.ok()) return {users.status().ToString()};
  for (const UserRecord& user : *users) ids.push_back(user.id.value());
  return ids;
}

TEST_P(UserStoreTest, GivesBackWhatWasInserted) {
  UserRecord user = TestUser("app", "u1");
  user.type = UserType::kServer;
  user.disabled = true;
  user.data_json = R"({"a":1})";
  user.custom_data_json = R"({"b":[2]})";
  user.last_login_at = TestTime(5);
  user.identities.push_back(TestIdentity("anonymous", "z"));
  user.identities.push_back(TestIdentity("api_key", "a"));
  user.identities[2].kind = ProviderKind::kApiKey;
  ASSERT_THAT(store()->users()->Insert(user), IsOk());

  const auto found = store()->users()->Find(kApp, UserId("u1"));
  ASSERT_THAT(found, IsOk());
  user.version = 1;
  ExpectSame(*found, user);
  for (const IdentityRecord& identity : user.identities) {
    const auto by_identity = store()->users()->FindByIdentity(
        kApp, identity.provider, identity.subject);
    ASSERT_THAT(by_identity, IsOk());
    ExpectSame(*by_identity, user);
  }
}

TEST_P(UserStoreTest, KeepsUserWithoutIdentities) {
  UserRecord user = TestUser("app", "u1");
  user.identities.clear();
  ASSERT_THAT(store()->users()->Insert(user), IsOk());
  const auto found = store()->users()->Find(kApp, UserId("u1"));
  ASSERT_THAT(found, IsOk());
  EXPECT_THAT(found->identities, IsEmpty());
  EXPECT_EQ(found->last_login_at, std::nullopt);
}

TEST_P(UserStoreTest, KeepsAnyBytes) {
  UserRecord user = TestUser("app", "u1");
  const std::string odd("a\0b\xff' \"--\n", 10);
  user.identities[0].subject = odd;
  user.identities[0].data_json = std::string(300'000, 'x') + odd;
  user.data_json = odd;
  ASSERT_THAT(store()->users()->Insert(user), IsOk());
  user.version = 1;
  const auto found =
      store()->users()->FindByIdentity(kApp, ProviderName("custom"), odd);
  ASSERT_THAT(found, IsOk());
  ExpectSame(*found, user);
  EXPECT_THAT(
      store()->users()->FindByIdentity(kApp, ProviderName("custom"), "a"),
      HasReason(Reason::kUserNotFound));
}

TEST_P(UserStoreTest, RoundsTimesToMicroseconds) {
  UserRecord user = TestUser("app", "u1");
  user.created_at = TestTime() + absl::Nanoseconds(999);
  ASSERT_THAT(store()->users()->Insert(user), IsOk());
  const auto found = store()->users()->Find(kApp, UserId("u1"));
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->created_at, TestTime());
}

TEST_P(UserStoreTest, FindsNothing) {
  ASSERT_THAT(store()->users()->Insert(TestUser("app", "u1")), IsOk());
  EXPECT_THAT(store()->users()->Find(kApp, UserId("u2")),
              HasReason(Reason::kUserNotFound));
  EXPECT_THAT(store()->users()->Find(AppId("other"), UserId("u1")),
              HasReason(Reason::kUserNotFound));
  EXPECT_THAT(store()->users()->FindByIdentity(AppId("other"),
                                               ProviderName("custom"), "u1"),
              HasReason(Reason::kUserNotFound));
  EXPECT_THAT(
      store()->users()->FindByIdentity(kApp, ProviderName("custom"), "U1"),
      HasReason(Reason::kUserNotFound));
  EXPECT_THAT(store()->users()->CompareAndUpdate(TestUser("app", "u2")),
              HasReason(Reason::kUserNotFound));
  EXPECT_THAT(store()->users()->Remove(kApp, UserId("u2")),
              HasReason(Reason::kUserNotFound));
}

TEST_P(UserStoreTest, RefusesTakenId) {
  ASSERT_THAT(store()->users()->Insert(TestUser("app", "u1")), IsOk());
  UserRecord user = TestUser("app", "u1");
  user.identities[0].subject = "free";
  EXPECT_THAT(store()->users()->Insert(user),
              HasReason(Reason::kResourceExists));
  EXPECT_THAT(
      store()->users()->FindByIdentity(kApp, ProviderName("custom"), "free"),
      HasReason(Reason::kUserNotFound));
}

TEST_P(UserStoreTest, RefusesTakenIdentity) {
  ASSERT_THAT(store()->users()->Insert(TestUser("app", "u1")), IsOk());
  UserRecord user = TestUser("app", "u2");
  user.identities.push_back(TestIdentity("custom", "u1"));
  EXPECT_THAT(store()->users()->Insert(user),
              HasReason(Reason::kIdentityInUse));
  // Nothing of the refused user stays.
  EXPECT_THAT(store()->users()->Find(kApp, UserId("u2")),
              HasReason(Reason::kUserNotFound));
  EXPECT_THAT(store()->users()->Insert(TestUser("app", "u2")), IsOk());
}

TEST_P(UserStoreTest, RefusesIdentityNamedTwice) {
  UserRecord user = TestUser("app", "u1");
  user.identities.push_back(user.identities[0]);
  EXPECT_THAT(store()->users()->Insert(user),
              HasReason(Reason::kIdentityInUse));
}

TEST_P(UserStoreTest, AppsAreApart) {
  EXPECT_THAT(store()->users()->Insert(TestUser("app", "u1")), IsOk());
  EXPECT_THAT(store()->users()->Insert(TestUser("other", "u1")), IsOk());
  ASSERT_THAT(store()->users()->Remove(kApp, UserId("u1")), IsOk());
  const auto found = store()->users()->FindByIdentity(
      AppId("other"), ProviderName("custom"), "u1");
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->app, AppId("other"));
}

TEST_P(UserStoreTest, UpdateReplaces) {
  UserRecord user = TestUser("app", "u1");
  user.identities.push_back(TestIdentity("custom", "second"));
  ASSERT_THAT(store()->users()->Insert(user), IsOk());
  user.version = 1;
  user.disabled = true;
  user.last_login_at = TestTime(9);
  user.data_json = R"({"new":true})";
  user.identities = {TestIdentity("custom", "third"),
                     TestIdentity("custom", "u1")};
  ASSERT_THAT(store()->users()->CompareAndUpdate(user), IsOk());

  const auto found = store()->users()->Find(kApp, UserId("u1"));
  ASSERT_THAT(found, IsOk());
  user.version = 2;
  ExpectSame(*found, user);
  EXPECT_THAT(
      store()->users()->FindByIdentity(kApp, ProviderName("custom"), "second"),
      HasReason(Reason::kUserNotFound));
}

TEST_P(UserStoreTest, UpdateChangesAnIdentitysData) {
  UserRecord user = TestUser("app", "u1");
  ASSERT_THAT(store()->users()->Insert(user), IsOk());
  user.version = 1;
  user.identities[0].data_json = R"({"name":"Ultime Fauchelevent"})";
  ASSERT_THAT(store()->users()->CompareAndUpdate(user), IsOk());
  user.version = 2;
  const auto found = store()->users()->Find(kApp, UserId("u1"));
  ASSERT_THAT(found, IsOk());
  ExpectSame(*found, user);
}

TEST_P(UserStoreTest, UpdateRefusesOldVersion) {
  UserRecord user = TestUser("app", "u1");
  ASSERT_THAT(store()->users()->Insert(user), IsOk());
  user.version = 1;
  ASSERT_THAT(store()->users()->CompareAndUpdate(user), IsOk());
  user.disabled = true;
  for (const uint64_t version : {0u, 1u, 3u}) {
    user.version = version;
    EXPECT_THAT(store()->users()->CompareAndUpdate(user),
                HasReason(Reason::kConflict));
  }
  const auto found = store()->users()->Find(kApp, UserId("u1"));
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->version, 2u);
  EXPECT_FALSE(found->disabled);
}

TEST_P(UserStoreTest, UpdateRefusesTakenIdentity) {
  ASSERT_THAT(store()->users()->Insert(TestUser("app", "u1")), IsOk());
  UserRecord user = TestUser("app", "u2");
  ASSERT_THAT(store()->users()->Insert(user), IsOk());
  user.version = 1;
  user.disabled = true;
  user.identities = {TestIdentity("custom", "new"),
                     TestIdentity("custom", "u1")};
  EXPECT_THAT(store()->users()->CompareAndUpdate(user),
              HasReason(Reason::kIdentityInUse));
  // The refused update left no trace.
  const auto found =
      store()->users()->FindByIdentity(kApp, ProviderName("custom"), "u2");
  ASSERT_THAT(found, IsOk());
  EXPECT_FALSE(found->disabled);
  EXPECT_EQ(found->version, 1u);
  EXPECT_THAT(
      store()->users()->FindByIdentity(kApp, ProviderName("custom"), "new"),
      HasReason(Reason::kUserNotFound));
}

TEST_P(UserStoreTest, RemoveFreesIdAndIdentities) {
  ASSERT_THAT(store()->users()->Insert(TestUser("app", "u1")), IsOk());
  ASSERT_THAT(store()->users()->Remove(kApp, UserId("u1")), IsOk());
  EXPECT_THAT(store()->users()->Find(kApp, UserId("u1")),
              HasReason(Reason::kUserNotFound));
  EXPECT_THAT(store()->users()->Insert(TestUser("app", "u1")), IsOk());
}

TEST_P(UserStoreTest, ListsInOrderByPages) {
  for (const char* id : {"c", "a", "d", "b"}) {
    UserRecord user = TestUser("app", id);
    user.identities.push_back(TestIdentity("email", id));
    ASSERT_THAT(store()->users()->Insert(user), IsOk());
  }
  ASSERT_THAT(store()->users()->Insert(TestUser("other", "e")), IsOk());
  UserStore* users = store()->users();
  EXPECT_THAT(Ids(users->List(kApp, {}, UserId(), 10)),
              ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(Ids(users->List(kApp, {}, UserId(), 3)),
              ElementsAre("a", "b", "c"));
  EXPECT_THAT(Ids(users->List(kApp, {}, UserId("c"), 3)), ElementsAre("d"));
  EXPECT_THAT(Ids(users->List(kApp, {}, UserId("bb"), 1)), ElementsAre("c"));
  EXPECT_THAT(Ids(users->List(kApp, {}, UserId("d"), 3)), IsEmpty());
  const auto page = users->List(kApp, {}, UserId(), 1);
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->size(), 1u);
  EXPECT_EQ((*page)[0].identities.size(), 2u);
}

TEST_P(UserStoreTest, ListFilters) {
  UserRecord disabled = TestUser("app", "a");
  disabled.disabled = true;
  UserRecord server = TestUser("app", "b");
  server.type = UserType::kServer;
  UserRecord email = TestUser("app", "c");
  email.identities.push_back(TestIdentity("email", "c"));
  for (const UserRecord& user : {disabled, server, email}) {
    ASSERT_THAT(store()->users()->Insert(user), IsOk());
  }
  UserStore* users = store()->users();
  UserFilter filter;
  filter.disabled = true;
  EXPECT_THAT(Ids(users->List(kApp, filter, UserId(), 9)), ElementsAre("a"));
  filter.disabled = false;
  EXPECT_THAT(Ids(users->List(kApp, filter, UserId(), 9)),
              ElementsAre("b", "c"));
  filter.type = UserType::kNormal;
  EXPECT_THAT(Ids(users->List(kApp, filter, UserId(), 9)), ElementsAre("c"));
  filter = {};
  filter.type = UserType::kServer;
  EXPECT_THAT(Ids(users->List(kApp, filter, UserId(), 9)), ElementsAre("b"));
  filter = {};
  filter.provider = ProviderName("email");
  EXPECT_THAT(Ids(users->List(kApp, filter, UserId(), 9)), ElementsAre("c"));
  filter.provider = ProviderName("custom");
  EXPECT_THAT(Ids(users->List(kApp, filter, UserId("a"), 1)), ElementsAre("b"));
}

TEST_P(UserStoreTest, OneOfManyInsertsOfAnIdentityWins) {
  std::atomic<int> won = 0;
  std::atomic<int> in_use = 0;
  Parallel(32, [this, &won, &in_use](int i) {
    UserRecord user = TestUser("app", absl::StrCat("u", i));
    user.identities[0].subject = "same";
    const absl::Status status = store()->users()->Insert(user);
    if (status.ok()) ++won;
    if (GetReason(status) == Reason::kIdentityInUse) ++in_use;
  });
  EXPECT_EQ(won, 1);
  EXPECT_EQ(in_use, 31);
  EXPECT_EQ(Ids(store()->users()->List(kApp, {}, UserId(), 99)).size(), 1u);
}

TEST_P(UserStoreTest, OneOfManyUpdatesOfAVersionWins) {
  UserRecord user = TestUser("app", "u1");
  ASSERT_THAT(store()->users()->Insert(user), IsOk());
  user.version = 1;
  std::atomic<int> won = 0;
  std::atomic<int> conflicts = 0;
  Parallel(32, [this, &user, &won, &conflicts](int i) {
    UserRecord mine = user;
    mine.data_json = absl::StrCat(i);
    const absl::Status status = store()->users()->CompareAndUpdate(mine);
    if (status.ok()) ++won;
    if (GetReason(status) == Reason::kConflict) ++conflicts;
  });
  EXPECT_EQ(won, 1);
  EXPECT_EQ(conflicts, 31);
}

TEST_P(UserStoreTest, NoUpdateIsLost) {
  UserRecord user = TestUser("app", "u1");
  user.data_json = "0";
  ASSERT_THAT(store()->users()->Insert(user), IsOk());
  Parallel(8, [this](int) {
    for (int done = 0; done < 10;) {
      auto mine = store()->users()->Find(kApp, UserId("u1"));
      ASSERT_THAT(mine, IsOk());
      mine->data_json += "x";
      if (store()->users()->CompareAndUpdate(*mine).ok()) ++done;
    }
  });
  const auto found = store()->users()->Find(kApp, UserId("u1"));
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->data_json.size(), 81u);
  EXPECT_EQ(found->version, 81u);
}

// A reader sees a user before or after an update, never half of one.
TEST_P(UserStoreTest, ReadersSeeWholeUsers) {
  UserRecord user = TestUser("app", "u1");
  user.data_json = "1";
  ASSERT_THAT(store()->users()->Insert(user), IsOk());
  std::atomic<bool> done = false;
  Parallel(5, [this, &user, &done](int i) {
    if (i == 0) {
      UserRecord mine = user;
      for (mine.version = 1; mine.version < 100; ++mine.version) {
        mine.data_json = absl::StrCat(mine.version + 1);
        mine.identities.assign(
            1, TestIdentity("custom", absl::StrCat(mine.version + 1)));
        EXPECT_THAT(store()->users()->CompareAndUpdate(mine), IsOk());
      }
      done = true;
    }
    while (!done) {
      const auto found = store()->users()->Find(kApp, UserId("u1"));
      ASSERT_THAT(found, IsOk());
      ASSERT_EQ(found->identities.size(), 1u);
      if (found->version > 1) {
        EXPECT_EQ(found->data_json, absl::StrCat(found->version));
        EXPECT_EQ(found->identities[0].subject, found->data_json);
      }
    }
  });
}

}  // namespace
}  // namespace latchkey
