// What is done with a session: login to logout.
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "clients/cli/cli_test_world.h"
#include "clients/cli/failure.h"
#include "core/json/json.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "latchkey/v1/auth_service.pb.h"
#include "latchkey/v1/user_api_key_service.pb.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using Message = google::protobuf::Message;

constexpr char kLogin[] = "latchkey.v1.AuthService/Login";
constexpr char kVerify[] = "latchkey.v1.AuthService/Verify";
constexpr char kRefresh[] = "latchkey.v1.AuthService/RefreshSession";
constexpr char kGetUser[] = "latchkey.v1.AuthService/GetUser";
constexpr char kLogout[] = "latchkey.v1.AuthService/Logout";
constexpr char kLink[] = "latchkey.v1.AuthService/LinkIdentity";

absl::Status Refused(int code, const std::string& reason) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("latchkey");
  google::rpc::Status status;
  status.add_details()->PackFrom(info);
  return RpcError(code, "Refused.", status.SerializeAsString());
}

constexpr int kUnauthenticated = 16;

class SessionCommandsTest : public ::testing::Test {
 protected:
  SessionCommandsTest() {
    world_.env["LATCHKEY_APP"] = "myapp-abcde";
    world_.Handle(kLogin, [this](const Message& request, Message* response) {
      login_ = static_cast<const v1::LoginRequest&>(request);
      FillSession(static_cast<v1::LoginResponse*>(response)->mutable_session());
      return absl::OkStatus();
    });
    world_.Handle(kRefresh, [this](const Message& request, Message* response) {
      refreshed_ = static_cast<const v1::RefreshSessionRequest&>(request)
                       .refresh_token();
      FillSession(static_cast<v1::RefreshSessionResponse*>(response)
                      ->mutable_session());
      return absl::OkStatus();
    });
    world_.Handle(kGetUser, [](const Message&, Message* response) {
      static_cast<v1::GetUserResponse*>(response)->mutable_user()->set_id("u1");
      return absl::OkStatus();
    });
    world_.Handle(kVerify, [](const Message&, Message* response) {
      auto* const answer = static_cast<v1::VerifyResponse*>(response);
      answer->set_active(true);
      answer->mutable_principal()->set_provider("okta");
      answer->mutable_principal()->set_subject("okta/ann");
      answer->mutable_principal()->add_roles("okta/dba");
      return absl::OkStatus();
    });
  }

  // Numbered tokens; the access token lives for 30 minutes.
  void FillSession(v1::Session* session) {
    ++count_;
    session->set_access_token(absl::StrCat("access-", count_));
    session->set_refresh_token(absl::StrCat("refresh-", count_));
    session->set_session_id("sid");
    session->mutable_user()->set_id("u1");
    const int64_t now = absl::ToUnixSeconds(world_.clock.TimeNow());
    session->mutable_access_expires_at()->set_seconds(now + 1800);
    session->mutable_refresh_expires_at()->set_seconds(now + 86400);
  }

  void LogIn() {
    ASSERT_EQ(world_.Run({"login", "--provider=anonymous"}).code, kExitOk);
    world_.seen.clear();
  }

  std::string SessionText() const {
    std::ostringstream text;
    text << std::ifstream(world_.folder() + "/latchkey/session.json").rdbuf();
    return text.str();
  }

  CliTestWorld world_;
  v1::LoginRequest login_;
  std::string refreshed_;
  int count_ = 0;
};

TEST_F(SessionCommandsTest, LoginKeepsTheSessionAndHidesTheTokens) {
  const auto result = world_.Run({"login", "--provider=anonymous"});
  EXPECT_EQ(result.code, kExitOk);
  EXPECT_TRUE(login_.credential().has_anonymous());
  EXPECT_EQ(login_.app(), "myapp-abcde");
  EXPECT_THAT(result.out, HasSubstr("\"sessionId\":\"sid\""));
  EXPECT_THAT(result.out, Not(HasSubstr("access-1")));
  EXPECT_THAT(SessionText(), HasSubstr("access-1"));
  EXPECT_THAT(world_.Run({"login", "anonymous", "--show-tokens"}).out,
              HasSubstr("access-2"));
}

