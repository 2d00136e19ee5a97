// How a session is kept alive, silently: refreshed, and begun anew with the
// issuer's refresh token. Also the rules of MongoDB's drivers for people
// (https://github.com/mongodb/specifications, auth, MONGODB-OIDC) that make
// sense for a command line.
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "clients/cli/failure.h"
#include "clients/cli/people_test_world.h"
#include "clients/cli/session_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Message = google::protobuf::Message;

constexpr char kServer[] = "127.0.0.1:7070";

class SessionKeeperTest : public ::testing::Test {
 protected:
  SessionKeeperTest() { EXPECT_EQ(world_.LogIn().code, kExitOk); }

  CliTestWorld::Result Print() { return world_.Run({"token", "print"}); }
  void Pass(absl::Duration time) { world_.cli.clock.AdvanceTime(time); }
  SessionFile File() const {
    return SessionFile(world_.cli.folder() + "/latchkey/session.json");
  }
  // Nobody answers calls of that method.
  void Away(const std::string& method) {
    world_.cli.Handle(method, [](const Message&, Message*) {
      return RpcError(14, "connection refused", "");
    });
  }

  PeopleWorld world_;
};

TEST_F(SessionKeeperTest, RefreshesAMinuteBeforeTheEnd) {
  Pass(absl::Minutes(29) - absl::Seconds(1));
  EXPECT_EQ(Print().out, "access-1\n");
  EXPECT_EQ(world_.Calls(kRefreshCall), 0);
  Pass(absl::Seconds(1));
  EXPECT_EQ(Print().out, "access-2\n");
  EXPECT_EQ(world_.refreshed, "refresh-1");
  EXPECT_EQ(Print().out, "access-2\n");
  EXPECT_EQ(world_.Calls(kRefreshCall), 1);
  // The issuer has nothing to do with it, and its grant is still there.
  EXPECT_THAT(world_.issuer.asked, IsEmpty());
  EXPECT_THAT(world_.SessionText(), HasSubstr("\"again-1\""));
}

TEST_F(SessionKeeperTest, TokensOfShortLifeAreUsedForHalfOfIt) {
  world_.session_life = absl::Seconds(40);
  world_.LogIn("");
  Pass(absl::Seconds(19));
  EXPECT_EQ(Print().out, "access-2\n");
  Pass(absl::Seconds(1));
  EXPECT_EQ(Print().out, "access-3\n");
}

TEST_F(SessionKeeperTest, ALostAnswerIsAskedForAgainAtOnce) {
  int calls = 0;
  world_.cli.Handle(kRefreshCall, [&](const Message&, Message* response) {
    if (++calls == 1) return RpcError(4, "Deadline Exceeded", "");
    static_cast<v1::RefreshSessionResponse*>(response)
        ->mutable_session()
        ->set_access_token("new");
    return absl::OkStatus();
  });
  Pass(absl::Hours(1));
  EXPECT_EQ(Print().out, "new\n");
  EXPECT_EQ(calls, 2);
}

// Driver rule: only a refusal clears what is kept.
TEST_F(SessionKeeperTest, WhileTheServiceIsAwayATokenThatWorksIsGoodEnough) {
  Away(kRefreshCall);
  const std::string before = world_.SessionText();
  Pass(absl::Minutes(29) + absl::Seconds(30));
  EXPECT_EQ(Print().out, "access-1\n");
  Pass(absl::Minutes(1));
  const auto late = Print();
  EXPECT_EQ(late.code, kExitUnreachable);
  EXPECT_EQ(late.out, "");
  EXPECT_EQ(world_.SessionText(), before);
  EXPECT_THAT(world_.issuer.asked, IsEmpty());
}

// Driver rule: a stale token is tried, then the refresh token, once.
TEST_F(SessionKeeperTest, ASessionThatIsOverBeginsAnewWithoutAsking) {
  world_.Refuse(kRefreshCall, "SESSION_EXPIRED");
  world_.issuer.Give(
      {{"access_token", "foreign-2"}, {"refresh_token", "again-2"}});
  Pass(absl::Hours(1));
  EXPECT_EQ(Print().out, "access-2\n");
  ASSERT_THAT(world_.issuer.asked, SizeIs(1));
  Form& grant = world_.issuer.asked[0].second;
  EXPECT_EQ(grant["grant_type"], "refresh_token");
  EXPECT_EQ(grant["refresh_token"], "again-1");
  EXPECT_EQ(grant["client_id"], "client");
  EXPECT_EQ(world_.login.credential().oidc().token(), "foreign-2");
  EXPECT_EQ(world_.login.credential().oidc().provider(), "okta");
  EXPECT_EQ(world_.login.app(), "myapp-abcde");
  EXPECT_THAT(world_.SessionText(), HasSubstr("\"again-2\""));
  EXPECT_THAT(world_.SessionText(), Not(HasSubstr("again-1")));
  EXPECT_EQ(world_.Calls(kRefreshCall), 1);
  EXPECT_EQ(world_.Calls(kLoginCall), 1);
}

// Driver rule: a refused refresh token is passed once, then the person is
// asked.
TEST_F(SessionKeeperTest, ThenThePersonIsNeeded) {
  world_.Refuse(kRefreshCall, "SESSION_REVOKED");
  world_.issuer.Refuse("invalid_grant", "revoked");
  Pass(absl::Hours(1));
  const auto refused = Print();
  EXPECT_EQ(refused.code, kExitFailed);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, HasSubstr("run `latchkey login --provider=okta "
                                     "--app=myapp-abcde` again"));
  EXPECT_THAT(refused.err, HasSubstr("invalid_grant (revoked)"));
  EXPECT_EQ(Print().code, kExitFailed);
  EXPECT_THAT(world_.issuer.asked, SizeIs(1));
  EXPECT_EQ(world_.Calls(kLoginCall), 0);
}

