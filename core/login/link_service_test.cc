#include "core/login/link_service.h"

#include <atomic>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "core/base/reason.h"
#include "core/login/hooked_store.h"
#include "core/login/login_test_world.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::Contains;
using ::testing::SizeIs;

const ProviderName kLegacy("legacy");

class LinkServiceTest : public ::testing::Test {
 protected:
  absl::StatusOr<UserRecord> Link(const Principal& caller,
                                  const Credential& credential) {
    return world_.links.Link(caller, credential, world_.ctx());
  }
  absl::StatusOr<UserRecord> LinkFunction(const Principal& caller,
                                          const std::string& id,
                                          const std::string& data = "{}") {
    return Link(caller, LoginTestWorld::Function(id, data));
  }
  absl::StatusOr<UserRecord> Unlink(const Principal& caller,
                                    const ProviderName& provider,
                                    const std::string& subject) {
    return world_.links.Unlink(caller, provider, subject, world_.ctx());
  }
  Principal NewCaller() {
    return world_.Caller(world_.LoginOk(LoginTestWorld::Anonymous()));
  }
  UserRecord Stored(const Principal& caller) {
    absl::StatusOr<UserRecord> user = world_.Find(UserId(caller.user_id));
    EXPECT_THAT(user, IsOk());
    return *user;
  }

  LoginTestWorld world_;
};

TEST_F(LinkServiceTest, AnAnonymousUserLinksAnAddressAndStaysTheSame) {
  world_.Register("a@example.com");
  const Principal caller = NewCaller();
  absl::StatusOr<UserRecord> linked =
      Link(caller, LoginTestWorld::Email("a@example.com"));
  ASSERT_THAT(linked, IsOk());
  EXPECT_EQ(linked->id.value(), caller.user_id);
  EXPECT_THAT(linked->identities, SizeIs(2));
  EXPECT_EQ(linked->version, Stored(caller).version);

  const IssuedSession again =
      world_.LoginOk(LoginTestWorld::Email("a@example.com"));
  EXPECT_EQ(again.user.id.value(), caller.user_id);
  EXPECT_THAT(world_.audit.Lines(), Contains("link "));
}

TEST_F(LinkServiceTest, TheIdentitysDataComesAlong) {
  const Principal caller = NewCaller();
  ASSERT_THAT(LinkFunction(caller, "24601", R"({"name":"Jean"})"), IsOk());
  const UserRecord user = Stored(caller);
  EXPECT_EQ(user.data_json, R"({"name":"Jean"})");
  EXPECT_EQ(user.identities[1].data_json, R"({"name":"Jean"})");
  EXPECT_EQ(user.identities[1].subject, "24601");
}

TEST_F(LinkServiceTest, AnIdentityOfAnotherUserIsRefusedAndDoesNotMove) {
  const IssuedSession owner = world_.LoginOk(LoginTestWorld::Function("1"));
  const Principal caller = NewCaller();
  EXPECT_THAT(LinkFunction(caller, "1"), HasReason(Reason::kIdentityInUse));
  EXPECT_THAT(Stored(caller).identities, SizeIs(1));
  EXPECT_EQ(world_.LoginOk(LoginTestWorld::Function("1")).user.id,
            owner.user.id);
  EXPECT_THAT(world_.audit.Lines(), Contains("link_failed IDENTITY_IN_USE"));
}

TEST_F(LinkServiceTest, LinkingTwiceChangesNothing) {
  const Principal caller = NewCaller();
  ASSERT_THAT(LinkFunction(caller, "1"), IsOk());
  const uint64_t version = Stored(caller).version;
  ASSERT_THAT(LinkFunction(caller, "1"), IsOk());
  EXPECT_EQ(Stored(caller).version, version);
  EXPECT_THAT(Stored(caller).identities, SizeIs(2));
}