TEST_F(SessionCommandsTest, CredentialsComeFromFilesStdinOrTheTerminal) {
  const std::string file = world_.File("secret", "from file\n");
  const std::string email = "--email=ann@example.com";
  ASSERT_EQ(
      world_.Run({"login", "email_password", email, "--password-file=" + file})
          .code,
      kExitOk);
  EXPECT_EQ(login_.credential().email_password().password(), "from file");
  EXPECT_EQ(login_.credential().email_password().email(), "ann@example.com");

  ASSERT_EQ(
      world_.Run({"login", "api_key", "--key-stdin"}, "from stdin\n").code,
      kExitOk);
  EXPECT_EQ(login_.credential().api_key().key(), "from stdin");

  world_.typed = "typed";
  ASSERT_EQ(world_.Run({"login", "custom_jwt", "--name=okta"}).code, kExitOk);
  EXPECT_EQ(login_.credential().custom_jwt().token(), "typed");
  EXPECT_EQ(login_.credential().custom_jwt().provider(), "okta");
  ASSERT_EQ(world_.Run({"login", "oidc", "--token-stdin"}, "access").code,
            kExitOk);
  EXPECT_EQ(login_.credential().oidc().token(), "access");
  EXPECT_EQ(login_.credential().oidc().provider(), "");

  ASSERT_EQ(
      world_.Run({"login", "function", "--payload={\"code\":\"1815\"}"}).code,
      kExitOk);
  EXPECT_EQ(login_.credential()
                .function()
                .payload()
                .fields()
                .at("code")
                .string_value(),
            "1815");
}

TEST_F(SessionCommandsTest, SocialLogins) {
  ASSERT_EQ(
      world_
          .Run({"login", "google", "--token-stdin", "--nonce=n", "--name=g"},
               "id\n")
          .code,
      kExitOk);
  EXPECT_EQ(login_.credential().google().id_token(), "id");
  EXPECT_EQ(login_.credential().google().nonce(), "n");
  EXPECT_EQ(login_.credential().google().provider(), "g");

  const std::string file = world_.File("code", "c0de\n");
  ASSERT_EQ(world_
                .Run({"login", "apple", "--code-file=" + file,
                      "--redirect-uri=https://a.example/", "--user={}"})
                .code,
            kExitOk);
  EXPECT_EQ(login_.credential().apple().auth_code(), "c0de");
  EXPECT_FALSE(login_.credential().apple().has_id_token());
  EXPECT_EQ(login_.credential().apple().redirect_uri(), "https://a.example/");
  EXPECT_EQ(login_.credential().apple().user(), "{}");
  EXPECT_EQ(world_
                .Run({"login", "apple", "--code-file=" + file, "--token-stdin"},
                     "id\n")
                .code,
            kExitUsage);

  world_.typed = "EAAB";
  ASSERT_EQ(world_.Run({"login", "facebook"}).code, kExitOk);
  EXPECT_EQ(login_.credential().facebook().access_token(), "EAAB");
  ASSERT_EQ(
      world_.Run({"login", "facebook", "--token-stdin"}, "limited\n").code,
      kExitOk);
  EXPECT_EQ(login_.credential().facebook().id_token(), "limited");
}

TEST_F(SessionCommandsTest, ARefusedLoginKeepsTheOldSession) {
  LogIn();
  const std::string before = SessionText();
  world_.Handle(kLogin, [](const Message&, Message*) {
    return Refused(kUnauthenticated, "CREDENTIAL_REJECTED");
  });
  const auto result = world_.Run({"login", "anonymous"});
  EXPECT_EQ(result.code, kExitFailed);
  EXPECT_THAT(result.err, HasSubstr("\"reason\":\"CREDENTIAL_REJECTED\""));
  EXPECT_EQ(SessionText(), before);
}

