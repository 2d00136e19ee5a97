// Tokens that the service gets for others.
#include <string>

#include "clients/cli/cli_test_world.h"
#include "clients/cli/failure.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "latchkey/v1/outbound_credential_service.pb.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Message = google::protobuf::Message;

constexpr char kFetch[] =
    "latchkey.v1.OutboundCredentialService/FetchAccessToken";
constexpr char kList[] =
    "latchkey.v1.OutboundCredentialService/ListOutboundCredentials";

TEST(OutboundCommandsTest, FetchShowsTokenScopeAndEnd) {
  CliTestWorld world;
  std::string name;
  world.Handle(kFetch, [&](const Message& request, Message* response) {
    name = static_cast<const v1::FetchAccessTokenRequest&>(request).name();
    auto* const answer = static_cast<v1::FetchAccessTokenResponse*>(response);
    answer->set_access_token("t.o.k");
    answer->set_token_type("Bearer");
    answer->set_scope("reports.read");
    answer->mutable_expires_at()->set_seconds(1'700'000'000);
    return absl::OkStatus();
  });
  const auto result =
      world.Run({"outbound", "fetch", "reports", "--admin=unix:a.sock"});
  EXPECT_EQ(result.code, kExitOk) << result.err;
  EXPECT_EQ(name, "reports");
  EXPECT_EQ(world.seen.back().address, "unix:a.sock");
  for (const char* part : {"t.o.k", "reports.read", "2023-11-14T22:13:20Z"}) {
    EXPECT_THAT(result.out, HasSubstr(part));
  }
}

TEST(OutboundCommandsTest, FetchNeedsAName) {
  CliTestWorld world;
  EXPECT_EQ(world.Run({"outbound", "fetch"}).code, kExitUsage);
  EXPECT_TRUE(world.seen.empty());
}

TEST(OutboundCommandsTest, ListShowsHowTheyDo) {
  CliTestWorld world;
  world.terminal = true;
  world.Handle(kList, [](const Message&, Message* response) {
    auto* const answer =
        static_cast<v1::ListOutboundCredentialsResponse*>(response);
    auto* one = answer->add_credentials();
    one->set_name("good");
    one->set_endpoint("https://op.example/token");
    one->mutable_expires_at()->set_seconds(1'700'000'000);
    one->set_requests(3);
    one = answer->add_credentials();
    one->set_name("bad");
    one->set_last_failure(v1::REASON_OUTBOUND_REJECTED);
    return absl::OkStatus();
  });
  const auto result = world.Run({"outbound", "list"});
  EXPECT_EQ(result.code, kExitOk) << result.err;
  for (const char* part :
       {"good", "https://op.example/token", "2023-11-14T22:13:20Z", "bad",
        "OUTBOUND_REJECTED"}) {
    EXPECT_THAT(result.out, HasSubstr(part));
  }
  EXPECT_THAT(result.out, Not(HasSubstr("UNSPECIFIED")));
}

}  // namespace
}  // namespace latchkey
