// Arguments, exit codes, and the commands that need no session.
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/cli_test_world.h"
#include "clients/cli/failure.h"
#include "core/crypto/digest.h"
#include "core/json/json.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.pb.h"
#include "gtest/gtest.h"
#include "latchkey/v1/auth_service.pb.h"
#include "latchkey/v1/provider_admin_service.pb.h"
#include "latchkey/v1/user_admin_service.pb.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using Message = google::protobuf::Message;

constexpr char kUserId[] = "65f0c0ffee65f0c0ffee0001";

absl::Status Agree(const Message&, Message*) { return absl::OkStatus(); }

TEST(RunCliTest, HelpHasExamplesForEveryCommand) {
  CliTestWorld world;
  const std::vector<std::vector<std::string>> commands = {
      {},
      {"login"},
      {"register"},
      {"verify"},
      {"refresh"},
      {"link"},
      {"unlink"},
      {"logout"},
      {"whoami"},
      {"users"},
      {"users", "list"},
      {"users", "create"},
      {"users", "get"},
      {"users", "disable"},
      {"sessions", "list"},
      {"sessions", "revoke"},
      {"apikeys", "create"},
      {"apikeys", "server", "create"},
      {"providers", "status"},
      {"providers", "keys"},
      {"describe"},
      {"health"},
      {"admin-key", "create"},
      {"config", "check"},
      {"config", "import-oidc"},
      {"import", "app-services"},
      {"token", "verify"},
      {"token", "inspect"}};
  for (std::vector<std::string> command : commands) {
    command.push_back("--help");
    const auto result = world.Run(command);
    EXPECT_EQ(result.code, kExitOk);
    EXPECT_THAT(result.out, HasSubstr("Examples:\n  latchkey "))
        << ::testing::PrintToString(command);
  }
  EXPECT_THAT(world.Run({"--version"}).out, HasSubstr("latchkey "));
}

TEST(RunCliTest, WrongArgumentsExitWithTwo) {
  CliTestWorld world;
  const std::vector<std::vector<std::string>> rows = {
      {},
      {"nonsense"},
      {"users"},
      {"users", "get"},
      {"users", "list"},  // no app
      {"login", "--app=a"},
      {"login", "--provider=email_password", "--app=a"},
      {"login", "--provider=api_key", "--app=a"},  // nobody to ask
      {"login", "--provider=function", "--payload=[1]", "--app=a"},
      {"health", "--timeout=0s"},
      {"health", "--timeout=soon"},
      {"health", "--output=xml"},
      {"health", "--server=latchkey.example:7070"},  // in the clear
      {"health", "--server=127.0.0.1.evil.example:7070"},
      {"health", "--tls-cert=x"},
      {"admin-key", "create", "--id=a b"}};
  for (const auto& row : rows) {
    const auto result = world.Run(row);
    EXPECT_EQ(result.code, kExitUsage) << ::testing::PrintToString(row);
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err, "");
  }
  EXPECT_THAT(world.seen, SizeIs(0));
}

TEST(RunCliTest, UsageErrorsAreJsonWhenAskedFor) {
  CliTestWorld world;
  world.terminal = true;
  EXPECT_THAT(world.Run({"users", "list"}).err, HasSubstr("error:"));
  const auto result = world.Run({"nonsense", "--output=json"});
  const json::Value error = json::Parse(result.err).value();
  EXPECT_EQ(*error.Find("error")->Find("code")->as_string(),
            "INVALID_ARGUMENT");
}

TEST(RunCliTest, UnreachableExitsWithThree) {
  CliTestWorld world;
  const auto result = world.Run({"health"});
  EXPECT_EQ(result.code, kExitUnreachable);
  EXPECT_EQ(result.err,
            "{\"error\":{\"code\":\"UNAVAILABLE\",\"reason\":\"\",\"message\":"
            "\"connection refused\",\"fields\":[]}}\n");
}

