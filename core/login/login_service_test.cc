#include "core/login/login_service.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "core/base/reason.h"
#include "core/login/attempt_key.h"
#include "core/login/hooked_store.h"
#include "core/login/login_test_world.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class LoginServiceTest : public ::testing::Test {
 protected:
  std::vector<UserRecord> Users() {
    return *world_.store->users()->List(world_.app, {}, UserId(), 1000);
  }

  LoginTestWorld world_;
};

TEST_F(LoginServiceTest, TheFirstProofOfAnIdentityMakesAUser) {
  const IssuedSession issued =
      world_.LoginOk(LoginTestWorld::Function("24601", R"({"name":"Jean"})"));
  absl::StatusOr<UserRecord> user = world_.Find(issued.user.id);
  ASSERT_THAT(user, IsOk());
  ASSERT_THAT(user->identities, SizeIs(1));
  EXPECT_EQ(user->identities[0].provider, ProviderName("legacy"));
  EXPECT_EQ(user->identities[0].kind, ProviderKind::kFunction);
  EXPECT_EQ(user->identities[0].subject, "24601");
  EXPECT_EQ(user->identities[0].data_json, R"({"name":"Jean"})");
  EXPECT_EQ(user->data_json, R"({"name":"Jean"})");
  EXPECT_EQ(user->created_at, world_.clock.TimeNow());
  EXPECT_EQ(user->last_login_at, world_.clock.TimeNow());
  EXPECT_EQ(issued.user.data_json, user->data_json);
  EXPECT_EQ(issued.session.subject, "24601");
  EXPECT_EQ(world_.Caller(issued).user_id, user->id.value());
}

TEST_F(LoginServiceTest, TheSecondLoginFindsTheSameUserInOneWrite) {
  const IssuedSession first = world_.LoginOk(LoginTestWorld::Function("1"));
  world_.clock.AdvanceTime(absl::Hours(1));
  const IssuedSession second = world_.LoginOk(LoginTestWorld::Function("1"));
  EXPECT_EQ(second.user.id, first.user.id);
  EXPECT_NE(second.session.id, first.session.id);
  EXPECT_THAT(Users(), SizeIs(1));
  EXPECT_EQ(Users()[0].version, 2u);
  EXPECT_EQ(Users()[0].last_login_at, world_.clock.TimeNow());
}

TEST_F(LoginServiceTest, MappedDataIsMergedAtEveryLogin) {
  const UserId id =
      world_.LoginOk(LoginTestWorld::Function("1", R"({"a":1,"b":1})")).user.id;
  world_.LoginOk(LoginTestWorld::Function("1", R"({"b":2})"));
  absl::StatusOr<UserRecord> user = world_.Find(id);
  ASSERT_THAT(user, IsOk());
  EXPECT_EQ(user->data_json, R"({"a":1,"b":2})");
  EXPECT_EQ(user->identities[0].data_json, R"({"b":2})");
}

TEST_F(LoginServiceTest, EveryAnonymousLoginIsANewUser) {
  const IssuedSession a = world_.LoginOk(LoginTestWorld::Anonymous());
  const IssuedSession b = world_.LoginOk(LoginTestWorld::Anonymous());
  EXPECT_NE(a.user.id, b.user.id);
}

TEST_F(LoginServiceTest, UsersOfAppsDoNotMix) {
  const IssuedSession here = world_.LoginOk(LoginTestWorld::Anonymous());
  LoginRequest request;
  request.app = world_.other_app;
  request.credential = LoginTestWorld::Anonymous();
  absl::StatusOr<IssuedSession> there =
      world_.logins.Login(std::move(request), world_.ctx());
  ASSERT_THAT(there, IsOk());
  EXPECT_EQ(there->user.app, world_.other_app);
  EXPECT_THAT(world_.store->users()->Find(world_.app, there->user.id),
              HasReason(Reason::kUserNotFound));
  EXPECT_EQ(world_.Caller(*there).app, world_.other_app.value());
}

