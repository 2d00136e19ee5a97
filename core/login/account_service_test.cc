#include "core/login/account_service.h"

#include <memory>
#include <string>
#include <vector>

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

class AccountServiceTest : public ::testing::Test {
 protected:
  absl::StatusOr<UserRecord> SetDisabled(const UserId& id, bool disabled) {
    return world_.accounts.SetDisabled(world_.app, id, disabled, world_.ctx());
  }
  absl::Status Delete(const UserId& id) {
    return world_.accounts.Delete(world_.app, id, world_.ctx());
  }
  std::vector<ApiKeyRecord> Keys(const UserId& owner) {
    return *world_.store->api_keys()->List(world_.app, owner);
  }

  LoginTestWorld world_;
};

TEST_F(AccountServiceTest, GetReadsOneUserOfTheApp) {
  const UserId id = world_.LoginOk(LoginTestWorld::Function("1")).user.id;
  absl::StatusOr<UserRecord> user = world_.accounts.Get(world_.app, id);
  ASSERT_THAT(user, IsOk());
  EXPECT_EQ(user->id, id);
  EXPECT_THAT(world_.accounts.Get(world_.other_app, id),
              HasReason(Reason::kUserNotFound));
}

TEST_F(AccountServiceTest, CreateMakesAUserWhoseIdentityThenLogsIn) {
  UserRecord user;
  user.app = world_.app;
  user.data_json = R"({"a":1})";
  user.identities.push_back(
      {ProviderName("legacy"), ProviderKind::kFunction, "24601", "{}", {}});
  absl::StatusOr<UserRecord> made = world_.accounts.Create(user, world_.ctx());
  ASSERT_THAT(made, IsOk());
  EXPECT_TRUE(IsObjectId(made->id.value()));
  EXPECT_EQ(made->created_at, world_.clock.TimeNow());
  EXPECT_EQ(made->identities[0].created_at, world_.clock.TimeNow());
  EXPECT_EQ(made->version, world_.Find(made->id)->version);
  EXPECT_EQ(world_.LoginOk(LoginTestWorld::Function("24601")).user.id,
            made->id);
  EXPECT_THAT(world_.accounts.Create(user, world_.ctx()),
              HasReason(Reason::kIdentityInUse));
}

TEST_F(AccountServiceTest, CreateKeepsAGoodIdAndRefusesABadOne) {
  UserRecord user;
  user.app = world_.app;
  user.id = UserId("0123456789abcdef01234567");
  EXPECT_THAT(world_.accounts.Create(user, world_.ctx()), IsOk());
  EXPECT_THAT(world_.accounts.Create(user, world_.ctx()),
              HasReason(Reason::kResourceExists));
  user.id = UserId("ABC");
  EXPECT_THAT(world_.accounts.Create(user, world_.ctx()),
              HasReason(Reason::kInvalidRequest));
}

TEST_F(AccountServiceTest, DisableEndsAllSessionsAndEnableBringsNoneBack) {
  const IssuedSession first = world_.LoginOk(LoginTestWorld::Function("1"));
  const IssuedSession second = world_.LoginOk(LoginTestWorld::Function("1"));
  absl::StatusOr<UserRecord> user = SetDisabled(first.user.id, true);
  ASSERT_THAT(user, IsOk());
  EXPECT_TRUE(user->disabled);
  for (const IssuedSession* session : {&first, &second}) {
    EXPECT_THAT(world_.Verify(session->access_token),
                HasReason(Reason::kSessionRevoked));
    EXPECT_THAT(world_.sessions.Refresh(session->refresh_token, world_.ctx()),
                HasReason(Reason::kSessionRevoked));
  }
  ASSERT_THAT(SetDisabled(first.user.id, false), IsOk());
  EXPECT_THAT(world_.Verify(first.access_token),
              HasReason(Reason::kSessionRevoked));
  EXPECT_THAT(world_.sessions.Refresh(first.refresh_token, world_.ctx()),
              HasReason(Reason::kSessionRevoked));
  EXPECT_THAT(world_.Login(LoginTestWorld::Function("1")), IsOk());
  EXPECT_THAT(world_.audit.Lines(), Contains("user_disabled "));
  EXPECT_THAT(world_.audit.Lines(), Contains("user_enabled "));
}

TEST_F(AccountServiceTest, DisablingTwiceWritesOnce) {
  const UserId id = world_.LoginOk(LoginTestWorld::Function("1")).user.id;
  ASSERT_THAT(SetDisabled(id, true), IsOk());
  const uint64_t version = world_.Find(id)->version;
  ASSERT_THAT(SetDisabled(id, true), IsOk());
  EXPECT_EQ(world_.Find(id)->version, version);
}

