// What every PasswordStore and ApiKeyStore must do.
#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/store/credential_store.h"
#include "core/store/store_conformance.h"
#include "core/store/test_records.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const AppId kApp("app");
const ProviderName kProvider("email_password");

PasswordRecord TestPassword(absl::string_view id) {
  PasswordRecord record;
  record.id = std::string(id);
  record.app = kApp;
  record.provider = kProvider;
  record.email = absl::StrCat(id, "@example.com");
  record.phc = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";
  record.created_at = TestTime();
  return record;
}

void ExpectSame(const PasswordRecord& a, const PasswordRecord& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.app, b.app);
  EXPECT_EQ(a.provider, b.provider);
  EXPECT_EQ(a.email, b.email);
  EXPECT_EQ(a.phc, b.phc);
  EXPECT_EQ(a.confirmed, b.confirmed);
  EXPECT_EQ(a.created_at, b.created_at);
  EXPECT_EQ(a.version, b.version);
}

template <typename T>
std::vector<std::string> Ids(const absl::StatusOr<std::vector<T>>& found) {
  if (!found.ok()) return {found.status().ToString()};
  std::vector<std::string> ids;
  for (const T& one : *found) {
    if constexpr (std::is_same_v<T, ApiKeyRecord>) {
      ids.push_back(one.id.value());
    } else {
      ids.push_back(one.id);
    }
  }
  return ids;
}

TEST_P(PasswordStoreTest, GivesBackWhatWasInserted) {
  PasswordRecord record = TestPassword("p1");
  record.confirmed = true;
  ASSERT_THAT(store()->passwords()->Insert(record), IsOk());
  record.version = 1;
  const auto by_id = store()->passwords()->FindById(kApp, "p1");
  ASSERT_THAT(by_id, IsOk());
  ExpectSame(*by_id, record);
  const auto by_email =
      store()->passwords()->FindByEmail(kApp, kProvider, "p1@example.com");
  ASSERT_THAT(by_email, IsOk());
  ExpectSame(*by_email, record);
}

