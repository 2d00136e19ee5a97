#include "core/login/anonymous_sweep.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/login/hooked_store.h"
#include "core/login/login_test_world.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);

class AnonymousSweepTest : public testing::Test {
 protected:
  // Walk takes steps until the walk over all apps is over.
  void Walk() {
    while (sweep_.Step() < world_.clock.TimeNow() + AnonymousSweep::kPause) {
    }
  }
  bool IsThere(const UserId& user) { return world_.Find(user).ok(); }

  StoreHooks hooks_;
  LoginTestWorld world_{{.per_minute = 0},
                        std::make_unique<HookedStore>(&hooks_)};
  AnonymousSweep sweep_{{&world_.apps, world_.store.get(), &world_.sessions,
                         &world_.audit, &world_.clock}};
};

TEST_F(AnonymousSweepTest, DeletesWhomNobodyUsedForNinetyDays) {
  const IssuedSession old = world_.LoginOk(LoginTestWorld::Anonymous());
  world_.clock.AdvanceTime(kDay);
  const IssuedSession young = world_.LoginOk(LoginTestWorld::Anonymous());
  world_.clock.AdvanceTime(89 * kDay);
  Walk();  // ninety days are not more than ninety days
  EXPECT_TRUE(IsThere(old.user.id));
  world_.clock.AdvanceTime(absl::Seconds(1));
  Walk();
  EXPECT_FALSE(IsThere(old.user.id));
  EXPECT_TRUE(IsThere(young.user.id));
  EXPECT_EQ(sweep_.figures().deleted, 1u);
  const AuditEvent event = world_.audit.Of(audit_action::kUserDeleted);
  EXPECT_EQ(event.user, old.user.id);
  EXPECT_EQ(event.actor, "anonymous-sweep");
  EXPECT_EQ(event.providers, "anonymous");
}

TEST_F(AnonymousSweepTest, ItsSessionsEnd) {
  const IssuedSession old = world_.LoginOk(LoginTestWorld::Anonymous());
  world_.clock.AdvanceTime(91 * kDay);
  Walk();
  EXPECT_TRUE(
      world_.store->sessions()->Find(old.session.id)->revoked_at.has_value());
}

TEST_F(AnonymousSweepTest, ARefreshIsASignOfLife) {
  const IssuedSession used = world_.LoginOk(LoginTestWorld::Anonymous());
  world_.clock.AdvanceTime(50 * kDay);
  ASSERT_THAT(world_.sessions.Refresh(used.refresh_token, world_.ctx()),
              IsOk());
  world_.clock.AdvanceTime(90 * kDay);
  Walk();
  EXPECT_TRUE(IsThere(used.user.id));
  world_.clock.AdvanceTime(absl::Seconds(1));
  Walk();
  EXPECT_FALSE(IsThere(used.user.id));
}

// As App Services clients have them, for years.
TEST_F(AnonymousSweepTest, TheUseOfASessionThatDoesNotRotateIsOneToo) {
  LoginRequest request;
  request.app = world_.app;
  request.credential = LoginTestWorld::Anonymous();
  request.rotates = false;
  request.session_ttl = 400 * kDay;
  const auto used = world_.logins.Login(std::move(request), world_.ctx());
  ASSERT_THAT(used, IsOk());
  for (int i = 0; i < 5; ++i) {
    world_.clock.AdvanceTime(50 * kDay);
    ASSERT_THAT(world_.sessions.Renew(used->session.id, world_.ctx()), IsOk());
    Walk();
    EXPECT_TRUE(IsThere(used->user.id)) << i;
  }
  world_.clock.AdvanceTime(91 * kDay + absl::Seconds(1));
  Walk();
  EXPECT_FALSE(IsThere(used->user.id));
}

