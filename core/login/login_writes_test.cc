// What a login costs, and what it leaves behind when it loses against others.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/app/app.h"
#include "core/base/ids.h"
#include "core/base/reason.h"
#include "core/base/secret.h"
#include "core/crypto/algorithm.h"
#include "core/jwks/jwks_cache.h"
#include "core/login/hooked_store.h"
#include "core/login/login_test_world.h"
#include "core/provider/credential.h"
#include "core/provider/provider.h"
#include "core/provider/provider_settings.h"
#include "core/provider/provider_test_world.h"
#include "core/session/principal.h"
#include "core/session/session_service.h"
#include "core/store/session_store.h"
#include "core/store/user_store.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LoginWritesTest : public ::testing::Test {
 protected:
  void CountWrites() {
    hooks_.write = [this] {
      ++writes_;
      return absl::OkStatus();
    };
  }
  // Before the next write, once.
  void BeforeWrite(std::function<void()> meanwhile) {
    hooks_.write = [this, meanwhile = std::move(meanwhile)] {
      CountWrites();
      ++writes_;
      meanwhile();
      return absl::OkStatus();
    };
  }
  std::vector<SessionRecord> LiveSessions(const UserId& user) {
    std::vector<SessionRecord> live;
    auto all = world_.store->sessions()->ListOf(world_.app, user, {}, 100);
    EXPECT_THAT(all, IsOk());
    for (SessionRecord& session : *all) {
      if (!session.revoked_at) live.push_back(std::move(session));
    }
    return live;
  }
  std::vector<UserRecord> Users() {
    return *world_.store->users()->List(world_.app, {}, UserId(), 100);
  }

  StoreHooks hooks_;
  int writes_ = 0;
  LoginTestWorld world_{{.per_minute = 0},
                        std::make_unique<HookedStore>(&hooks_)};
};

TEST_F(LoginWritesTest, AFirstLoginWritesOnce) {
  CountWrites();
  world_.LoginOk(LoginTestWorld::Anonymous());
  EXPECT_EQ(writes_, 1);
  world_.LoginOk(LoginTestWorld::Function("1"));
  EXPECT_EQ(writes_, 2);
}

class FederatedLoginTest : public LoginWritesTest {
 protected:
  FederatedLoginTest() {
    fetcher_.Serve("https://op.example/keys", issuer_.Jwks());
    OidcSettings oidc;
    oidc.issuer = issuer_.issuer();
    oidc.audience = "api://default";
    oidc.auth_name_prefix = "okta";
    oidc.client_id = "0oaclient";
    oidc.use_authorization_claim = false;
    oidc.log_claims.clear();
    oidc.key_source.jwks_uri = "https://op.example/keys";
    oidc.algorithms = {Algorithm::kEs256};
    std::vector<AppSettings> apps(1);
    apps[0].id = world_.app;
    apps[0].providers.emplace_back();
    apps[0].providers[0].name = ProviderName("okta");
    apps[0].providers[0].arm = std::move(oidc);
    ProviderDeps deps;
    deps.clock = &world_.clock;
    deps.random = &world_.random;
    deps.store = world_.store.get();
    deps.jwks = &jwks_;
    auto table = BuildAppTable(apps, deps);
    EXPECT_THAT(table, IsOk());
    if (table.ok()) world_.apps.Set(*std::move(table));
  }
  ~FederatedLoginTest() override { world_.apps.Set(nullptr); }

  IssuedSession Login(const std::string& token) {
    return world_.LoginOk(
        {ProviderName("okta"), OidcCredential{Secret(token)}});
  }
  std::string Token(absl::string_view subject) {
    return issuer_.Token(
        issuer_.Claims(subject, "api://default", world_.clock.TimeNow()));
  }
  TestIssuer issuer_{"https://op.example"};
  FixedFetcher fetcher_;
  JwksCache jwks_{JwksCacheOptions(), &fetcher_, &world_.clock, &world_.random};
};

// Its one signature check: OidcTest.ALoginCostsOneSignatureCheck.
TEST_F(FederatedLoginTest, ALoginWritesOnce) {
  const std::string token = Token("ann@example.com");
  CountWrites();
  const UserId user = Login(token).user.id;
  EXPECT_EQ(writes_, 1);
  world_.clock.AdvanceTime(absl::Seconds(1));
  const IssuedSession issued = Login(token);
  EXPECT_EQ(writes_, 2);
  EXPECT_EQ(issued.user.id, user);
  EXPECT_EQ(issued.user.last_login_at, world_.clock.TimeNow());
  EXPECT_EQ(issued.user.version, world_.Find(user)->version);
  EXPECT_EQ(world_.Find(user)->last_login_at, world_.clock.TimeNow());
  EXPECT_THAT(LiveSessions(user), SizeIs(2));
  EXPECT_EQ(fetcher_.fetches(), 1);
}

