// What a Store does in one atomic step over several of its parts.
#include <atomic>

#include "core/base/reason.h"
#include "core/store/store_conformance.h"
#include "core/store/test_records.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::SizeIs;

const AppId kApp("app");
const UserId kUser("65f0c0ffee65f0c0ffee0001");
constexpr char kPassword[] = "65f0c0ffee65f0c0ffee0002";

IdentityRecord Identity(ProviderKind kind, const char* subject) {
  IdentityRecord identity;
  identity.provider = ProviderName(ProviderKindName(kind));
  identity.kind = kind;
  identity.subject = subject;
  identity.created_at = TestTime();
  return identity;
}

// A user with an anonymous identity and one of a password.
void Fill(Store* store) {
  UserRecord user;
  user.id = kUser;
  user.app = kApp;
  user.created_at = TestTime();
  user.identities = {Identity(ProviderKind::kAnonymous, "anonymous"),
                     Identity(ProviderKind::kEmailPassword, kPassword)};
  ASSERT_THAT(store->users()->Insert(user), IsOk());
  PasswordRecord password;
  password.id = kPassword;
  password.app = kApp;
  password.provider = ProviderName("email_password");
  password.email = "ann@example.com";
  password.created_at = TestTime();
  ASSERT_THAT(store->passwords()->Insert(password), IsOk());
}

UserRecord UserOf(Store* store) {
  const auto user = store->users()->Find(kApp, kUser);
  EXPECT_THAT(user, IsOk());
  return user.ok() ? *user : UserRecord();
}

UserRecord WithoutPassword(UserRecord user) {
  user.identities.resize(1);
  return user;
}

TEST_P(AtomicStepTest, RemovesIdentityAndPassword) {
  Fill(store());
  const UserRecord user = WithoutPassword(UserOf(store()));
  ASSERT_THAT(store()->UpdateAndRemovePassword(user, kPassword), IsOk());
  EXPECT_THAT(UserOf(store()).identities, SizeIs(1));
  EXPECT_EQ(UserOf(store()).version, user.version + 1);
  EXPECT_THAT(store()->passwords()->FindById(kApp, kPassword),
              HasReason(Reason::kResourceNotFound));
}

TEST_P(AtomicStepTest, KeepsThePasswordWhenTheUserChangedInBetween) {
  Fill(store());
  UserRecord user = WithoutPassword(UserOf(store()));
  user.version += 1;
  EXPECT_THAT(store()->UpdateAndRemovePassword(user, kPassword),
              HasReason(Reason::kConflict));
  EXPECT_THAT(UserOf(store()).identities, SizeIs(2));
  EXPECT_THAT(store()->passwords()->FindById(kApp, kPassword), IsOk());
  user.id = UserId("65f0c0ffee65f0c0ffee0009");
  EXPECT_THAT(store()->UpdateAndRemovePassword(user, kPassword),
              HasReason(Reason::kUserNotFound));
  EXPECT_THAT(store()->passwords()->FindById(kApp, kPassword), IsOk());
}

TEST_P(AtomicStepTest, APasswordThatIsGoneIsAsGoodAsRemoved) {
  Fill(store());
  ASSERT_THAT(store()->passwords()->Remove(kApp, kPassword), IsOk());
  ASSERT_THAT(store()->UpdateAndRemovePassword(WithoutPassword(UserOf(store())),
                                               kPassword),
              IsOk());
  EXPECT_THAT(UserOf(store()).identities, SizeIs(1));
}

// Whoever finds the password and then the user finds the identity, too, or no
// password afterwards: never one of an identity that is gone.
TEST_P(AtomicStepTest, NobodySeesHalfOfIt) {
  Fill(store());
  std::atomic<bool> half = false;
  Parallel(8, [this, &half](int i) {
    if (i == 0) {
      EXPECT_THAT(store()->UpdateAndRemovePassword(
                      WithoutPassword(UserOf(store())), kPassword),
                  IsOk());
      return;
    }
    for (int round = 0; round < 200; ++round) {
      const bool detached = UserOf(store()).identities.size() == 1;
      const bool there = store()->passwords()->FindById(kApp, kPassword).ok();
      if (detached && there) half = true;
    }
  });
  EXPECT_FALSE(half);
}

}  // namespace
}  // namespace latchkey
