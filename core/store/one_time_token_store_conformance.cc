// What every OneTimeTokenStore must do, and Store::UpdatePasswordByToken.
#include <atomic>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/store/credential_store.h"
#include "core/store/one_time_token_store.h"
#include "core/store/store_conformance.h"
#include "core/store/test_records.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

const AppId kApp("app");
const ProviderName kProvider("email_password");
constexpr char kPassword[] = "65f0c0ffee65f0c0ffee0002";

OneTimeToken TestToken(absl::string_view id) {
  OneTimeToken token;
  token.id = std::string(id);
  token.app = kApp;
  token.provider = kProvider;
  token.purpose = TokenPurpose::kPasswordReset;
  token.password = kPassword;
  token.email = "ann@example.com";
  token.sha256 = std::string("\0\xff", 2) + std::string(30, 's');
  token.expires_at = TestTime(1800);
  return token;
}

// Stores a registration and gives it as it is then.
PasswordRecord Register(Store* store) {
  PasswordRecord record;
  record.id = kPassword;
  record.app = kApp;
  record.provider = kProvider;
  record.email = "ann@example.com";
  record.phc = "old";
  record.created_at = TestTime();
  EXPECT_THAT(store->passwords()->Insert(record), IsOk());
  record.version = 1;
  return record;
}

TEST_P(OneTimeTokenStoreTest, GivesBackWhatWasInserted) {
  const OneTimeToken token = TestToken("t1");
  OneTimeTokenStore* tokens = store()->one_time_tokens();
  ASSERT_THAT(tokens->Insert(token), IsOk());
  const auto found = tokens->Find(kApp, "t1");
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->id, token.id);
  EXPECT_EQ(found->app, token.app);
  EXPECT_EQ(found->provider, token.provider);
  EXPECT_EQ(found->purpose, token.purpose);
  EXPECT_EQ(found->password, token.password);
  EXPECT_EQ(found->email, token.email);
  EXPECT_EQ(found->sha256, token.sha256);
  EXPECT_EQ(found->expires_at, token.expires_at);
  EXPECT_THAT(tokens->Insert(token), HasReason(Reason::kResourceExists));
  EXPECT_THAT(tokens->Find(kApp, "t2"), HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(tokens->Find(AppId("other"), "t1"),
              HasReason(Reason::kResourceNotFound));
}

TEST_P(OneTimeTokenStoreTest, RemovesWhatHasExpired) {
  OneTimeTokenStore* tokens = store()->one_time_tokens();
  for (int i = 0; i < 3; ++i) {
    OneTimeToken token = TestToken(absl::StrCat("t", i));
    token.expires_at = TestTime(i);
    ASSERT_THAT(tokens->Insert(token), IsOk());
  }
  EXPECT_THAT(tokens->RemoveExpired(TestTime(1)), IsOkAndHolds(1u));
  EXPECT_THAT(tokens->Find(kApp, "t0"), HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(tokens->Find(kApp, "t1"), IsOk());
  EXPECT_THAT(tokens->RemoveExpired(TestTime(9)), IsOkAndHolds(2u));
  EXPECT_THAT(tokens->RemoveExpired(TestTime(9)), IsOkAndHolds(0u));
}

TEST_P(OneTimeTokenStoreTest, UsingOneEndsItsLike) {
  PasswordRecord record = Register(store());
  OneTimeTokenStore* tokens = store()->one_time_tokens();
  OneTimeToken confirmation = TestToken("c");
  confirmation.purpose = TokenPurpose::kConfirmation;
  OneTimeToken of_other = TestToken("o");
  of_other.password = "65f0c0ffee65f0c0ffee0003";
  for (const OneTimeToken& token :
       {TestToken("t1"), TestToken("t2"), confirmation, of_other}) {
    ASSERT_THAT(tokens->Insert(token), IsOk());
  }
  record.phc = "new";
  ASSERT_THAT(store()->UpdatePasswordByToken(record, "t1"), IsOk());
  const auto stored = store()->passwords()->FindById(kApp, kPassword);
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->phc, "new");
  EXPECT_EQ(stored->version, 2u);
  for (const char* gone : {"t1", "t2"}) {
    EXPECT_THAT(tokens->Find(kApp, gone), HasReason(Reason::kResourceNotFound));
  }
  EXPECT_THAT(tokens->Find(kApp, "c"), IsOk());
  EXPECT_THAT(tokens->Find(kApp, "o"), IsOk());
}

TEST_P(OneTimeTokenStoreTest, AFailedUseKeepsTheTokenAndThePassword) {
  PasswordRecord record = Register(store());
  ASSERT_THAT(store()->one_time_tokens()->Insert(TestToken("t1")), IsOk());
  record.phc = "new";
  EXPECT_THAT(store()->UpdatePasswordByToken(record, "t2"),
              HasReason(Reason::kResourceNotFound));
  record.version = 7;
  EXPECT_THAT(store()->UpdatePasswordByToken(record, "t1"),
              HasReason(Reason::kConflict));
  EXPECT_THAT(store()->one_time_tokens()->Find(kApp, "t1"), IsOk());
  EXPECT_EQ(store()->passwords()->FindById(kApp, kPassword)->phc, "old");
  ASSERT_THAT(store()->passwords()->Remove(kApp, kPassword), IsOk());
  EXPECT_THAT(store()->UpdatePasswordByToken(record, "t1"),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(store()->one_time_tokens()->Find(kApp, "t1"), IsOk());
}

TEST_P(OneTimeTokenStoreTest, OneOfManyUsesWins) {
  Register(store());
  ASSERT_THAT(store()->one_time_tokens()->Insert(TestToken("t1")), IsOk());
  std::atomic<int> won = 0;
  std::atomic<int> lost = 0;
  Parallel(50, [this, &won, &lost](int i) {
    // Whatever version it is by then: the token decides.
    auto record = store()->passwords()->FindById(kApp, kPassword);
    ASSERT_THAT(record, IsOk());
    record->phc = absl::StrCat("new", i);
    const absl::Status status = store()->UpdatePasswordByToken(*record, "t1");
    if (status.ok()) ++won;
    if (GetReason(status) == Reason::kResourceNotFound) ++lost;
  });
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, 49);
  EXPECT_EQ(store()->passwords()->FindById(kApp, kPassword)->version, 2u);
}

}  // namespace
}  // namespace latchkey