TEST_P(PasswordStoreTest, FindsNothing) {
  PasswordStore* passwords = store()->passwords();
  ASSERT_THAT(passwords->Insert(TestPassword("p1")), IsOk());
  EXPECT_THAT(passwords->FindById(kApp, "p2"),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(passwords->FindById(AppId("other"), "p1"),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(passwords->FindByEmail(kApp, kProvider, "p2@example.com"),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(
      passwords->FindByEmail(kApp, ProviderName("other"), "p1@example.com"),
      HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(passwords->CompareAndUpdate(TestPassword("p2")),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(passwords->Remove(kApp, "p2"),
              HasReason(Reason::kResourceNotFound));
}

TEST_P(PasswordStoreTest, RefusesTakenIdAndTakenEmail) {
  PasswordStore* passwords = store()->passwords();
  ASSERT_THAT(passwords->Insert(TestPassword("p1")), IsOk());
  PasswordRecord record = TestPassword("p1");
  record.email = "free@example.com";
  EXPECT_THAT(passwords->Insert(record), HasReason(Reason::kResourceExists));
  record = TestPassword("p2");
  record.email = "p1@example.com";
  EXPECT_THAT(passwords->Insert(record), HasReason(Reason::kResourceExists));
  record.app = AppId("other");
  EXPECT_THAT(passwords->Insert(record), IsOk());
}

TEST_P(PasswordStoreTest, UpdateReplacesAndCountsVersions) {
  PasswordStore* passwords = store()->passwords();
  PasswordRecord record = TestPassword("p1");
  ASSERT_THAT(passwords->Insert(record), IsOk());
  record.version = 1;
  record.phc = "new";
  record.email = "new@example.com";
  record.confirmed = true;
  ASSERT_THAT(passwords->CompareAndUpdate(record), IsOk());
  EXPECT_THAT(passwords->CompareAndUpdate(record),
              HasReason(Reason::kConflict));
  record.version = 2;
  const auto found = passwords->FindByEmail(kApp, kProvider, "new@example.com");
  ASSERT_THAT(found, IsOk());
  ExpectSame(*found, record);
  EXPECT_THAT(passwords->FindByEmail(kApp, kProvider, "p1@example.com"),
              HasReason(Reason::kResourceNotFound));
}

TEST_P(PasswordStoreTest, UpdateRefusesTakenEmail) {
  PasswordStore* passwords = store()->passwords();
  ASSERT_THAT(passwords->Insert(TestPassword("p1")), IsOk());
  PasswordRecord record = TestPassword("p2");
  ASSERT_THAT(passwords->Insert(record), IsOk());
  record.version = 1;
  record.email = "p1@example.com";
  EXPECT_THAT(passwords->CompareAndUpdate(record),
              HasReason(Reason::kResourceExists));
  const auto found = passwords->FindById(kApp, "p2");
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->email, "p2@example.com");
  EXPECT_EQ(found->version, 1u);
}

TEST_P(PasswordStoreTest, RemoveFreesTheEmail) {
  PasswordStore* passwords = store()->passwords();
  ASSERT_THAT(passwords->Insert(TestPassword("p1")), IsOk());
  ASSERT_THAT(passwords->Remove(kApp, "p1"), IsOk());
  EXPECT_THAT(passwords->FindById(kApp, "p1"),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(passwords->Insert(TestPassword("p1")), IsOk());
}

TEST_P(PasswordStoreTest, RewriteChangesNothing) {
  PasswordStore* passwords = store()->passwords();
  ASSERT_THAT(passwords->Insert(TestPassword("p1")), IsOk());
  const auto before = passwords->FindById(kApp, "p1");
  ASSERT_THAT(before, IsOk());
  EXPECT_THAT(passwords->Rewrite(kApp, kProvider, before->email), IsOk());
  const auto after = passwords->FindById(kApp, "p1");
  ASSERT_THAT(after, IsOk());
  ExpectSame(*after, *before);
  EXPECT_THAT(passwords->Rewrite(kApp, ProviderName("other"), before->email),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(passwords->Rewrite(AppId("other"), kProvider, before->email),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(passwords->Rewrite(kApp, kProvider, "p2@example.com"),
              HasReason(Reason::kResourceNotFound));
}

TEST_P(PasswordStoreTest, ListsPendingInOrder) {
  PasswordStore* passwords = store()->passwords();
  for (const char* id : {"d", "b", "a", "c"}) {
    PasswordRecord record = TestPassword(id);
    record.confirmed = *id == 'b';
    ASSERT_THAT(passwords->Insert(record), IsOk());
  }
  PasswordRecord of_other = TestPassword("e");
  of_other.app = AppId("other");
  ASSERT_THAT(passwords->Insert(of_other), IsOk());
  EXPECT_THAT(Ids(passwords->ListPending(kApp, "", 9)),
              ElementsAre("a", "c", "d"));
  EXPECT_THAT(Ids(passwords->ListPending(kApp, "a", 1)), ElementsAre("c"));
  EXPECT_THAT(Ids(passwords->ListPending(kApp, "d", 9)), IsEmpty());
}

TEST_P(PasswordStoreTest, OneOfManyRegistrationsWins) {
  std::atomic<int> won = 0;
  std::atomic<int> exists = 0;
  Parallel(32, [this, &won, &exists](int i) {
    PasswordRecord record = TestPassword(absl::StrCat("p", i));
    record.email = "same@example.com";
    const absl::Status status = store()->passwords()->Insert(record);
    if (status.ok()) ++won;
    if (GetReason(status) == Reason::kResourceExists) ++exists;
  });
  EXPECT_EQ(won, 1);
  EXPECT_EQ(exists, 31);
}

ApiKeyRecord TestKey(absl::string_view id, absl::string_view user) {
  ApiKeyRecord key;
  key.id = ApiKeyId(id);
  key.app = kApp;
  key.user = UserId(user);
  key.name = std::string(id);
  key.secret_sha256 = std::string("\0\xff", 2) + std::string(30, 's');
  key.created_at = TestTime();
  return key;
}

ApiKeyRecord TestServerKey(absl::string_view id) {
  ApiKeyRecord key = TestKey(id, absl::StrCat("server-", id));
  key.server = true;
  return key;
}

TEST_P(ApiKeyStoreTest, GivesBackWhatWasInserted) {
  ApiKeyRecord key = TestServerKey("k1");
  key.name = "of two words";
  key.disabled = true;
  key.last_used_at = TestTime(3);
  ASSERT_THAT(store()->api_keys()->Insert(key, 9), IsOk());
  const auto found = store()->api_keys()->Find(key.id);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->id, key.id);
  EXPECT_EQ(found->app, key.app);
  EXPECT_EQ(found->user, key.user);
  EXPECT_EQ(found->server, key.server);
  EXPECT_EQ(found->name, key.name);
  EXPECT_EQ(found->secret_sha256, key.secret_sha256);
  EXPECT_EQ(found->disabled, key.disabled);
  EXPECT_EQ(found->created_at, key.created_at);
  EXPECT_EQ(found->last_used_at, key.last_used_at);
}

TEST_P(ApiKeyStoreTest, FindsNothing) {
  const ApiKeyId missing("k1");
  EXPECT_THAT(store()->api_keys()->Find(missing),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(store()->api_keys()->SetDisabled(missing, true),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(store()->api_keys()->Remove(missing),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(Ids(store()->api_keys()->List(kApp, UserId("u"))), IsEmpty());
}

TEST_P(ApiKeyStoreTest, NamesAreUniquePerOwner) {
  ApiKeyStore* keys = store()->api_keys();
  ASSERT_THAT(keys->Insert(TestKey("k1", "u"), 9), IsOk());
  EXPECT_THAT(keys->Insert(TestKey("k1", "v"), 9),
              HasReason(Reason::kResourceExists));
  ApiKeyRecord same_name = TestKey("k2", "u");
  same_name.name = "k1";
  EXPECT_THAT(keys->Insert(same_name, 9), HasReason(Reason::kResourceExists));
  same_name.user = UserId("v");
  EXPECT_THAT(keys->Insert(same_name, 9), IsOk());
  ApiKeyRecord server = TestServerKey("k3");
  server.name = "k1";
  EXPECT_THAT(keys->Insert(server, 9), IsOk());
  server = TestServerKey("k4");
  server.name = "k1";
  EXPECT_THAT(keys->Insert(server, 9), HasReason(Reason::kResourceExists));
  server.app = AppId("other");
  EXPECT_THAT(keys->Insert(server, 9), IsOk());
}

TEST_P(ApiKeyStoreTest, ListsKeysOfTheOwner) {
  ApiKeyStore* keys = store()->api_keys();
  ApiKeyRecord oldest = TestKey("b", "u");
  oldest.created_at -= absl::Seconds(1);
  ASSERT_THAT(keys->Insert(TestKey("a", "u"), 9), IsOk());
  ASSERT_THAT(keys->Insert(oldest, 9), IsOk());
  ASSERT_THAT(keys->Insert(TestKey("c", "v"), 9), IsOk());
  oldest = TestServerKey("e");
  oldest.created_at -= absl::Seconds(1);
  ASSERT_THAT(keys->Insert(TestServerKey("d"), 9), IsOk());
  ASSERT_THAT(keys->Insert(oldest, 9), IsOk());
  EXPECT_THAT(Ids(keys->List(kApp, UserId("u"))), ElementsAre("b", "a"));
  EXPECT_THAT(Ids(keys->List(kApp, UserId())), ElementsAre("e", "d"));
  EXPECT_THAT(Ids(keys->List(AppId("other"), UserId("u"))), IsEmpty());
}

TEST_P(ApiKeyStoreTest, HoldsTheLimitPerOwner) {
  ApiKeyStore* keys = store()->api_keys();
  ASSERT_THAT(keys->Insert(TestKey("a", "u"), 2), IsOk());
  ASSERT_THAT(keys->Insert(TestKey("b", "u"), 2), IsOk());
  EXPECT_THAT(keys->Insert(TestKey("c", "u"), 2),
              HasReason(Reason::kLimitReached));
  EXPECT_THAT(keys->Insert(TestKey("c", "v"), 2), IsOk());
  EXPECT_THAT(keys->Insert(TestServerKey("d"), 1), IsOk());
  EXPECT_THAT(keys->Insert(TestServerKey("e"), 1),
              HasReason(Reason::kLimitReached));
  ASSERT_THAT(keys->Remove(ApiKeyId("a")), IsOk());
  EXPECT_THAT(keys->Insert(TestKey("f", "u"), 2), IsOk());
}

TEST_P(ApiKeyStoreTest, DisablesAndEnables) {
  ApiKeyStore* keys = store()->api_keys();
  ASSERT_THAT(keys->Insert(TestKey("a", "u"), 9), IsOk());
  ASSERT_THAT(keys->SetDisabled(ApiKeyId("a"), true), IsOk());
  EXPECT_TRUE(keys->Find(ApiKeyId("a"))->disabled);
  ASSERT_THAT(keys->SetDisabled(ApiKeyId("a"), false), IsOk());
  EXPECT_FALSE(keys->Find(ApiKeyId("a"))->disabled);
}

TEST_P(ApiKeyStoreTest, RemembersTheLastUse) {
  ApiKeyStore* keys = store()->api_keys();
  EXPECT_THAT(keys->SetLastUsed(ApiKeyId("a"), TestTime(5)),
              HasReason(Reason::kResourceNotFound));
  ASSERT_THAT(keys->Insert(TestKey("a", "u"), 9), IsOk());
  ASSERT_THAT(keys->SetLastUsed(ApiKeyId("a"), TestTime(5)), IsOk());
  EXPECT_EQ(keys->Find(ApiKeyId("a"))->last_used_at, TestTime(5));
}

TEST_P(ApiKeyStoreTest, ManyInsertsKeepTheLimit) {
  std::atomic<int> inserted = 0;
  std::atomic<int> refused = 0;
  Parallel(32, [this, &inserted, &refused](int i) {
    const absl::Status status =
        store()->api_keys()->Insert(TestKey(absl::StrCat(i), "u"), 20);
    if (status.ok()) ++inserted;
    if (GetReason(status) == Reason::kLimitReached) ++refused;
  });
  EXPECT_EQ(inserted, 20);
  EXPECT_EQ(refused, 12);
}

}  // namespace
}  // namespace latchkey