TEST_F(AccountServiceTest, DeleteRemovesAllThatTheUserHad) {
  world_.Register("a@example.com");
  const IssuedSession issued =
      world_.LoginOk(LoginTestWorld::Email("a@example.com"));
  const UserId id = issued.user.id;
  ASSERT_THAT(world_.links.Link(world_.Caller(issued),
                                LoginTestWorld::Function("1"), world_.ctx()),
              IsOk());
  absl::StatusOr<CreatedApiKey> key =
      world_.api_keys.CreateUserKey(world_.app, id, "laptop");
  ASSERT_THAT(key, IsOk());

  ASSERT_THAT(Delete(id), IsOk());
  EXPECT_THAT(world_.Find(id), HasReason(Reason::kUserNotFound));
  EXPECT_THAT(world_.Verify(issued.access_token),
              HasReason(Reason::kSessionRevoked));
  EXPECT_THAT(world_.sessions.Refresh(issued.refresh_token, world_.ctx()),
              HasReason(Reason::kSessionRevoked));
  EXPECT_THAT(world_.Login(LoginTestWorld::Email("a@example.com")),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(world_.Login(LoginTestWorld::ApiKey(key->key)),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(Keys(id), SizeIs(0));
  // The same identity is somebody new.
  EXPECT_NE(world_.LoginOk(LoginTestWorld::Function("1")).user.id, id);
  EXPECT_THAT(Delete(id), HasReason(Reason::kUserNotFound));
  EXPECT_THAT(world_.audit.Lines(), Contains("user_deleted "));
}

// What was stored is told, though the sessions could not be ended; the next try
// ends them.
TEST(AccountsOverABadStoreTest, WhatHappenedIsAuditedAndCanBeFinished) {
  StoreHooks hooks;
  LoginTestWorld world({.per_minute = 0},
                       std::make_unique<HookedStore>(&hooks));
  const UserId id = world.LoginOk(LoginTestWorld::Function("1")).user.id;
  int spared = 0;  // calls that go well
  hooks.revoke_all_of = [&] {
    if (spared-- > 0) return absl::OkStatus();
    return Error(Reason::kStoreUnavailable, "unlucky");
  };
  EXPECT_THAT(world.accounts.SetDisabled(world.app, id, true, world.ctx()),
              HasReason(Reason::kStoreUnavailable));
  EXPECT_TRUE(world.Find(id)->disabled);
  EXPECT_EQ(world.audit.Of(audit_action::kUserDisabled).user, id);

  spared = 1;
  EXPECT_THAT(world.accounts.Delete(world.app, id, world.ctx()),
              HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(world.Find(id), HasReason(Reason::kUserNotFound));
  EXPECT_EQ(world.audit.Of(audit_action::kUserDeleted).user, id);

  // As of a login that came in between.
  SessionRecord late;
  late.id = SessionId("late");
  late.app = world.app;
  late.user = id;
  late.expires_at = world.clock.TimeNow() + absl::Hours(1);
  ASSERT_THAT(world.store->sessions()->Insert(late), IsOk());
  hooks.revoke_all_of = nullptr;
  EXPECT_THAT(world.accounts.Delete(world.app, id, world.ctx()),
              HasReason(Reason::kUserNotFound));
  EXPECT_TRUE(world.store->sessions()->Find(late.id)->revoked_at.has_value());
}

TEST_F(AccountServiceTest, DeleteLeavesOtherUsersAlone) {
  world_.Register("a@example.com");
  world_.Register("b@example.com");
  const IssuedSession gone =
      world_.LoginOk(LoginTestWorld::Email("a@example.com"));
  const IssuedSession stays =
      world_.LoginOk(LoginTestWorld::Email("b@example.com"));
  absl::StatusOr<CreatedApiKey> key =
      world_.api_keys.CreateUserKey(world_.app, stays.user.id, "laptop");
  ASSERT_THAT(key, IsOk());
  ASSERT_THAT(Delete(gone.user.id), IsOk());
  EXPECT_THAT(world_.Verify(stays.access_token), IsOk());
  EXPECT_THAT(world_.Login(LoginTestWorld::Email("b@example.com")), IsOk());
  EXPECT_THAT(world_.Login(LoginTestWorld::ApiKey(key->key)), IsOk());
}

TEST_F(AccountServiceTest, DeleteOfAServerUserRemovesItsKeyOnly) {
  absl::StatusOr<CreatedApiKey> first =
      world_.api_keys.CreateServerKey(world_.app, "first");
  absl::StatusOr<CreatedApiKey> second =
      world_.api_keys.CreateServerKey(world_.app, "second");
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  ASSERT_THAT(Delete(first->record.user), IsOk());
  ASSERT_THAT(Keys(UserId()), SizeIs(1));
  EXPECT_EQ(Keys(UserId())[0].id, second->record.id);
}

}  // namespace
}  // namespace latchkey
