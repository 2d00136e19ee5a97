// What every TransferStore does.
#include "core/store/transfer_store.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/store/store_conformance.h"
#include "core/store/test_records.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const AppId kApp("app");

PasswordRecord Password(const std::string& id, const std::string& email) {
  PasswordRecord record;
  record.id = id;
  record.app = kApp;
  record.provider = ProviderName("email_password");
  record.email = email;
  record.phc = "$2b$04$hash";
  record.confirmed = true;
  record.created_at = TestTime(3);
  return record;
}

// A user with an identity "custom", an address, and an API key.
TransferRow Row(int i) {
  TransferRow row;
  row.user = TestUser("app", absl::StrCat("user", i));
  row.passwords = {Password(absl::StrCat("password", i),
                            absl::StrCat("user", i, "@example.com"))};
  ApiKeyRecord key;
  key.id = ApiKeyId(absl::StrCat("key", i));
  key.app = kApp;
  key.user = row.user->id;
  key.name = "laptop";
  key.secret_sha256 = std::string(32, 's');
  key.created_at = TestTime(4);
  row.api_keys = {key};
  return row;
}

class Transfers {
 public:
  explicit Transfers(Store* store) : store_(store) {}
  std::vector<TransferResult> Insert(
      std::vector<TransferRow> rows,
      TransferMode mode = TransferMode::kStore) const {
    const auto results = store_->transfers()->Insert(rows, mode);
    EXPECT_THAT(results, IsOk());
    return results.ok() ? *results : std::vector<TransferResult>();
  }
  std::vector<std::string> Users() const {
    std::vector<std::string> ids;
    const auto users = store_->users()->List(kApp, {}, UserId(), 100);
    EXPECT_THAT(users, IsOk());
    for (const UserRecord& user : *users) ids.push_back(user.id.value());
    return ids;
  }
  std::vector<std::string> Passwords(const std::string& after = "",
                                     size_t limit = 100) const {
    std::vector<std::string> ids;
    const auto records = store_->transfers()->ListPasswords(kApp, after, limit);
    EXPECT_THAT(records, IsOk());
    for (const PasswordRecord& record : *records) ids.push_back(record.id);
    return ids;
  }

 private:
  Store* const store_;
};

TEST_P(TransferStoreTest, StoresWholeUsers) {
  const Transfers transfers(store());
  EXPECT_THAT(transfers.Insert({Row(1), Row(2)}),
              ElementsAre(TransferResult::kCreated, TransferResult::kCreated));
  const auto user =
      store()->users()->FindByIdentity(kApp, ProviderName("custom"), "user1");
  ASSERT_THAT(user, IsOk());
  EXPECT_EQ(user->id, UserId("user1"));
  EXPECT_EQ(user->version, 1u);
  EXPECT_EQ(user->created_at, TestTime());
  const auto password = store()->passwords()->FindByEmail(
      kApp, ProviderName("email_password"), "user1@example.com");
  ASSERT_THAT(password, IsOk());
  EXPECT_EQ(password->phc, "$2b$04$hash");
  EXPECT_EQ(password->version, 1u);
  EXPECT_EQ(password->created_at, TestTime(3));
  EXPECT_TRUE(password->confirmed);
  const auto keys = store()->api_keys()->List(kApp, UserId("user1"));
  ASSERT_THAT(keys, IsOk());
  ASSERT_THAT(*keys, SizeIs(1));
  EXPECT_EQ(keys->front().secret_sha256, std::string(32, 's'));
  // What was moved in can be changed like any other.
  EXPECT_THAT(store()->users()->CompareAndUpdate(*user), IsOk());
  EXPECT_THAT(store()->passwords()->CompareAndUpdate(*password), IsOk());
}

TEST_P(TransferStoreTest, ASecondTimeChangesNothing) {
  const Transfers transfers(store());
  transfers.Insert({Row(1)});
  TransferRow changed = Row(1);
  changed.user->disabled = true;
  changed.passwords[0].phc = "another";
  EXPECT_THAT(transfers.Insert({changed, Row(2)}),
              ElementsAre(TransferResult::kExists, TransferResult::kCreated));
  EXPECT_FALSE(store()->users()->Find(kApp, UserId("user1"))->disabled);
  EXPECT_EQ(store()->passwords()->FindById(kApp, "password1")->phc,
            "$2b$04$hash");
}