TEST_F(SessionKeeperTest, AnIssuerThatIsAwayCostsNothing) {
  world_.Refuse(kRefreshCall, "SESSION_EXPIRED");
  const std::string before = world_.SessionText();
  Pass(absl::Hours(30));
  EXPECT_EQ(Print().code, kExitFailed);
  EXPECT_EQ(world_.SessionText(), before);
  world_.issuer.Refuse("invalid_client");  // says nothing about the grant
  EXPECT_EQ(Print().code, kExitFailed);
  EXPECT_EQ(world_.SessionText(), before);
  world_.issuer.Give({{"access_token", "foreign-2"}});
  EXPECT_EQ(Print().out, "access-2\n");
  // No new refresh token: the old one stays good.
  EXPECT_THAT(world_.SessionText(), HasSubstr("\"again-1\""));
}

TEST_F(SessionKeeperTest, ARefusedLoginIsTriedOnceAndLosesNoRefreshToken) {
  world_.Refuse(kRefreshCall, "SESSION_EXPIRED");
  world_.Refuse(kLoginCall, "CREDENTIAL_REJECTED");
  world_.issuer.Give(
      {{"access_token", "foreign-2"}, {"refresh_token", "again-2"}});
  Pass(absl::Hours(30));
  const auto result = Print();
  EXPECT_EQ(result.code, kExitFailed);
  EXPECT_THAT(result.err, HasSubstr("CREDENTIAL_REJECTED"));
  EXPECT_EQ(world_.Calls(kLoginCall), 1);
  EXPECT_THAT(world_.issuer.asked, SizeIs(1));
  EXPECT_THAT(world_.SessionText(), HasSubstr("\"again-2\""));
}

// A federated session ends with the issuer's token: refreshing cannot help.
TEST_F(SessionKeeperTest, BeforeItsEndASessionBeginsAnew) {
  world_.session_life = absl::Minutes(10);
  world_.LogIn("again-2");
  Pass(absl::Minutes(9) + absl::Seconds(30));
  // While the issuer is away, the old token works.
  EXPECT_EQ(Print().out, "access-2\n");
  world_.issuer.Give({{"access_token", "foreign-3"}});
  EXPECT_EQ(Print().out, "access-3\n");
  EXPECT_EQ(world_.Calls(kRefreshCall), 0);
  EXPECT_EQ(world_.Calls(kLoginCall), 1);
}

// Driver rule: of many that need a token, one asks.
TEST_F(SessionKeeperTest, WhoWaitsTakesWhatAnotherProcessGot) {
  Pass(absl::Minutes(30));
  const auto no_sleep = [](absl::Duration) {};
  std::optional<absl::StatusOr<SessionLock>> other = File().Lock(no_sleep);
  ASSERT_TRUE(other->ok());
  world_.cli.on_sleep = [&] {
    StoredSession session = File().Load(kServer, "").value();
    session.access_token = "others";
    session.access_expires_at = world_.cli.clock.TimeNow() + absl::Minutes(30);
    ASSERT_TRUE(File().Save(**other, session).ok());
    other.reset();
    world_.cli.on_sleep = nullptr;
  };
  EXPECT_EQ(Print().out, "others\n");
  EXPECT_EQ(world_.Calls(kRefreshCall), 0);
}

// Driver rule: reauthentication asks exactly once more.
TEST_F(SessionKeeperTest, ARefusedCallIsMadeOnceMoreWithANewSession) {
  world_.Refuse("latchkey.v1.AuthService/GetUser", "CALLER_TOKEN_INVALID");
  world_.Refuse(kRefreshCall, "SESSION_REVOKED");
  world_.issuer.Give({{"access_token", "foreign-2"}});
  EXPECT_EQ(world_.Run({"whoami"}).code, kExitFailed);
  EXPECT_EQ(world_.Calls("latchkey.v1.AuthService/GetUser"), 2);
  EXPECT_THAT(world_.issuer.asked, SizeIs(1));
  EXPECT_EQ(world_.Calls(kLoginCall), 1);
  EXPECT_EQ(world_.cli.seen.back().bearer, "access-2");
}

TEST_F(SessionKeeperTest, LogoutAsksNoIssuer) {
  world_.Refuse(kRefreshCall, "SESSION_EXPIRED");
  Pass(absl::Hours(30));
  EXPECT_EQ(world_.Run({"logout"}).code, kExitOk);
  EXPECT_THAT(world_.issuer.asked, IsEmpty());
  EXPECT_EQ(world_.SessionText(), "");
  EXPECT_THAT(Print().err, HasSubstr("run `latchkey login` first"));
}

TEST_F(SessionKeeperTest, EachAppHasItsOwn) {
  EXPECT_EQ(world_.Run({"login", "anonymous", "--app=other"}).code, kExitOk);
  EXPECT_EQ(Print().out, "access-1\n");
  EXPECT_EQ(world_.Run({"token", "print", "--app=other"}).out, "access-2\n");
  world_.cli.env.erase("LATCHKEY_APP");
  EXPECT_EQ(Print().out, "access-2\n");  // the last login
  EXPECT_EQ(world_.Run({"token", "print", "--app=third"}).code, kExitUsage);
  EXPECT_EQ(world_.Run({"token", "print", "--server=localhost:1"}).code,
            kExitUsage);
}

}  // namespace
}  // namespace latchkey