TEST(RunCliTest, AddressesComeFromFlagsThenTheEnvironment) {
  CliTestWorld world;
  world.Run({"health"});
  world.env["LATCHKEY_SERVER"] = "127.0.0.1:1";
  world.Run({"health"});
  world.Run({"health", "--server=unix:x.sock"});
  world.Run({"providers", "list"});
  world.env["LATCHKEY_ADMIN"] = "unix:a.sock";
  world.Run({"providers", "list"});
  world.Run({"--admin", "127.0.0.1:2", "providers", "list"});
  ASSERT_THAT(world.seen, SizeIs(6));
  EXPECT_EQ(world.seen[0].address, "127.0.0.1:7070");
  EXPECT_EQ(world.seen[1].address, "127.0.0.1:1");
  EXPECT_EQ(world.seen[2].address, "unix:x.sock");
  EXPECT_EQ(world.seen[3].address, "unix:data/admin.sock");
  EXPECT_EQ(world.seen[4].address, "unix:a.sock");
  EXPECT_EQ(world.seen[5].address, "127.0.0.1:2");
}

TEST(RunCliTest, HealthTellsServingFromNot) {
  CliTestWorld world;
  auto status = grpc::health::v1::HealthCheckResponse::SERVING;
  world.Handle("grpc.health.v1.Health/Check", [&status](const Message&,
                                                        Message* response) {
    static_cast<grpc::health::v1::HealthCheckResponse*>(response)->set_status(
        status);
    return absl::OkStatus();
  });
  EXPECT_EQ(world.Run({"health"}).code, kExitOk);
  status = grpc::health::v1::HealthCheckResponse::NOT_SERVING;
  EXPECT_EQ(world.Run({"health"}).code, kExitFailed);
}

TEST(RunCliTest, AdminKeyIsSentToTheAdminAddress) {
  CliTestWorld world;
  world.Handle("latchkey.v1.UserAdminService/DisableUser", Agree);
  const std::string file = world.File("key", "lka_ops_x\n");
  EXPECT_EQ(world
                .Run({"users", "disable", kUserId, "--app=a",
                      "--admin-key-file=" + file})
                .code,
            kExitOk);
  EXPECT_EQ(world.seen[0].bearer, "lka_ops_x");
}

TEST(RunCliTest, EveryAdminCommandCallsAMethodThatExists) {
  CliTestWorld world;
  world.env["LATCHKEY_APP"] = "a";
  world.typed = "secret";
  const std::vector<std::vector<std::string>> commands = {
      {"users", "list"},
      {"users", "get", kUserId},
      {"users", "create", "--email=ann@example.com"},
      {"users", "disable", kUserId},
      {"users", "enable", kUserId},
      {"users", "delete", kUserId},
      {"sessions", "list", kUserId},
      {"sessions", "revoke", kUserId, "--session=s"},
      {"apikeys", "server", "create", "billing"},
      {"apikeys", "server", "list"},
      {"apikeys", "server", "get", kUserId},
      {"apikeys", "server", "enable", kUserId},
      {"apikeys", "server", "disable", kUserId},
      {"apikeys", "server", "delete", kUserId},
      {"providers", "list"},
      {"providers", "status"},
      {"providers", "keys"},
      {"providers", "refresh"},
      {"describe"},
      {"register", "--email=ann@example.com"}};
  // Nobody handles them; the world checks the method and its types.
  for (const auto& command : commands) {
    EXPECT_EQ(world.Run(command).code, kExitUnreachable)
        << ::testing::PrintToString(command);
  }
  EXPECT_THAT(world.seen, SizeIs(commands.size()));
}

TEST(RunCliTest, ListsUsersAsATableOnATerminal) {
  CliTestWorld world;
  world.Handle(
      "latchkey.v1.UserAdminService/ListUsers",
      [](const Message& request, Message* response) {
        EXPECT_EQ(static_cast<const v1::ListUsersRequest&>(request).app(), "a");
        auto* users = static_cast<v1::ListUsersResponse*>(response);
        users->add_users()->set_id(kUserId);
        users->set_next_page_token("next");
        return absl::OkStatus();
      });
  const auto json = world.Run({"users", "list", "--app=a"});
  EXPECT_THAT(json.out, HasSubstr(absl::StrCat("\"id\":\"", kUserId, "\"")));
  world.terminal = true;
  world.env["NO_COLOR"] = "1";
  const auto table = world.Run({"users", "list", "--app=a"});
  EXPECT_THAT(table.out, HasSubstr("ID  "));
  EXPECT_THAT(table.out, HasSubstr("--page-token=next"));
  EXPECT_THAT(table.out, Not(HasSubstr("\x1b")));
}

