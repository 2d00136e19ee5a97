// What a Store does in one atomic step over several of its parts.
#include <atomic>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
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

SessionRecord SessionOf(const UserRecord& user, const char* id) {
  SessionRecord session = TestSession(id);
  session.app = user.app;
  session.user = user.id;
  return session;
}

TEST_P(AtomicStepTest, RecordsALoginOfAKnownUser) {
  ASSERT_THAT(store()->users()->Insert(TestUser("app", "ann")), IsOk());
  UserRecord user = *store()->users()->Find(kApp, UserId("ann"));
  user.last_login_at = TestTime(7);
  user.identities[0].data_json = R"({"name":"Ann"})";
  ASSERT_THAT(store()->RecordLogin(user, SessionOf(user, "s1")), IsOk());
  const auto stored = store()->users()->Find(kApp, user.id);
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->last_login_at, TestTime(7));
  EXPECT_EQ(stored->identities[0].data_json, R"({"name":"Ann"})");
  EXPECT_EQ(stored->version, user.version + 1);
  const auto session = store()->sessions()->Find(SessionId("s1"));
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->user, user.id);
  EXPECT_EQ(session->expires_at, TestTime(1000));
}

TEST_P(AtomicStepTest, RecordsTheLoginThatMakesAUser) {
  const UserRecord user = TestUser("app", "ann");
  ASSERT_THAT(store()->RecordLogin(user, SessionOf(user, "s1")), IsOk());
  const auto stored =
      store()->users()->FindByIdentity(kApp, ProviderName("custom"), "ann");
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->id, user.id);
  EXPECT_EQ(stored->version, 1u);
  EXPECT_THAT(store()->sessions()->ListOf(kApp, user.id, {}, 10),
              IsOkAndHolds(SizeIs(1)));
}

TEST_P(AtomicStepTest, ALoginWhoseSessionCannotBeginChangesNoUser) {
  ASSERT_THAT(store()->users()->Insert(TestUser("app", "ann")), IsOk());
  ASSERT_THAT(store()->sessions()->Insert(TestSession("taken")), IsOk());
  UserRecord ann = *store()->users()->Find(kApp, UserId("ann"));
  ann.last_login_at = TestTime(7);
  ann.identities.push_back(TestIdentity("custom", "second"));
  EXPECT_THAT(store()->RecordLogin(ann, SessionOf(ann, "taken")),
              HasReason(Reason::kResourceExists));
  const auto stored = store()->users()->Find(kApp, ann.id);
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->last_login_at, std::nullopt);
  EXPECT_EQ(stored->version, ann.version);
  EXPECT_THAT(stored->identities, SizeIs(1));

  const UserRecord bob = TestUser("app", "bob");
  EXPECT_THAT(store()->RecordLogin(bob, SessionOf(bob, "taken")),
              HasReason(Reason::kResourceExists));
  EXPECT_THAT(store()->users()->Find(kApp, bob.id),
              HasReason(Reason::kUserNotFound));
  // The identities are free still.
  EXPECT_THAT(store()->RecordLogin(bob, SessionOf(bob, "s1")), IsOk());
  EXPECT_EQ(store()->sessions()->Find(SessionId("taken"))->user,
            TestSession("taken").user);
}

TEST_P(AtomicStepTest, ALoginWhoseUserCannotBeStoredBeginsNoSession) {
  ASSERT_THAT(store()->users()->Insert(TestUser("app", "ann")), IsOk());
  UserRecord user = *store()->users()->Find(kApp, UserId("ann"));
  user.version += 1;
  EXPECT_THAT(store()->RecordLogin(user, SessionOf(user, "s1")),
              HasReason(Reason::kConflict));
  UserRecord gone = TestUser("app", "gone");
  gone.version = 1;
  EXPECT_THAT(store()->RecordLogin(gone, SessionOf(gone, "s1")),
              HasReason(Reason::kUserNotFound));
  UserRecord thief = TestUser("app", "thief");
  thief.identities[0].subject = "ann";
  EXPECT_THAT(store()->RecordLogin(thief, SessionOf(thief, "s1")),
              HasReason(Reason::kIdentityInUse));
  EXPECT_THAT(
      store()->RecordLogin(TestUser("app", "ann"), SessionOf(user, "s1")),
      HasReason(Reason::kResourceExists));
  EXPECT_THAT(store()->sessions()->Find(SessionId("s1")),
              HasReason(Reason::kResourceNotFound));
}

// Each would make another user of the one identity.
TEST_P(AtomicStepTest, OfFirstLoginsOfOneIdentityAtOnceOneIsRecorded) {
  std::atomic<int> recorded = 0;
  std::atomic<int> sessions = 0;
  Parallel(8, [&](int i) {
    const std::string id = absl::StrCat("user", i);
    UserRecord user = TestUser("app", id);
    user.identities[0].subject = "the one";
    const absl::Status status =
        store()->RecordLogin(user, SessionOf(user, id.c_str()));
    if (status.ok()) {
      ++recorded;
    } else {
      EXPECT_THAT(status, HasReason(Reason::kIdentityInUse));
    }
    if (store()->sessions()->Find(SessionId(id)).ok()) ++sessions;
  });
  EXPECT_EQ(recorded, 1);
  EXPECT_EQ(sessions, 1);
}

}  // namespace
}  // namespace latchkey