TEST_F(AnonymousSweepTest, LeavesEverybodyElse) {
  const IssuedSession linked = world_.LoginOk(LoginTestWorld::Anonymous());
  ASSERT_THAT(world_.links.Link(world_.Caller(linked),
                                LoginTestWorld::Function("ann"), world_.ctx()),
              IsOk());
  const IssuedSession named = world_.LoginOk(LoginTestWorld::Function("bob"));
  // As one who linked once, made a key then and unlinked.
  const IssuedSession keyed = world_.LoginOk(LoginTestWorld::Anonymous());
  ASSERT_THAT(
      world_.api_keys.CreateUserKey(world_.app, keyed.user.id, "laptop"),
      IsOk());
  UserRecord bare;  // made by an administrator
  bare.app = world_.app;
  const auto made = world_.accounts.Create(bare, world_.ctx());
  ASSERT_THAT(made, IsOk());
  world_.clock.AdvanceTime(400 * kDay);
  Walk();
  EXPECT_TRUE(IsThere(linked.user.id));
  EXPECT_TRUE(IsThere(named.user.id));
  EXPECT_TRUE(IsThere(keyed.user.id));
  EXPECT_TRUE(IsThere(made->id));
  EXPECT_EQ(sweep_.figures().deleted, 0u);
}

TEST_F(AnonymousSweepTest, OneThatIsLinkedAtThatMomentStays) {
  const IssuedSession linked = world_.LoginOk(LoginTestWorld::Anonymous());
  const IssuedSession idle = world_.LoginOk(LoginTestWorld::Anonymous());
  const Principal caller = world_.Caller(linked);
  world_.clock.AdvanceTime(91 * kDay);
  hooks_.remove_unchanged = [&] {
    hooks_.remove_unchanged = nullptr;
    return world_.links
        .Link(caller, LoginTestWorld::Function("ann"), world_.ctx())
        .status();
  };
  Walk();
  EXPECT_TRUE(IsThere(linked.user.id));
  EXPECT_FALSE(world_.store->sessions()->Find(linked.session.id)->revoked_at);
  EXPECT_FALSE(IsThere(idle.user.id));
  EXPECT_EQ(sweep_.figures().spared, 1u);
}

TEST_F(AnonymousSweepTest, OneThatLogsInAtThatMomentStays) {
  const IssuedSession back = world_.LoginOk(LoginTestWorld::Anonymous());
  world_.clock.AdvanceTime(91 * kDay);
  hooks_.remove_unchanged = [&] {
    hooks_.remove_unchanged = nullptr;
    // As a login does.
    auto user = world_.Find(back.user.id);
    if (!user.ok()) return user.status();
    user->last_login_at = world_.clock.TimeNow();
    return world_.store->users()->CompareAndUpdate(*user);
  };
  Walk();
  EXPECT_TRUE(IsThere(back.user.id));
  EXPECT_EQ(sweep_.figures().spared, 1u);
}

TEST_F(AnonymousSweepTest, WalksPageAfterPage) {
  constexpr int kUsers = 1100;
  for (int i = 0; i < kUsers; ++i) {
    UserRecord user;
    user.id = UserId(absl::StrCat("65f0c0ffee65f0c0ffee", 1000 + i));
    user.app = i % 2 == 0 ? world_.app : world_.other_app;
    user.identities.push_back({ProviderName("anonymous"),
                               ProviderKind::kAnonymous, absl::StrCat("s", i),
                               "{}", world_.clock.TimeNow()});
    user.created_at = world_.clock.TimeNow();
    ASSERT_THAT(world_.store->users()->Insert(user), IsOk());
  }
  world_.clock.AdvanceTime(91 * kDay);
  Walk();
  EXPECT_EQ(sweep_.figures().deleted, static_cast<uint64_t>(kUsers));
}

TEST_F(AnonymousSweepTest, AStoreThatFailsIsAskedAgain) {
  const IssuedSession old = world_.LoginOk(LoginTestWorld::Anonymous());
  world_.clock.AdvanceTime(91 * kDay);
  hooks_.remove_unchanged = [&] {
    hooks_.remove_unchanged = nullptr;
    return Error(Reason::kStoreUnavailable, "for a test");
  };
  sweep_.Step();
  EXPECT_TRUE(IsThere(old.user.id));
  EXPECT_EQ(sweep_.figures().failures, 1u);
  Walk();
  EXPECT_FALSE(IsThere(old.user.id));
}

}  // namespace
}  // namespace latchkey