TEST_F(SessionCommandsTest, TheTokenIsSentWithoutARefreshWhileItLives) {
  LogIn();
  EXPECT_EQ(world_.Run({"whoami"}).code, kExitOk);
  ASSERT_THAT(world_.seen, SizeIs(2));
  EXPECT_EQ(world_.seen[0].bearer, "access-1");
}

TEST_F(SessionCommandsTest, AnExpiredTokenIsRefreshedFirst) {
  LogIn();
  world_.clock.AdvanceTime(absl::Minutes(30));
  EXPECT_EQ(world_.Run({"whoami"}).code, kExitOk);
  EXPECT_EQ(refreshed_, "refresh-1");
  ASSERT_THAT(world_.seen, SizeIs(3));
  EXPECT_EQ(world_.seen[0].bearer, "");
  EXPECT_EQ(world_.seen[1].bearer, "access-2");
  EXPECT_THAT(SessionText(), HasSubstr("refresh-2"));
}

TEST_F(SessionCommandsTest, ARefusedTokenIsRefreshedOnce) {
  LogIn();
  world_.Handle(kGetUser, [](const Message&, Message*) {
    return Refused(kUnauthenticated, "CALLER_TOKEN_INVALID");
  });
  EXPECT_EQ(world_.Run({"whoami"}).code, kExitFailed);
  EXPECT_THAT(world_.seen, SizeIs(3));
}

TEST_F(SessionCommandsTest, WhoamiSaysWhoThroughWhomAndUntilWhen) {
  LogIn();
  const json::Value whole = json::Parse(world_.Run({"whoami"}).out).value();
  EXPECT_EQ(*whole.Find("id")->as_string(), "u1");
  const json::Value& session = *whole.Find("session");
  EXPECT_EQ(*session.Find("provider")->as_string(), "okta");
  EXPECT_EQ(*session.Find("principal")->as_string(), "okta/ann");
  EXPECT_EQ(*session.Find("accessExpiresAt")->as_string(),
            "2023-11-14T22:43:20+00:00");
  const std::string table = world_.Run({"whoami", "--output=table"}).out;
  EXPECT_THAT(table, HasSubstr("userId            u1\n"));
  EXPECT_THAT(table, HasSubstr("roles             [\"okta/dba\"]\n"));
  EXPECT_THAT(table, Not(HasSubstr("access-1")));
}

TEST_F(SessionCommandsTest, TokenPrintPrintsTheTokenAlone) {
  const auto none = world_.Run({"token", "print"});
  EXPECT_EQ(none.code, kExitFailed);
  EXPECT_EQ(none.out, "");
  EXPECT_THAT(none.err, HasSubstr("run `latchkey login` first"));
  LogIn();
  const auto result = world_.Run({"token", "print"});
  EXPECT_EQ(result.code, kExitOk);
  EXPECT_EQ(result.out, "access-1\n");
  EXPECT_EQ(world_.Run({"token", "print", "--output=json"}).out,
            "{\"accessToken\":\"access-1\",\"tokenType\":\"Bearer\","
            "\"expiresAt\":\"2023-11-14T22:43:20+00:00\"}\n");
  EXPECT_THAT(world_.seen, SizeIs(0));
}

TEST_F(SessionCommandsTest, RefreshReplacesTheTokens) {
  LogIn();
  const auto result = world_.Run({"refresh"});
  EXPECT_EQ(result.code, kExitOk);
  EXPECT_THAT(result.out, Not(HasSubstr("access-2")));
  EXPECT_THAT(SessionText(), HasSubstr("access-2"));
}

TEST_F(SessionCommandsTest, TokensGoToTheirOwnServerOnly) {
  LogIn();
  const auto result = world_.Run({"whoami", "--server=127.0.0.1:9"});
  EXPECT_EQ(result.code, kExitUsage);
  EXPECT_THAT(world_.seen, SizeIs(0));
}

