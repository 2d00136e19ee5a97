// Logins of people: the browser, the code on another device.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "clients/cli/authorization.h"
#include "clients/cli/browser.h"
#include "clients/cli/failure.h"
#include "clients/cli/people_test_world.h"
#include "clients/cli/terminal_qr.h"
#include "core/json/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr RedirectVerdict kStranger = RedirectVerdict::kStranger;
constexpr RedirectVerdict kGranted = RedirectVerdict::kGranted;
constexpr RedirectVerdict kRefused = RedirectVerdict::kRefused;

class BrowserLoginTest : public ::testing::Test {
 protected:
  // Logs in with what comes back to the redirect URI: queries where STATE
  // stands for the request's state.
  CliTestWorld::Result Return(std::vector<std::string> queries,
                              std::vector<std::string> flags = {}) {
    world_.cli.browse = [this, queries](const std::string& url) {
      url_ = url;
      asked_ = ReadForm(url.substr(url.find('?') + 1));
      std::vector<std::string> filled;
      for (const std::string& query : queries) {
        filled.push_back(
            absl::StrReplaceAll(query, {{"STATE", asked_.at("state")}}));
      }
      return filled;
    };
    std::vector<std::string> arguments = {"login", "--provider=okta"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return world_.Run(arguments);
  }

  PeopleWorld world_;
  std::string url_;
  Form asked_;
};

TEST_F(BrowserLoginTest, AuthorizationCodeWithPkce) {
  world_.issuer.Give({{"access_token", "foreign"}, {"refresh_token", "again"}});
  const auto result = Return({"code=c0de&state=STATE"});
  ASSERT_EQ(result.code, kExitOk) << result.err;
  EXPECT_THAT(url_, StartsWith("https://id.example/authorize?"));
  EXPECT_THAT(world_.cli.opened, ElementsAre(url_));
  EXPECT_EQ(asked_["response_type"], "code");
  EXPECT_EQ(asked_["client_id"], "client");
  EXPECT_EQ(asked_["redirect_uri"], "http://localhost:27097/redirect");
  EXPECT_EQ(asked_["scope"], "openid offline_access groups");
  EXPECT_THAT(asked_["state"], SizeIs(43));
  EXPECT_THAT(asked_["nonce"], SizeIs(43));
  EXPECT_NE(asked_["nonce"], asked_["state"]);
  EXPECT_EQ(asked_["code_challenge_method"], "S256");

  ASSERT_THAT(world_.issuer.asked, SizeIs(1));
  Form& grant = world_.issuer.asked[0].second;
  EXPECT_EQ(grant["grant_type"], "authorization_code");
  EXPECT_EQ(grant["code"], "c0de");
  EXPECT_EQ(grant["client_id"], "client");
  EXPECT_EQ(grant["redirect_uri"], asked_["redirect_uri"]);
  EXPECT_THAT(grant["code_verifier"], SizeIs(43));
  EXPECT_EQ(CodeChallenge(grant["code_verifier"]), asked_["code_challenge"]);
  EXPECT_EQ(grant.count("client_secret"), 0u);

  EXPECT_EQ(world_.login.credential().oidc().provider(), "okta");
  EXPECT_EQ(world_.login.credential().oidc().token(), "foreign");
  EXPECT_THAT(world_.SessionText(), HasSubstr("\"refreshToken\":\"again\""));
  // The access token of the issuer has done what it was for.
  EXPECT_THAT(world_.SessionText(), Not(HasSubstr("foreign")));
  for (const char* secret : {"foreign", "again", "access-1", "refresh-1"}) {
    EXPECT_THAT(result.out + result.err, Not(HasSubstr(secret)));
  }
}

TEST_F(BrowserLoginTest, AnotherStateIsAStrangers) {
  world_.issuer.Give({{"access_token", "foreign"}});
  const auto result =
      Return({"code=evil&state=guess", "code=evil", "error=access_denied",
              "code=evil&state=STATE&state=STATE", "state=%zz",
              "code=c0de&state=STATE"});
  EXPECT_EQ(result.code, kExitOk) << result.err;
  EXPECT_THAT(world_.cli.verdicts, ElementsAre(kStranger, kStranger, kStranger,
                                               kStranger, kStranger, kGranted));
  EXPECT_EQ(world_.issuer.asked[0].second["code"], "c0de");
}

TEST_F(BrowserLoginTest, NobodyComes) {
  const auto result = Return({"code=evil&state=guess"}, {"--wait=2m"});
  EXPECT_EQ(result.code, kExitFailed);
  EXPECT_THAT(result.err, HasSubstr("DEADLINE_EXCEEDED"));
  EXPECT_THAT(world_.issuer.asked, IsEmpty());
  EXPECT_EQ(Return({}, {"--wait=2h"}).code, kExitUsage);
}

TEST_F(BrowserLoginTest, ARefusalIsShownInWordsThatNoTerminalObeys) {
  const auto result = Return(
      {"error=access_denied&error_description=No%1b%5b2J+%c3%a9&state=STATE"});
  EXPECT_EQ(result.code, kExitFailed);
  EXPECT_THAT(result.err, HasSubstr("access_denied (No?[2J ?\?)"));
  EXPECT_THAT(world_.cli.verdicts, ElementsAre(kRefused));
  EXPECT_THAT(world_.issuer.asked, IsEmpty());
  EXPECT_EQ(world_.Calls(kLoginCall), 0);
  EXPECT_EQ(world_.SessionText(), "");
}

TEST_F(BrowserLoginTest, TheIssuerMayNameItselfInItsAnswer) {
  const std::string good = "code=c0de&state=STATE&iss=https%3A%2F%2Fid.example";
  const std::string wrong = "code=c&state=STATE&iss=https%3A%2F%2Fevil.example";
  world_.issuer.Give({{"access_token", "foreign"}});
  EXPECT_EQ(Return({good}).code, kExitOk);
  EXPECT_THAT(Return({wrong}).err, HasSubstr("another issuer"));
  // It says that it always does (RFC 9207).
  world_.issuer.metadata.Set("authorization_response_iss_parameter_supported",
                             true);
  EXPECT_THAT(Return({"code=c0de&state=STATE"}).err,
              HasSubstr("another issuer"));
  EXPECT_THAT(world_.issuer.asked, SizeIs(1));
  world_.issuer.Give({{"access_token", "foreign"}});
  EXPECT_EQ(Return({good}).code, kExitOk);
}

TEST_F(BrowserLoginTest, AnIdTokenIsForThisLoginOrForNone) {
  struct Row {
    const char* member;
    json::Value value;
    const char* cause;
  };
  const std::vector<Row> rows = {{"nonce", "other", "nonce"},
                                 {"nonce", nullptr, "nonce"},
                                 {"iss", "https://evil.example", "iss"},
                                 {"aud", "somebody", "aud"},
                                 {"azp", "somebody", "azp"},
                                 {"exp", 1'600'000'000, "exp"}};
  for (const Row& row : rows) {
    world_.cli.browse = [&](const std::string& url) {
      const Form asked = ReadForm(url.substr(url.find('?') + 1));
      json::Value claims =
          FakeIssuer::Claims(asked.at("nonce"), world_.cli.clock.TimeNow());
      claims.Set(row.member, row.value);
      world_.issuer.Give({{"access_token", "foreign"},
                          {"id_token", FakeIssuer::IdToken(claims)}});
      return std::vector<std::string>{world_.Agreed(url)};
    };
    const auto result = world_.Run({"login", "okta"});
    EXPECT_EQ(result.code, kExitFailed) << row.cause;
    EXPECT_THAT(result.err, HasSubstr(absl::StrCat("this login: ", row.cause)));
  }
  EXPECT_EQ(world_.Calls(kLoginCall), 0);
}

TEST_F(BrowserLoginTest, TheIdTokenIsSentWhereItIsAskedFor) {
  std::string id_token;
  world_.cli.browse = [&](const std::string& url) {
    const Form asked = ReadForm(url.substr(url.find('?') + 1));
    id_token = FakeIssuer::IdToken(
        FakeIssuer::Claims(asked.at("nonce"), world_.cli.clock.TimeNow()));
    world_.issuer.Give({{"access_token", "foreign"}, {"id_token", id_token}});
    return std::vector<std::string>{world_.Agreed(url)};
  };
  EXPECT_EQ(world_.Run({"login", "okta", "--send-id-token"}).code, kExitOk);
  EXPECT_EQ(world_.login.credential().oidc().token(), id_token);
  world_.issuer.Give({{"access_token", "foreign"}});
  EXPECT_THAT(Return({"code=c&state=STATE"}, {"--send-id-token"}).err,
              HasSubstr("gave no ID token"));
}

TEST_F(BrowserLoginTest, TheAddressIsPrintedInAnyCase) {
  world_.issuer.Give({{"access_token", "foreign"}});
  EXPECT_THAT(Return({"code=c&state=STATE"}, {"--no-browser"}).err,
              HasSubstr("open this address in a browser on this machine"));
  EXPECT_THAT(world_.cli.opened, IsEmpty());
  world_.cli.has_browser = false;
  world_.issuer.Give({{"access_token", "foreign"}});
  EXPECT_THAT(Return({"code=c&state=STATE"}).err,
              HasSubstr("open this address"));
  world_.issuer.Give({{"access_token", "foreign"}});
  Return({"code=c&state=STATE"}, {"--redirect-port=0", "--hint=ann@x.example"});
  EXPECT_EQ(asked_["redirect_uri"], "http://localhost:4711/redirect");
  EXPECT_EQ(asked_["login_hint"], "ann@x.example");
}

TEST_F(BrowserLoginTest, EndpointsThatMayNotBeAskedAreNone) {
  for (const char* url : {"http://id.example/token", "https://127.0.0.1/token",
                          "file:///etc/passwd", ""}) {
    world_.issuer.metadata.Set("token_endpoint", url);
    EXPECT_THAT(Return({}).err, HasSubstr("no usable token endpoint")) << url;
  }
  world_.issuer.metadata.Set("token_endpoint", "https://id.example/token");
  world_.issuer.metadata.Set("authorization_endpoint", "javascript:alert(1)");
  EXPECT_THAT(Return({}).err, HasSubstr("try --device"));
  world_.issuer.metadata.Set("issuer", "https://other.example");
  EXPECT_THAT(Return({}).err, HasSubstr("another issuer's"));
  EXPECT_THAT(world_.cli.opened, IsEmpty());
}

TEST_F(BrowserLoginTest, TokensOfUnknownTypesAreNotUsed) {
  world_.issuer.Give({{"access_token", "two words"}});
  EXPECT_THAT(Return({"code=c&state=STATE"}).err,
              HasSubstr("no usable access_token"));
  world_.issuer.Give({{"scope", "groups"}});
  EXPECT_THAT(Return({"code=c&state=STATE"}).err, HasSubstr("no access_token"));
  world_.issuer.Refuse("invalid_grant");
  EXPECT_THAT(Return({"code=c&state=STATE"}).err, HasSubstr("invalid_grant"));
  EXPECT_EQ(world_.Calls(kLoginCall), 0);
}

TEST_F(BrowserLoginTest, ProvidersGoByTheirNames) {
  const auto unknown = world_.Run({"login", "--provider=okto"});
  EXPECT_EQ(unknown.code, kExitUsage);
  EXPECT_THAT(unknown.err, HasSubstr("it has: anonymous, okta"));
  world_.described.mutable_providers(1)->set_name("other");
  EXPECT_THAT(world_.Run({"login", "other"}).err,
              HasSubstr("log in at okta and not at other"));
  world_.described.mutable_providers(0)->set_name("guest");
  EXPECT_EQ(world_.Run({"login", "guest"}).code, kExitOk);
  EXPECT_TRUE(world_.login.credential().has_anonymous());
}

// Driver rule: two issuers and no user name is an error.
TEST_F(BrowserLoginTest, AmongSeveralIssuersAHintIsNeeded) {
  world_.described.clear_oidc();
  world_.described.set_oidc_reason(v1::REASON_INVALID_REQUEST);
  const auto result = world_.Run({"login", "okta"});
  EXPECT_EQ(result.code, kExitUsage);
  EXPECT_THAT(result.err, HasSubstr("--hint"));
  world_.described.set_oidc_reason(v1::REASON_PROVIDER_NOT_ENABLED);
  EXPECT_THAT(world_.Run({"login", "oidc"}).err, HasSubstr("no issuer"));
  EXPECT_THAT(world_.cli.opened, IsEmpty());
}

class DeviceLoginTest : public ::testing::Test {
 protected:
  CliTestWorld::Result LogIn() {
    return world_.Run({"login", "--provider=okta", "--device"});
  }
  void SetDevice(const char* name, json::Value value) {
    json::Value answer = json::Parse(world_.issuer.device.body).value();
    answer.Set(name, std::move(value));
    world_.issuer.device.body = json::Write(answer);
  }

  PeopleWorld world_;
};

TEST_F(DeviceLoginTest, AsksInTheIssuersTime) {
  world_.issuer.Refuse("authorization_pending");
  world_.issuer.Refuse("slow_down");
  world_.issuer.Refuse("authorization_pending");
  world_.issuer.BreakOnce();
  world_.issuer.Give({{"access_token", "foreign"}});
  const auto result = LogIn();
  ASSERT_EQ(result.code, kExitOk) << result.err;
  EXPECT_THAT(world_.cli.slept,
              ElementsAre(absl::Seconds(5), absl::Seconds(5), absl::Seconds(10),
                          absl::Seconds(10), absl::Seconds(20)));
  EXPECT_THAT(result.err, HasSubstr("https://id.example/d\n"));
  EXPECT_THAT(result.err, HasSubstr("  ABCD-EFGH\n"));
  EXPECT_THAT(result.err, Not(HasSubstr("\x1b")));
  EXPECT_THAT(world_.cli.opened, IsEmpty());
  auto& [place, form] = world_.issuer.asked[0];
  EXPECT_EQ(place, "device");
  EXPECT_EQ(form["client_id"], "client");
  EXPECT_EQ(form["scope"], "openid offline_access groups");
  Form& poll = world_.issuer.asked[1].second;
  EXPECT_EQ(poll["grant_type"], "urn:ietf:params:oauth:grant-type:device_code");
  EXPECT_EQ(poll["device_code"], "d3vice");
  EXPECT_EQ(poll["client_id"], "client");
  EXPECT_EQ(world_.login.credential().oidc().token(), "foreign");
}

TEST_F(DeviceLoginTest, TheIssuerSetsTheInterval) {
  SetDevice("interval", 2);
  world_.issuer.Refuse("slow_down");
  world_.issuer.Give({{"access_token", "foreign"}});
  EXPECT_EQ(LogIn().code, kExitOk);
  EXPECT_THAT(world_.cli.slept,
              ElementsAre(absl::Seconds(2), absl::Seconds(7)));
}

TEST_F(DeviceLoginTest, RefusalsEndIt) {
  world_.issuer.Refuse("access_denied", "not today");
  EXPECT_THAT(LogIn().err, HasSubstr("access_denied (not today)"));
  world_.issuer.Refuse("expired_token");
  EXPECT_THAT(LogIn().err, HasSubstr("the code has expired"));
  world_.issuer.device.status = 401;
  world_.issuer.device.body = R"({"error":"invalid_client"})";
  EXPECT_THAT(LogIn().err, HasSubstr("invalid_client"));
  world_.issuer.metadata.Set("device_authorization_endpoint", nullptr);
  EXPECT_THAT(LogIn().err, HasSubstr("leave --device out"));
  EXPECT_THAT(world_.issuer.asked, SizeIs(5));
  EXPECT_EQ(world_.Calls(kLoginCall), 0);
}

TEST_F(DeviceLoginTest, TheCodeLivesAsLongAsTheIssuerSays) {
  SetDevice("expires_in", 12);
  world_.issuer.Refuse("authorization_pending");
  world_.issuer.Refuse("authorization_pending");
  const auto result = LogIn();
  EXPECT_EQ(result.code, kExitFailed);
  EXPECT_THAT(result.err, HasSubstr("nobody entered the code in time"));
  EXPECT_THAT(world_.cli.slept, SizeIs(2));
}

TEST_F(DeviceLoginTest, IncompleteAnswersAreRefused) {
  for (const char* name :
       {"device_code", "user_code", "verification_uri", "expires_in"}) {
    const std::string good = world_.issuer.device.body;
    SetDevice(name, nullptr);
    EXPECT_THAT(LogIn().err, HasSubstr("incomplete")) << name;
    world_.issuer.device.body = good;
  }
  SetDevice("verification_uri", "http://id.example/d");
  EXPECT_THAT(LogIn().err, HasSubstr("incomplete"));
}

TEST_F(DeviceLoginTest, ATerminalGetsAQrCode) {
  world_.cli.terminal = true;
  SetDevice("user_code", "A\x1b[2J");
  SetDevice("verification_uri_complete", "https://id.example/d?c=ABCD");
  world_.issuer.Give({{"access_token", "foreign"}});
  const auto result = LogIn();
  EXPECT_EQ(result.code, kExitOk);
  EXPECT_THAT(result.err, HasSubstr(TerminalQr("https://id.example/d?c=ABCD")));
  EXPECT_THAT(result.err, HasSubstr("  A?[2J\n"));
}

TEST(TerminalQrTest, DrawsModulesInPairsOfLines) {
  // 20 bytes at level L: version 2, 25 modules and 2 around.
  const std::string drawn = TerminalQr("https://id.example/d");
  const std::vector<std::string> lines = absl::StrSplit(drawn, '\n');
  ASSERT_THAT(lines, SizeIs(16));  // 29 rows of modules; the last is empty
  EXPECT_EQ(lines[0], absl::StrCat("\x1b[38;5;16;48;5;231m",
                                   std::string(29, ' '), "\x1b[0m"));
  // The finder patterns' upper edges, left and right: seven dark modules above
  // one dark, five light, one dark.
  const std::string edge = "\u2588\u2580\u2580\u2580\u2580\u2580\u2588";
  EXPECT_THAT(lines[1], HasSubstr(absl::StrCat("m  ", edge, " ")));
  EXPECT_THAT(lines[1], HasSubstr(absl::StrCat(" ", edge, "  \x1b")));
  EXPECT_EQ(TerminalQr(""), "");
  EXPECT_EQ(TerminalQr(std::string(kMaxQrText + 1, 'a')), "");
}

// RFC 7636, Appendix B.
TEST(AuthorizationTest, CodeChallengeOfTheRfc) {
  EXPECT_EQ(CodeChallenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(BrowserCommandsTest, FollowTheEnvironment) {
  const auto commands = [](Form variables) {
    return BrowserCommands(
        "https://a/?b=c&d;e", [variables](const std::string& name) {
          const auto found = variables.find(name);
          return found == variables.end() ? std::nullopt
                                          : std::optional(found->second);
        });
  };
  EXPECT_THAT(commands({}), IsEmpty());
  EXPECT_THAT(commands({{"DISPLAY", ":0"}}),
              ElementsAre(ElementsAre("xdg-open", "https://a/?b=c&d;e")));
  EXPECT_THAT(commands({{"DISPLAY", ":0"}, {"BROWSER", "fox -n:links %s"}}),
              ElementsAre(ElementsAre("fox", "-n", "https://a/?b=c&d;e"),
                          ElementsAre("links", "https://a/?b=c&d;e")));
}

}  // namespace
}  // namespace latchkey