TEST_P(TransferStoreTest, CollisionsLeaveNothingOfTheirRow) {
  const Transfers transfers(store());
  transfers.Insert({Row(1)});
  TransferRow identity = Row(2);
  identity.user->identities.push_back(Row(1).user->identities[0]);
  TransferRow address = Row(3);
  address.passwords.push_back(Password("password9", "user1@example.com"));
  TransferRow password_id = Row(4);
  password_id.passwords[0].id = "password1";
  TransferRow key = Row(5);
  key.api_keys.push_back(Row(1).api_keys[0]);
  EXPECT_THAT(
      transfers.Insert({identity, address, password_id, key, Row(6)}),
      ElementsAre(TransferResult::kIdentityTaken, TransferResult::kAddressTaken,
                  TransferResult::kAddressTaken, TransferResult::kApiKeyTaken,
                  TransferResult::kCreated));
  EXPECT_THAT(transfers.Users(), ElementsAre("user1", "user6"));
  EXPECT_THAT(transfers.Passwords(), ElementsAre("password1", "password6"));
  EXPECT_THAT(*store()->api_keys()->List(kApp, UserId("user5")), IsEmpty());
  // Whatever they had taken is free again.
  EXPECT_THAT(transfers.Insert({Row(2), Row(3), Row(4), Row(5)}),
              testing::Each(TransferResult::kCreated));
}

TEST_P(TransferStoreTest, RowsOfOneBatchSeeEachOther) {
  const Transfers transfers(store());
  TransferRow same_address = Row(2);
  same_address.passwords[0].email = "user1@example.com";
  EXPECT_THAT(
      transfers.Insert({Row(1), same_address, Row(1)}),
      ElementsAre(TransferResult::kCreated, TransferResult::kAddressTaken,
                  TransferResult::kExists));
  EXPECT_THAT(transfers.Users(), ElementsAre("user1"));
}

TEST_P(TransferStoreTest, ADryRunSaysTheSameAndLeavesNothing) {
  const Transfers transfers(store());
  transfers.Insert({Row(1)});
  TransferRow address = Row(2);
  address.passwords[0].email = "user1@example.com";
  const auto wanted =
      ElementsAre(TransferResult::kExists, TransferResult::kAddressTaken,
                  TransferResult::kCreated, TransferResult::kExists);
  const std::vector<TransferRow> rows = {Row(1), address, Row(3), Row(3)};
  EXPECT_THAT(transfers.Insert(rows, TransferMode::kDryRun), wanted);
  EXPECT_THAT(transfers.Users(), ElementsAre("user1"));
  EXPECT_THAT(transfers.Passwords(), ElementsAre("password1"));
  EXPECT_THAT(store()->api_keys()->Find(ApiKeyId("key3")),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(transfers.Insert(rows), wanted);
}

TEST_P(TransferStoreTest, RegistrationsNeedNoUser) {
  const Transfers transfers(store());
  TransferRow pending;
  pending.passwords = {Password("password1", "a@example.com")};
  pending.passwords[0].confirmed = false;
  EXPECT_THAT(transfers.Insert({pending}),
              ElementsAre(TransferResult::kCreated));
  EXPECT_THAT(transfers.Insert({pending}),
              ElementsAre(TransferResult::kExists));
  pending.passwords[0].id = "password2";
  EXPECT_THAT(transfers.Insert({pending}),
              ElementsAre(TransferResult::kAddressTaken));
  EXPECT_THAT(transfers.Users(), IsEmpty());
  EXPECT_THAT(*store()->passwords()->ListPending(kApp, "", 10), SizeIs(1));
}

TEST_P(TransferStoreTest, ListsPasswordsByPages) {
  const Transfers transfers(store());
  for (int i = 1; i <= 3; ++i) transfers.Insert({Row(i)});
  EXPECT_THAT(transfers.Passwords("", 2),
              ElementsAre("password1", "password2"));
  EXPECT_THAT(transfers.Passwords("password2", 2), ElementsAre("password3"));
  EXPECT_THAT(*store()->transfers()->ListPasswords(AppId("other"), "", 9),
              IsEmpty());
  EXPECT_THAT(transfers.Insert({}), IsEmpty());
}

}  // namespace
}  // namespace latchkey