TEST(RunCliTest, FailedRefreshOfKeysExitsWithOne) {
  CliTestWorld world;
  world.Handle("latchkey.v1.ProviderAdminService/RefreshIdentityProviderKeys",
               [](const Message&, Message* response) {
                 static_cast<v1::RefreshIdentityProviderKeysResponse*>(response)
                     ->add_failures()
                     ->set_error("connect failed");
                 return absl::OkStatus();
               });
  EXPECT_EQ(world.Run({"providers", "refresh"}).code, kExitFailed);
}

TEST(RunCliTest, AdminKeysAreKnownByTheirHash) {
  CliTestWorld world;
  const auto result = world.Run({"admin-key", "create", "--id=ops"});
  EXPECT_EQ(result.code, kExitOk);
  const json::Value made = json::Parse(result.out).value();
  const std::string key = *made.Find("key")->as_string();
  EXPECT_THAT(key, ::testing::MatchesRegex("lka_ops_[A-Za-z0-9_-]{43}"));
  const std::string hash = absl::BytesToHexString(AsStringView(Sha256(key)));
  EXPECT_EQ(*made.Find("sha256")->as_string(), hash);
  EXPECT_EQ(*made.Find("config")->as_string(),
            absl::StrCat("{id: ops, sha256: ", hash, "}"));
  EXPECT_NE(world.Run({"admin-key", "create"}).out, result.out);
}

TEST(RunCliTest, ConfigCheckListsProblems) {
  CliTestWorld world;
  EXPECT_EQ(world.Run({"config", "check", "config/example.yaml"}).code,
            kExitOk);
  const std::string file =
      world.File("bad.yaml", "issuer: http://127.0.0.1:8080\nlisteners: 1\n");
  const auto json = world.Run({"config", "check", file});
  EXPECT_EQ(json.code, kExitUsage);
  EXPECT_THAT(json.out, HasSubstr("{\"valid\":false,\"problems\":[{"));
  const auto text = world.Run({"config", "check", file, "--output=table"});
  EXPECT_EQ(text.code, kExitUsage);
  EXPECT_THAT(text.err, HasSubstr(absl::StrCat(file, ":2: listeners: ")));
}

TEST(RunCliTest, ConfigImportOidcConvertsMongoDbsSettings) {
  CliTestWorld world;
  const std::string file = world.File(
      "idp.json",
      R"([{"issuer":"https://i.example","audience":"a","authNamePrefix":"p",)"
      R"("supportsHumanFlows":false,"authorizationClaim":"groups"}])");
  EXPECT_EQ(world.Run({"config", "import-oidc", file}).out,
            R"({"providers":[{"oidc":{"issuer":"https://i.example",)"
            R"("audience":"a","auth_name_prefix":"p",)"
            R"("authorization_claim":"groups","supports_human_flows":false}}]})"
            "\n");
  const auto yaml =
      world.Run({"config", "import-oidc", file, "--output=table"});
  EXPECT_EQ(yaml.code, kExitOk);
  EXPECT_THAT(yaml.out, HasSubstr("providers:\n  - oidc:\n      issuer: "));

  const std::string bad = world.File("bad.json", "[{}]");
  const auto problems =
      world.Run({"config", "import-oidc", bad, "--output=table"});
  EXPECT_EQ(problems.code, kExitUsage);
  EXPECT_THAT(problems.err,
              HasSubstr("oidc_identity_providers[0].issuer: is required"));
  EXPECT_EQ(world.Run({"config", "import-oidc", "/no/such/file"}).code,
            kExitUsage);
}

}  // namespace
}  // namespace latchkey