TEST_F(LoginWritesTest, ALoginThatCannotBeStoredChangesNothing) {
  const UserId user = world_.LoginOk(LoginTestWorld::Function("1")).user.id;
  const UserRecord before = *world_.Find(user);
  world_.clock.AdvanceTime(absl::Hours(1));
  hooks_.write = [] { return Error(Reason::kStoreUnavailable, "full"); };
  EXPECT_THAT(world_.Login(LoginTestWorld::Function("1", R"({"a":1})")),
              HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(world_.Login(LoginTestWorld::Function("2")),
              HasReason(Reason::kStoreUnavailable));
  EXPECT_EQ(world_.Find(user)->last_login_at, before.last_login_at);
  EXPECT_EQ(world_.Find(user)->data_json, before.data_json);
  EXPECT_THAT(LiveSessions(user), SizeIs(1));
  EXPECT_THAT(Users(), SizeIs(1));
  EXPECT_THAT(
      world_.audit.Lines(),
      ElementsAre("user_created ", "login ", "login_failed STORE_UNAVAILABLE",
                  "login_failed STORE_UNAVAILABLE"));
}

// The other has noted the time already.
TEST_F(LoginWritesTest, ALoginThatLosesAgainstAnotherBeginsAllTheSame) {
  const UserId user = world_.LoginOk(LoginTestWorld::Function("1")).user.id;
  BeforeWrite([this] { world_.LoginOk(LoginTestWorld::Function("1")); });
  const IssuedSession issued = world_.LoginOk(LoginTestWorld::Function("1"));
  EXPECT_EQ(issued.user.id, user);
  EXPECT_EQ(issued.user.version, 2u);
  EXPECT_EQ(world_.Find(user)->version, 2u);
  EXPECT_THAT(LiveSessions(user), SizeIs(3));
  // Two that stored, and the one that lost and changed nothing.
  EXPECT_EQ(writes_, 3);
}

TEST_F(LoginWritesTest, WhatIsNewIsWrittenAgainstAnotherLoginToo) {
  const UserId user = world_.LoginOk(LoginTestWorld::Function("1")).user.id;
  BeforeWrite(
      [this] { world_.LoginOk(LoginTestWorld::Function("1", R"({"b":2})")); });
  world_.LoginOk(LoginTestWorld::Function("1", R"({"a":1})"));
  EXPECT_EQ(world_.Find(user)->data_json, R"({"b":2,"a":1})");
  EXPECT_EQ(world_.Find(user)->version, 3u);
  EXPECT_THAT(LiveSessions(user), SizeIs(3));
}

TEST_F(LoginWritesTest, AFirstLoginThatLosesFindsTheOthersUser) {
  UserId user;
  BeforeWrite(
      [&] { user = world_.LoginOk(LoginTestWorld::Function("1")).user.id; });
  EXPECT_EQ(world_.LoginOk(LoginTestWorld::Function("1")).user.id, user);
  EXPECT_THAT(Users(), SizeIs(1));
  EXPECT_THAT(LiveSessions(user), SizeIs(2));
  EXPECT_THAT(world_.audit.Lines(),
              ElementsAre("user_created ", "login ", "login "));
}

TEST_F(LoginWritesTest, AUserWhoIsDisabledMeanwhileHasNoSession) {
  const UserId user = world_.LoginOk(LoginTestWorld::Function("1")).user.id;
  BeforeWrite([&] {
    EXPECT_THAT(
        world_.accounts.SetDisabled(world_.app, user, true, world_.ctx()),
        IsOk());
  });
  EXPECT_THAT(world_.Login(LoginTestWorld::Function("1")),
              HasReason(Reason::kUserDisabled));
  EXPECT_THAT(LiveSessions(user), IsEmpty());
}

// The identity is taken away after the login lost once and found it again.
TEST_F(LoginWritesTest, AnIdentityThatIsUnlinkedMeanwhileHasNoSession) {
  world_.Register("a@example.com");
  const IssuedSession mine =
      world_.LoginOk(LoginTestWorld::Email("a@example.com"));
  const Principal caller = world_.Caller(mine);
  ASSERT_THAT(
      world_.links.Link(caller, LoginTestWorld::Function("1"), world_.ctx()),
      IsOk());
  const auto unlink = [&] {
    EXPECT_THAT(
        world_.links.Unlink(caller, ProviderName("legacy"), "1", world_.ctx()),
        IsOk());
  };
  BeforeWrite([&] {
    world_.LoginOk(LoginTestWorld::Function("1"));
    BeforeWrite(unlink);
  });
  EXPECT_THAT(world_.Login(LoginTestWorld::Function("1")),
              HasReason(Reason::kCredentialRejected));
  const std::vector<SessionRecord> live = LiveSessions(mine.user.id);
  ASSERT_THAT(live, SizeIs(1));
  EXPECT_EQ(live[0].id, mine.session.id);
}

}  // namespace
}  // namespace latchkey