// Else a key that leaked could outlive its own end.
TEST_F(LinkServiceTest, ASessionOfAnApiKeyLinksNothing) {
  const IssuedSession owner = world_.LoginOk(LoginTestWorld::Function("1"));
  const auto own =
      world_.api_keys.CreateUserKey(world_.app, owner.user.id, "laptop");
  const auto server = world_.api_keys.CreateServerKey(world_.app, "worker");
  ASSERT_THAT(own, IsOk());
  ASSERT_THAT(server, IsOk());
  for (const auto* key : {&*own, &*server}) {
    Principal caller =
        world_.Caller(world_.LoginOk(LoginTestWorld::ApiKey(key->key)));
    EXPECT_THAT(LinkFunction(caller, "2"),
                HasReason(Reason::kCallerNotAllowed));
    EXPECT_THAT(world_.audit.Lines(),
                Contains("link_failed CALLER_NOT_ALLOWED"));
    // The provider was called something else when the session began.
    caller.provider = "older";
    EXPECT_THAT(LinkFunction(caller, "2"),
                HasReason(Reason::kCallerNotAllowed));
  }
  EXPECT_THAT(LinkFunction(world_.Caller(owner), "2"), IsOk());
}

TEST_F(LinkServiceTest, DataThatGrowsTooLargeIsLeftOut) {
  const Principal caller = NewCaller();
  const auto link = [&](int i) {
    return LinkFunction(
        caller, absl::StrCat(i),
        absl::StrCat(R"({"n)", i, R"(":")", std::string(16'000, 'x'), R"("})"));
  };
  for (int i = 0; i < 4; ++i) ASSERT_THAT(link(i), IsOk());
  const std::string before = Stored(caller).data_json;
  EXPECT_GT(before.size(), 64'000u);
  ASSERT_THAT(link(4), IsOk());
  EXPECT_EQ(Stored(caller).data_json, before);
  EXPECT_THAT(Stored(caller).identities, SizeIs(6));
  EXPECT_EQ(world_.LoginOk(LoginTestWorld::Function("4")).user.id.value(),
            caller.user_id);
}

TEST_F(LinkServiceTest, ASecondAddressIsRefused) {
  world_.Register("a@example.com");
  world_.Register("b@example.com");
  const Principal caller = NewCaller();
  ASSERT_THAT(Link(caller, LoginTestWorld::Email("a@example.com")), IsOk());
  EXPECT_THAT(Link(caller, LoginTestWorld::Email("b@example.com")),
              HasReason(Reason::kIdentityNotLinkable));
  // The one that is there already is fine.
  EXPECT_THAT(Link(caller, LoginTestWorld::Email("a@example.com")), IsOk());
}

TEST_F(LinkServiceTest, AnonymousAndApiKeysAreNotLinkable) {
  const Principal caller = NewCaller();
  EXPECT_THAT(Link(caller, LoginTestWorld::Anonymous()),
              HasReason(Reason::kIdentityNotLinkable));
  absl::StatusOr<CreatedApiKey> key = world_.api_keys.CreateUserKey(
      world_.app, UserId(caller.user_id), "laptop");
  ASSERT_THAT(key, IsOk());
  EXPECT_THAT(Link(caller, LoginTestWorld::ApiKey(key->key)),
              HasReason(Reason::kIdentityNotLinkable));
}

TEST_F(LinkServiceTest, AWrongCredentialLinksNothing) {
  const Principal caller = NewCaller();
  EXPECT_THAT(Link(caller, LoginTestWorld::RejectedFunction()),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(Stored(caller).identities, SizeIs(1));
}

TEST_F(LinkServiceTest, AUserHasAtMost32Identities) {
  const Principal caller = NewCaller();
  for (int i = 1; i < 32; ++i) {
    ASSERT_THAT(LinkFunction(caller, absl::StrCat("id", i)), IsOk());
  }
  EXPECT_THAT(LinkFunction(caller, "one more"),
              HasReason(Reason::kLimitReached));
  EXPECT_THAT(LinkFunction(caller, "id1"), IsOk());
}

TEST_F(LinkServiceTest, DisabledAndDeletedCallersAreRefused) {
  const Principal caller = NewCaller();
  const UserId id(caller.user_id);
  ASSERT_THAT(LinkFunction(caller, "1"), IsOk());
  ASSERT_THAT(world_.accounts.SetDisabled(world_.app, id, true, world_.ctx()),
              IsOk());
  EXPECT_THAT(LinkFunction(caller, "2"), HasReason(Reason::kUserDisabled));
  EXPECT_THAT(Unlink(caller, kLegacy, "1"), HasReason(Reason::kUserDisabled));
  ASSERT_THAT(world_.accounts.Delete(world_.app, id, world_.ctx()), IsOk());
  EXPECT_THAT(LinkFunction(caller, "2"), HasReason(Reason::kUserNotFound));
}

TEST_F(LinkServiceTest, UnlinkTakesOneIdentityAway) {
  const Principal caller = NewCaller();
  ASSERT_THAT(LinkFunction(caller, "1"), IsOk());
  absl::StatusOr<UserRecord> user = Unlink(caller, kLegacy, "1");
  ASSERT_THAT(user, IsOk());
  EXPECT_EQ(user->id.value(), caller.user_id);
  EXPECT_THAT(Stored(caller).identities, SizeIs(1));
  // It is free again.
  EXPECT_NE(world_.LoginOk(LoginTestWorld::Function("1")).user.id.value(),
            caller.user_id);
  EXPECT_THAT(world_.audit.Lines(), Contains("unlink "));
}

TEST_F(LinkServiceTest, UnlinkingAnAddressForgetsItsPassword) {
  world_.Register("a@example.com");
  const Principal caller = NewCaller();
  absl::StatusOr<UserRecord> linked =
      Link(caller, LoginTestWorld::Email("a@example.com"));
  ASSERT_THAT(linked, IsOk());
  const std::string subject = linked->identities[1].subject;
  ASSERT_THAT(Unlink(caller, ProviderName("email_password"), subject), IsOk());
  EXPECT_THAT(world_.store->passwords()->FindById(world_.app, subject),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(world_.Login(LoginTestWorld::Email("a@example.com")),
              HasReason(Reason::kCredentialRejected));
  // The address can be registered again.
  EXPECT_THAT(world_.passwords.RegisterNew(
                  world_.app, ProviderName("email_password"), "a@example.com",
                  Secret("battery staple"), /*confirmed=*/true, world_.ctx()),
              IsOk());
}

// A crash is a store that fails for ever.
TEST(LinkServiceStoreTest, NoSessionOutlivesAnIdentityWhateverFails) {
  StoreHooks hooks;
  LoginTestWorld world({.per_minute = 0},
                       std::make_unique<HookedStore>(&hooks));
  const IssuedSession own = world.LoginOk(LoginTestWorld::Anonymous());
  const Principal caller = world.Caller(own);
  ASSERT_THAT(
      world.links.Link(caller, LoginTestWorld::Function("1"), world.ctx()),
      IsOk());
  const auto unlink = [&] {
    return world.links.Unlink(caller, kLegacy, "1", world.ctx());
  };
  const auto lives = [&](const IssuedSession& session) {
    return world.Verify(session.access_token).ok();
  };
  const IssuedSession before = world.LoginOk(LoginTestWorld::Function("1"));
  const UserRecord linked = before.user;
  // The second end of sessions fails: the identity is gone, and they are.
  hooks.revoke_all_of = [&] {
    return world.Find(linked.id)->identities.size() == 2
               ? absl::OkStatus()
               : Error(Reason::kStoreUnavailable, "crash");
  };
  EXPECT_THAT(unlink(), HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(world.Find(linked.id)->identities, SizeIs(1));
  EXPECT_FALSE(lives(before));
  EXPECT_TRUE(lives(own));
  // A login that came in between: the next try ends it.
  SessionService::BeginOptions options;
  options.user = linked;
  options.provider = kLegacy;
  options.subject = "1";
  const auto between = world.sessions.Begin(options, world.ctx());
  ASSERT_THAT(between, IsOk());
  hooks.revoke_all_of = nullptr;
  EXPECT_THAT(unlink(), HasReason(Reason::kIdentityNotFound));
  EXPECT_FALSE(lives(*between));
  EXPECT_TRUE(lives(own));
}

// The sessions end first: should that fail, nothing has happened.
TEST(LinkServiceStoreTest, AnIdentityStaysWhileItsSessionsCannotEnd) {
  StoreHooks hooks;
  LoginTestWorld world({.per_minute = 0},
                       std::make_unique<HookedStore>(&hooks));
  const IssuedSession own = world.LoginOk(LoginTestWorld::Function("1"));
  const Principal caller = world.Caller(own);
  ASSERT_THAT(
      world.links.Link(caller, LoginTestWorld::Function("2"), world.ctx()),
      IsOk());
  hooks.revoke_all_of = [] { return Error(Reason::kStoreUnavailable, "full"); };
  EXPECT_THAT(world.links.Unlink(caller, kLegacy, "2", world.ctx()),
              HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(world.Find(own.user.id)->identities, SizeIs(2));
}

TEST_F(LinkServiceTest, AnIdentityOfAnotherKindIsNotTheCallers) {
  const Principal caller = NewCaller();
  UserRecord user = Stored(caller);
  user.identities.push_back(
      {kLegacy, ProviderKind::kCustomJwt, "1", "{}", world_.clock.TimeNow()});
  ASSERT_THAT(world_.store->users()->CompareAndUpdate(user), IsOk());
  EXPECT_THAT(LinkFunction(caller, "1"),
              HasReason(Reason::kCredentialRejected));
}

TEST_F(LinkServiceTest, TheLastIdentityStays) {
  const Principal caller =
      world_.Caller(world_.LoginOk(LoginTestWorld::Function("1")));
  const IssuedSession other = world_.LoginOk(LoginTestWorld::Function("1"));
  EXPECT_THAT(Unlink(caller, kLegacy, "1"), HasReason(Reason::kLastIdentity));
  EXPECT_THAT(world_.Verify(other.access_token), IsOk());
  EXPECT_THAT(Stored(caller).identities, SizeIs(1));
}

TEST_F(LinkServiceTest, OnlyOwnIdentitiesCanBeUnlinked) {
  world_.LoginOk(LoginTestWorld::Function("other"));
  const Principal caller = NewCaller();
  ASSERT_THAT(LinkFunction(caller, "1"), IsOk());
  EXPECT_THAT(Unlink(caller, kLegacy, "other"),
              HasReason(Reason::kIdentityNotFound));
  EXPECT_THAT(Unlink(caller, ProviderName("email_password"), "1"),
              HasReason(Reason::kIdentityNotFound));
}

// jwt-attacks 159.
TEST_F(LinkServiceTest, OfManyUsersWhoLinkOneIdentityOneWins) {
  std::vector<Principal> callers;
  for (int i = 0; i < 32; ++i) callers.push_back(NewCaller());
  std::atomic<int> won{0};
  InParallel(32, [&](int i) {
    absl::StatusOr<UserRecord> user =
        LinkFunction(callers[static_cast<size_t>(i)], "wanted");
    if (user.ok()) {
      ++won;
    } else {
      EXPECT_THAT(user, HasReason(Reason::kIdentityInUse));
    }
  });
  EXPECT_EQ(won, 1);
}

TEST_F(LinkServiceTest, OneUserLinksManyAtOnceAndLosesNone) {
  const Principal caller = NewCaller();
  std::atomic<int> linked{0};
  InParallel(16, [&](int i) {
    // A caller that lost too often is told to try again.
    absl::StatusOr<UserRecord> user;
    do {
      user = LinkFunction(caller, absl::StrCat("id", i));
    } while (GetReason(user.status()) == Reason::kConflict);
    if (user.ok()) ++linked;
  });
  EXPECT_EQ(linked, 16);
  EXPECT_THAT(Stored(caller).identities, SizeIs(17));
}

TEST_F(LinkServiceTest, UnlinkingAllAtOnceLeavesOne) {
  const Principal caller =
      world_.Caller(world_.LoginOk(LoginTestWorld::Function("id0")));
  for (int i = 1; i < 8; ++i) {
    ASSERT_THAT(LinkFunction(caller, absl::StrCat("id", i)), IsOk());
  }
  std::atomic<int> last{0};
  InParallel(8, [&](int i) {
    absl::StatusOr<UserRecord> user;
    do {
      user = Unlink(caller, kLegacy, absl::StrCat("id", i));
    } while (GetReason(user.status()) == Reason::kConflict);
    if (GetReason(user.status()) == Reason::kLastIdentity) ++last;
  });
  EXPECT_EQ(last, 1);
  EXPECT_THAT(Stored(caller).identities, SizeIs(1));
}

}  // namespace
}  // namespace latchkey