TEST_F(LoginServiceTest, APasswordLogsIn) {
  world_.Register("Jean@Example.com");
  const IssuedSession issued =
      world_.LoginOk(LoginTestWorld::Email("jean@example.com"));
  EXPECT_EQ(issued.user.identities[0].kind, ProviderKind::kEmailPassword);
  EXPECT_THAT(world_.Login(LoginTestWorld::Email("jean@example.com", "wrong")),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(world_.Login(LoginTestWorld::Email("nobody@example.com")),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(Users(), SizeIs(1));
}

TEST_F(LoginServiceTest, AnApiKeyLogsInItsOwnerAndMakesNobody) {
  const IssuedSession owner = world_.LoginOk(LoginTestWorld::Function("1"));
  absl::StatusOr<CreatedApiKey> key =
      world_.api_keys.CreateUserKey(world_.app, owner.user.id, "laptop");
  ASSERT_THAT(key, IsOk());
  const IssuedSession issued = world_.LoginOk(LoginTestWorld::ApiKey(key->key));
  EXPECT_EQ(issued.user.id, owner.user.id);
  EXPECT_THAT(issued.user.identities, SizeIs(1));
  EXPECT_EQ(issued.session.provider, ProviderName("api_key"));

  ASSERT_THAT(world_.store->users()->Remove(world_.app, owner.user.id), IsOk());
  EXPECT_THAT(world_.Login(LoginTestWorld::ApiKey(key->key)),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(Users(), SizeIs(0));
}

// The password is changed, and the user's sessions ended, after the old one
// was checked and before the session begins.
TEST_F(LoginServiceTest, ALoginWithTheOldPasswordDoesNotOutliveTheChange) {
  world_.Register("a@example.com");
  const UserId id =
      world_.LoginOk(LoginTestWorld::Email("a@example.com")).user.id;
  const uint64_t hashes = world_.passwords.hashes_run();
  bool changed = false;
  CallContext ctx = world_.ctx();
  ctx.cancelled = [&] {
    if (changed || world_.passwords.hashes_run() == hashes) return false;
    changed = true;
    EXPECT_THAT(
        world_.passwords.Change(
            world_.app, ProviderName("email_password"), "a@example.com",
            {Secret("correct horse"), Secret("battery staple")}, world_.ctx()),
        IsOk());
    EXPECT_THAT(world_.sessions.RevokeAll(world_.app, id,
                                          world_.Because("password_change")),
                IsOk());
    return false;
  };
  LoginRequest request;
  request.app = world_.app;
  request.credential = LoginTestWorld::Email("a@example.com");
  EXPECT_THAT(world_.logins.Login(std::move(request), ctx),
              HasReason(Reason::kCredentialRejected));
  EXPECT_TRUE(changed);
  const auto sessions =
      world_.store->sessions()->ListOf(world_.app, id, {}, 10);
  ASSERT_THAT(sessions, IsOk());
  EXPECT_THAT(*sessions, SizeIs(2));
  for (const SessionRecord& session : *sessions) {
    EXPECT_TRUE(session.revoked_at.has_value());
  }
  EXPECT_THAT(
      world_.Login(LoginTestWorld::Email("a@example.com", "battery staple")),
      IsOk());
}

// The provider `legacy` was a custom_jwt before.
TEST_F(LoginServiceTest, AProviderOfAnotherKindTakesNobodyOver) {
  UserRecord user;
  user.id = UserId("0123456789abcdef01234567");
  user.app = world_.app;
  user.identities.push_back({ProviderName("legacy"), ProviderKind::kCustomJwt,
                             "1", "{}", world_.clock.TimeNow()});
  ASSERT_THAT(world_.store->users()->Insert(user), IsOk());
  EXPECT_THAT(world_.Login(LoginTestWorld::Function("1")),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(Users(), SizeIs(1));
  EXPECT_THAT(world_.Login(LoginTestWorld::Function("2")), IsOk());
}

TEST_F(LoginServiceTest, FailuresChangeNothing) {
  EXPECT_THAT(world_.Login(LoginTestWorld::RejectedFunction()),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(world_.Login({ProviderName("unknown"), FunctionCredential{"{}"}}),
              HasReason(Reason::kProviderNotEnabled));
  EXPECT_THAT(world_.Login({ProviderName(), FacebookCredential()}),
              HasReason(Reason::kProviderNotEnabled));
  EXPECT_THAT(Users(), SizeIs(0));
}

TEST_F(LoginServiceTest, AnUnknownAppIsABadField) {
  for (const char* app : {"", "nobody-abcde"}) {
    LoginRequest request;
    request.app = AppId(app);
    request.credential = LoginTestWorld::Anonymous();
    absl::StatusOr<IssuedSession> issued =
        world_.logins.Login(std::move(request), world_.ctx());
    ASSERT_THAT(issued, HasReason(Reason::kInvalidRequest));
    EXPECT_EQ(GetFieldViolations(issued.status())[0].field, "app");
  }
}

TEST_F(LoginServiceTest, ADisabledUserIsToldSoOnlyAfterTheProof) {
  world_.Register("a@example.com");
  const UserId id =
      world_.LoginOk(LoginTestWorld::Email("a@example.com")).user.id;
  ASSERT_THAT(world_.accounts.SetDisabled(world_.app, id, true, world_.ctx()),
              IsOk());
  EXPECT_THAT(world_.Login(LoginTestWorld::Email("a@example.com")),
              HasReason(Reason::kUserDisabled));
  EXPECT_THAT(world_.Login(LoginTestWorld::Email("a@example.com", "wrong")),
              HasReason(Reason::kCredentialRejected));
  ASSERT_THAT(world_.accounts.SetDisabled(world_.app, id, false, world_.ctx()),
              IsOk());
  EXPECT_THAT(world_.Login(LoginTestWorld::Email("a@example.com")), IsOk());
}

TEST_F(LoginServiceTest, NobodyWaitsForACancelledLogin) {
  CallContext gone = world_.ctx();
  gone.cancelled = [] { return true; };
  LoginRequest request;
  request.app = world_.app;
  request.credential = LoginTestWorld::Anonymous();
  EXPECT_THAT(world_.logins.Login(std::move(request), gone),
              HasReason(Reason::kCancelled));
}

TEST_F(LoginServiceTest, EveryAttemptIsAudited) {
  const IssuedSession issued = world_.LoginOk(LoginTestWorld::Function("1"));
  EXPECT_THAT(world_.Login(LoginTestWorld::RejectedFunction()),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(world_.audit.Lines(),
              ElementsAre("user_created ", "login ",
                          "login_failed CREDENTIAL_REJECTED"));
  const std::vector<AuditEvent> events = world_.audit.events();
  EXPECT_EQ(events[1].user, issued.user.id);
  EXPECT_EQ(events[1].session, issued.session.id);
  EXPECT_EQ(events[1].provider, ProviderName("legacy"));
  EXPECT_EQ(events[2].peer, "127.0.0.1:4711");
  EXPECT_EQ(events[2].request_id, "r1");
}

TEST_F(LoginServiceTest, OnlyALoginThatMakesAUserSaysSo) {
  const IssuedSession issued = world_.LoginOk(LoginTestWorld::Function("1"));
  const AuditEvent created = world_.audit.Of(audit_action::kUserCreated);
  EXPECT_EQ(created.user, issued.user.id);
  EXPECT_EQ(created.app, world_.app);
  EXPECT_EQ(created.provider, ProviderName("legacy"));
  EXPECT_EQ(created.request_id, "r1");
  world_.LoginOk(LoginTestWorld::Function("1"));
  EXPECT_THAT(world_.audit.Lines(),
              ElementsAre("user_created ", "login ", "login "));
}

// A function that says something new each time must not lock its user out.
TEST_F(LoginServiceTest, DataThatGrowsTooLargeIsLeftOut) {
  UserId id;
  std::string before;
  for (int i = 0; i < 10; ++i) {
    const std::string data =
        absl::StrCat(R"({"n)", i, R"(":")", std::string(16'000, 'x'), R"("})");
    const IssuedSession issued =
        world_.LoginOk(LoginTestWorld::Function("1", data));
    if (i == 0) id = issued.user.id;
    EXPECT_EQ(issued.user.id, id);
    const std::string now = world_.Find(id)->data_json;
    EXPECT_EQ(now == before, i >= 4) << i;
    before = now;
  }
  // What fits is taken still.
  const IssuedSession small =
      world_.LoginOk(LoginTestWorld::Function("1", R"({"name":"Ann"})"));
  EXPECT_EQ(small.user.data_json.size(),
            before.size() + std::string(R"(,"name":"Ann")").size());
}

// The user is deleted after a login checked the password and before it looks
// for the user: what it makes then, nobody can log in to.
TEST(LoginWhileDeletedTest, LeavesNoUserOfADeadIdentity) {
  StoreHooks hooks;
  LoginTestWorld world({.per_minute = 0},
                       std::make_unique<HookedStore>(&hooks));
  world.Register("a@example.com");
  const UserId id =
      world.LoginOk(LoginTestWorld::Email("a@example.com")).user.id;
  hooks.find_by_identity = [&] {
    hooks.find_by_identity = nullptr;
    return world.accounts.Delete(world.app, id, world.ctx());
  };
  EXPECT_THAT(world.Login(LoginTestWorld::Email("a@example.com")),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(world.store->users()->List(world.app, {}, UserId(), 10),
              IsOkAndHolds(IsEmpty()));
  const AuditEvent made = world.audit.Of(audit_action::kUserCreated);
  EXPECT_NE(made.user, id);
  EXPECT_EQ(world.audit.Of(audit_action::kUserDeleted).user, made.user);
}

TEST_F(LoginServiceTest, FirstLoginsOfOneIdentityAtOnceMakeOneUser) {
  absl::Mutex mu;
  std::set<UserId> ids;
  InParallel(64, [&](int) {
    absl::StatusOr<IssuedSession> issued =
        world_.Login(LoginTestWorld::Function("1", R"({"name":"x"})"));
    ASSERT_THAT(issued, IsOk());
    absl::MutexLock lock(&mu);
    ids.insert(issued->user.id);
  });
  EXPECT_THAT(ids, SizeIs(1));
  EXPECT_THAT(Users(), SizeIs(1));
}

// Whoever wins, no live session of a disabled user stays behind.
TEST_F(LoginServiceTest, LoginsWhileTheUserIsDisabledLeaveNoSession) {
  const UserId id = world_.LoginOk(LoginTestWorld::Function("1")).user.id;
  absl::Mutex mu;
  std::vector<IssuedSession> issued;
  InParallel(64, [&](int i) {
    if (i == 32) {
      EXPECT_THAT(
          world_.accounts.SetDisabled(world_.app, id, true, world_.ctx()),
          IsOk());
      return;
    }
    absl::StatusOr<IssuedSession> session =
        world_.Login(LoginTestWorld::Function("1"));
    if (!session.ok()) return;
    absl::MutexLock lock(&mu);
    issued.push_back(*std::move(session));
  });
  for (const IssuedSession& session : issued) {
    EXPECT_THAT(world_.Verify(session.access_token),
                HasReason(Reason::kSessionRevoked));
  }
}

class ThrottledLoginTest : public ::testing::Test {
 protected:
  absl::Status TryEmail(const std::string& email, const std::string& peer) {
    LoginRequest request;
    request.app = world_.app;
    request.credential = LoginTestWorld::Email(email, "wrong password");
    CallContext ctx = world_.ctx();
    ctx.peer = peer;
    return world_.logins.Login(std::move(request), ctx).status();
  }

  LoginTestWorld world_{{.per_minute = 6, .burst = 2}};
};

TEST_F(ThrottledLoginTest, TooManyAttemptsOnOneNameWait) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(TryEmail("a@example.com", "10.0.0.1:1"),
                HasReason(Reason::kCredentialRejected));
  }
  // Another port and another spelling are the same peer and name.
  const absl::Status status = TryEmail("A@example.COM", "10.0.0.1:2");
  EXPECT_THAT(status, HasReason(Reason::kThrottled));
  EXPECT_EQ(GetRetryAfter(status), absl::Seconds(10));
  // Neither the right password nor existence tells anything then.
  EXPECT_THAT(TryEmail("b@example.com", "10.0.0.1:1"),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(TryEmail("a@example.com", "10.0.0.2:1"),
              HasReason(Reason::kCredentialRejected));
  world_.clock.AdvanceTime(absl::Seconds(10));
  EXPECT_THAT(TryEmail("a@example.com", "10.0.0.1:1"),
              HasReason(Reason::kCredentialRejected));
}

TEST_F(ThrottledLoginTest, SuccessesCountToo) {
  world_.Register("a@example.com");
  world_.LoginOk(LoginTestWorld::Email("a@example.com"));
  world_.LoginOk(LoginTestWorld::Email("a@example.com"));
  EXPECT_THAT(world_.Login(LoginTestWorld::Email("a@example.com")),
              HasReason(Reason::kThrottled));
}

TEST_F(ThrottledLoginTest, WhatNamesNobodyHasTheWideLimitOfEachPeer) {
  const auto attempt = [&](Credential credential, const char* peer) {
    LoginRequest request;
    request.app = world_.app;
    request.credential = std::move(credential);
    CallContext ctx = world_.ctx();
    ctx.peer = peer;
    return world_.logins.Login(std::move(request), ctx).status();
  };
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(attempt(LoginTestWorld::Anonymous(), "10.0.0.1:1"), IsOk());
    EXPECT_THAT(attempt(LoginTestWorld::Function("1"), "10.0.0.1:1"), IsOk());
  }
  const auto users = [&] {
    return world_.store->users()->List(world_.app, {}, UserId(), 1000)->size();
  };
  const size_t before = users();
  const absl::Status status =
      attempt(LoginTestWorld::Anonymous(), "10.0.0.1:2");
  EXPECT_THAT(status, HasReason(Reason::kThrottled));
  EXPECT_EQ(GetRetryAfter(status), absl::Seconds(1));
  EXPECT_THAT(attempt(LoginTestWorld::Function("1"), "10.0.0.1:2"),
              HasReason(Reason::kThrottled));
  EXPECT_EQ(users(), before);
  EXPECT_THAT(attempt(LoginTestWorld::Anonymous(), "10.0.0.2:1"), IsOk());
  for (int i = 0; i < 30; ++i) {
    EXPECT_THAT(attempt(LoginTestWorld::Anonymous(), "unix"), IsOk());
  }
}

TEST_F(ThrottledLoginTest, OnePeerTriesTenTimesAsMuchOnAllNames) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(TryEmail(absl::StrCat(i, "@example.com"), "10.0.0.1:1"),
                HasReason(Reason::kCredentialRejected));
  }
  const uint64_t hashes = world_.passwords.hashes_run();
  const absl::Status status = TryEmail("new@example.com", "10.0.0.1:2");
  EXPECT_THAT(status, HasReason(Reason::kThrottled));
  EXPECT_EQ(GetRetryAfter(status), absl::Seconds(1));
  EXPECT_EQ(world_.passwords.hashes_run(), hashes);
  EXPECT_THAT(TryEmail("new@example.com", "10.0.0.2:1"),
              HasReason(Reason::kCredentialRejected));
}

// All of a Unix socket are not one peer, but still limited on each name.
TEST_F(ThrottledLoginTest, AUnixSocketTriesAsManyNamesAsItLikes) {
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(TryEmail(absl::StrCat(i, "@example.com"), "unix"),
                HasReason(Reason::kCredentialRejected));
  }
  EXPECT_THAT(TryEmail("0@example.com", "unix"),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(TryEmail("0@example.com", "unix"), HasReason(Reason::kThrottled));
}

TEST_F(ThrottledLoginTest, OneNameIsTriedTenTimesAsMuchByAllPeers) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(TryEmail("a@example.com", absl::StrCat("10.0.0.", i, ":1")),
                HasReason(Reason::kCredentialRejected));
  }
  const uint64_t hashes = world_.passwords.hashes_run();
  const absl::Status status = TryEmail("A@example.com", "10.0.0.99:1");
  EXPECT_THAT(status, HasReason(Reason::kThrottled));
  EXPECT_EQ(GetRetryAfter(status), absl::Seconds(1));
  EXPECT_EQ(world_.passwords.hashes_run(), hashes);
  EXPECT_THAT(TryEmail("b@example.com", "10.0.0.99:1"),
              HasReason(Reason::kCredentialRejected));
}

TEST_F(ThrottledLoginTest, OnePeerAloneCannotLockAName) {
  for (int i = 0; i < 50; ++i) {
    TryEmail("a@example.com", "10.0.0.1:1").IgnoreError();
  }
  EXPECT_THAT(TryEmail("a@example.com", "10.0.0.2:1"),
              HasReason(Reason::kCredentialRejected));
}

TEST(AttemptKeysTest, HoldNoSecret) {
  const AppId app("myapp-abcde");
  const std::optional<AttemptKeys> keys = AttemptKeysOf(
      "10.0.0.1:77", app, LoginTestWorld::Email("A@example.com", "pa55word"));
  ASSERT_TRUE(keys.has_value());
  EXPECT_EQ(keys->peer_and_name,
            "10.0.0.1\nmyapp-abcde\nemail_password\na@example.com");
  EXPECT_EQ(keys->peer, "peer\n10.0.0.1");
  EXPECT_EQ(keys->name, "name\nmyapp-abcde\nemail_password\na@example.com");
  const std::string secret(43, 'A');
  const std::string key = "lk_0123456789abcdef01234567_" + secret;
  const std::optional<AttemptKeys> of_key =
      AttemptKeysOf("unix", app, LoginTestWorld::ApiKey(Secret(key)));
  ASSERT_TRUE(of_key.has_value());
  EXPECT_EQ(of_key->peer_and_name,
            "unix\nmyapp-abcde\napi_key\n0123456789abcdef01234567");
  EXPECT_EQ(of_key->peer, "");
  const std::optional<AttemptKeys> malformed = AttemptKeysOf(
      "unix", app, LoginTestWorld::ApiKey(Secret("lk_" + secret)));
  ASSERT_TRUE(malformed.has_value());
  EXPECT_THAT(malformed->peer_and_name, Not(HasSubstr("AAAA")));
}

TEST(AttemptKeysTest, PeersAreAddressesWithoutPort) {
  EXPECT_EQ(PeerKey("1.2.3.4:55"), "1.2.3.4");
  EXPECT_EQ(PeerKey("1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(PeerKey("unix"), "unix");
  EXPECT_EQ(PeerKey(""), "");
  EXPECT_EQ(PeerKey(":80"), "");
  EXPECT_EQ(PeerKey("[::1]:55"), "::/64");
  EXPECT_EQ(PeerKey("::1"), "::/64");
  EXPECT_EQ(PeerKey("[2001:db8:0:1:aaaa::1]:5"), "2001:db8:0:1::/64");
  EXPECT_EQ(PeerKey("[2001:db8:0:1:bbbb::2]:6"), "2001:db8:0:1::/64");
  EXPECT_EQ(PeerKey("[2001:db8:0:2::1]:5"), "2001:db8:0:2::/64");
  EXPECT_EQ(PeerKey("[::ffff:1.2.3.4]:5"), "1.2.3.4");
  EXPECT_EQ(PeerKey("[fe80::1%eth0]:5"), "fe80::/64");
  EXPECT_EQ(PeerKey("[nonsense"), "[nonsense");
}

}  // namespace
}  // namespace latchkey