TEST_F(SessionCommandsTest, WithoutASessionUserCommandsFail) {
  const std::vector<std::vector<std::string>> commands = {
      {"whoami"},           {"refresh"},
      {"logout"},           {"verify"},
      {"apikeys", "list"},  {"unlink", "--provider=p", "--subject=s"},
      {"link", "anonymous"}};
  for (const auto& command : commands) {
    const auto result = world_.Run(command);
    EXPECT_EQ(result.code, kExitFailed) << command[0];
    EXPECT_THAT(result.err, HasSubstr("latchkey login"));
  }
  EXPECT_THAT(world_.seen, SizeIs(0));
}

TEST_F(SessionCommandsTest, VerifyExitsWithOneForInactiveTokens) {
  std::string token;
  world_.Handle(kVerify, [&token](const Message& request, Message* response) {
    token = static_cast<const v1::VerifyRequest&>(request).token();
    auto* answer = static_cast<v1::VerifyResponse*>(response);
    answer->set_active(token == "access-1");
    if (!answer->active()) answer->set_reason(v1::REASON_TOKEN_EXPIRED);
    return absl::OkStatus();
  });
  LogIn();
  EXPECT_EQ(world_.Run({"verify"}).code, kExitOk);
  const auto result = world_.Run({"verify", "-"}, "other\n");
  EXPECT_EQ(token, "other");
  EXPECT_EQ(result.code, kExitFailed);
  EXPECT_THAT(result.out, HasSubstr("TOKEN_EXPIRED"));
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(world_.Run({"verify", "-"}, "").code, kExitUsage);
}

TEST_F(SessionCommandsTest, LinkSendsTheCallersToken) {
  LogIn();
  world_.Handle(kLink, [](const Message& request, Message*) {
    const auto& link = static_cast<const v1::LinkIdentityRequest&>(request);
    EXPECT_EQ(link.credential().custom_jwt().token(), "foreign");
    return Refused(6, "IDENTITY_IN_USE");
  });
  const auto result =
      world_.Run({"link", "custom_jwt", "--token-stdin"}, "foreign");
  EXPECT_EQ(result.code, kExitFailed);
  EXPECT_EQ(world_.seen[0].bearer, "access-1");
  EXPECT_THAT(result.err, HasSubstr("ALREADY_EXISTS"));
}

TEST_F(SessionCommandsTest, LogoutForgetsTheSession) {
  LogIn();
  bool all = false;
  world_.Handle(kLogout, [&all](const Message& request, Message*) {
    all = static_cast<const v1::LogoutRequest&>(request).all_sessions();
    return absl::OkStatus();
  });
  EXPECT_EQ(world_.Run({"logout", "--all"}).code, kExitOk);
  EXPECT_TRUE(all);
  EXPECT_EQ(SessionText(), "");
}

TEST_F(SessionCommandsTest, LogoutOfAnEndedSessionForgetsItToo) {
  LogIn();
  world_.clock.AdvanceTime(absl::Hours(1));
  world_.Handle(kRefresh, [](const Message&, Message*) {
    return Refused(kUnauthenticated, "SESSION_REVOKED");
  });
  EXPECT_EQ(world_.Run({"logout"}).code, kExitOk);
  EXPECT_EQ(SessionText(), "");
}

TEST_F(SessionCommandsTest, LogoutKeepsTheSessionWhenNobodyAnswers) {
  LogIn();
  EXPECT_EQ(world_.Run({"logout"}).code, kExitUnreachable);
  EXPECT_NE(SessionText(), "");
}

TEST_F(SessionCommandsTest, OwnApiKeysCallMethodsThatExist) {
  LogIn();
  const std::vector<std::vector<std::string>> commands = {
      {"create", "laptop"}, {"list"},         {"get", "i"},
      {"enable", "i"},      {"disable", "i"}, {"delete", "i"}};
  for (std::vector<std::string> command : commands) {
    command.insert(command.begin(), "apikeys");
    EXPECT_EQ(world_.Run(command).code, kExitUnreachable) << command[1];
  }
  ASSERT_THAT(world_.seen, SizeIs(commands.size()));
  EXPECT_EQ(world_.seen[0].bearer, "access-1");
}

}  // namespace
}  // namespace latchkey
