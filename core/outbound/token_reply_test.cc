#include "core/outbound/token_reply.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

const absl::Time kAsked = absl::FromUnixSeconds(1'700'000'000);
const absl::Time kAnswered = kAsked + absl::Seconds(2);

struct Reply {
  int status = 200;
  std::string body;
  std::map<std::string, std::string> headers = {};
};

absl::StatusOr<OutboundToken> Read(const Reply& reply) {
  OutboundSettings settings;
  settings.name = "reports";
  settings.scopes = {"a", "b"};
  HttpResponse response;
  response.status = reply.status;
  response.body = reply.body;
  response.headers = reply.headers;
  return ReadTokenReply(settings, OutboundOptions(), {kAsked, kAnswered},
                        &response);
}

std::string Body(absl::string_view members) {
  return absl::StrCat(R"({"access_token":"t.o-k","token_type":"Bearer")",
                      members, "}");
}

TEST(TokenReplyTest, TakesWhatTheIssuerSays) {
  const auto token =
      Read({200, Body(R"(,"expires_in":3600,"scope":"a b","extra":[1])")});
  ASSERT_THAT(token, IsOk());
  EXPECT_EQ(token->access_token.RevealSecret(), "t.o-k");
  EXPECT_EQ(token->token_type, "Bearer");
  EXPECT_EQ(token->scope, "a b");
  // From before the request: the issuer's clock began somewhere in between.
  EXPECT_EQ(token->expires_at, kAsked + absl::Hours(1));
}

TEST(TokenReplyTest, TakesTheSpellingsThatServersHave) {
  const auto text = Read({200, Body(R"(,"expires_in":"3599")")});
  ASSERT_THAT(text, IsOk());
  EXPECT_EQ(text->expires_at, kAsked + absl::Seconds(3599));
  for (const char* members : {"", R"(,"expires_in":null)"}) {
    const auto unknown = Read({200, Body(members)});
    ASSERT_THAT(unknown, IsOk());
    EXPECT_EQ(unknown->expires_at, std::nullopt);
  }
  const auto lower =
      Read({200, R"({"access_token":"t","token_type":"bEARER"})"});
  ASSERT_THAT(lower, IsOk());
  EXPECT_EQ(lower->token_type, "Bearer");
}

TEST(TokenReplyTest, NoUsableTokenIsInternal) {
  const std::string type = R"(,"token_type":"Bearer"})";
  for (const std::string& body : {
           std::string(),
           std::string("<html>"),
           std::string("[]"),
           std::string("{}"),
           std::string("null"),
           Body("") + "x",
           Body(R"(,"access_token":"twice")"),
           Body(R"(,"expires_in":0)"),
           Body(R"(,"expires_in":-1)"),
           Body(R"(,"expires_in":1.5)"),
           Body(R"(,"expires_in":1e30)"),
           Body(R"(,"expires_in":"soon")"),
           Body(R"(,"expires_in":true)"),
           Body(R"(,"scope":"a\nb")"),
           std::string(R"({"access_token":"t"})"),
           std::string(R"({"access_token":"t","token_type":"mac"})"),
           std::string(R"({"access_token":"t","token_type":7})"),
           absl::StrCat(R"({"access_token":"")", type),
           absl::StrCat(R"({"access_token":7)", type),
           absl::StrCat(R"({"access_token":"a b")", type),
           absl::StrCat(R"({"access_token":"a\r\nX: y")", type),
           absl::StrCat("{\"access_token\":\"\xC3\xA9\"", type),
           absl::StrCat(R"({"access_token":")", std::string(16385, 'a'), "\"",
                        type),
           std::string(R"({"token_type":"Bearer"})"),
           std::string(R"({"error":"made_up"})"),
           absl::StrCat(std::string(200, '['), std::string(200, ']')),
           absl::StrCat(R"({"a":")", std::string(300'000, 'a'), "\"}"),
       }) {
    EXPECT_THAT(Read({200, body}), HasReason(Reason::kInternal))
        << body.substr(0, 100);
  }
  EXPECT_THAT(Read({204, ""}), HasReason(Reason::kInternal));
}

TEST(TokenReplyTest, TheLongestTokenIsTaken) {
  EXPECT_THAT(
      Read({200, absl::StrCat(R"({"access_token":")", std::string(16384, 'a'),
                              R"(","token_type":"Bearer"})")}),
      IsOk());
}

// spec: oidc §6.4.
TEST(TokenReplyTest, EveryRefusalHasItsReason) {
  struct Row {
    int status;
    std::string code;
    Reason reason;
  };
  for (const Row& row : {
           Row{401, "invalid_client", Reason::kOutboundRejected},
           Row{400, "invalid_client", Reason::kOutboundRejected},
           Row{200, "invalid_client", Reason::kOutboundRejected},
           Row{400, "invalid_scope", Reason::kOutboundRejected},
           Row{400, "invalid_target", Reason::kOutboundRejected},
           Row{400, "invalid_request", Reason::kOutboundRejected},
           Row{400, "unsupported_grant_type", Reason::kOutboundRejected},
           Row{400, "made_up", Reason::kOutboundRejected},
           Row{400, "unauthorized_client", Reason::kOutboundNotPermitted},
           Row{400, "access_denied", Reason::kOutboundNotPermitted},
           Row{403, "made_up", Reason::kOutboundNotPermitted},
           Row{400, "slow_down", Reason::kThrottled},
           Row{429, "invalid_client", Reason::kThrottled},
           Row{400, "temporarily_unavailable", Reason::kIssuerUnavailable},
           Row{400, "server_error", Reason::kIssuerUnavailable},
           Row{503, "invalid_client", Reason::kIssuerUnavailable},
       }) {
    const auto token =
        Read({row.status, absl::StrCat(R"({"error":")", row.code, "\"}")});
    EXPECT_THAT(token, HasReason(row.reason)) << row.status << row.code;
  }
}

TEST(TokenReplyTest, WithoutAnErrorTheStatusDecides) {
  struct Row {
    int status;
    Reason reason;
  };
  for (const Row& row : {
           Row{302, Reason::kOutboundRejected},  // none is followed
           Row{400, Reason::kOutboundRejected},
           Row{401, Reason::kOutboundRejected},
           Row{404, Reason::kOutboundRejected},
           Row{403, Reason::kOutboundNotPermitted},
           Row{408, Reason::kIssuerUnavailable},
           Row{425, Reason::kIssuerUnavailable},
           Row{429, Reason::kThrottled},
           Row{500, Reason::kIssuerUnavailable},
           Row{599, Reason::kIssuerUnavailable},
       }) {
    // A token beside a failure is none.
    for (const std::string& body : {std::string("<html>"), Body("")}) {
      EXPECT_THAT(Read({row.status, body}), HasReason(row.reason))
          << row.status;
    }
  }
}

TEST(TokenReplyTest, RetryAfterIsPassedOnWithinABound) {
  const auto delay = [](int status, const std::string& name,
                        const std::string& value) {
    return GetRetryAfter(Read({status, "{}", {{name, value}}}).status());
  };
  EXPECT_EQ(delay(429, "retry-after", "7"), absl::Seconds(7));
  EXPECT_EQ(delay(503, "retry-after", "7"), absl::Seconds(7));
  EXPECT_EQ(delay(429, "x-rate-limit-reset", "1700000012"), absl::Seconds(10));
  EXPECT_EQ(delay(429, "retry-after", "999999999"), absl::Hours(1));
  EXPECT_EQ(delay(429, "retry-after", "soon"), std::nullopt);
  EXPECT_EQ(delay(401, "retry-after", "7"), std::nullopt);
}

TEST(TokenReplyTest, ATokenThatCameTooLateIsNone) {
  EXPECT_THAT(Read({200, Body(R"(,"expires_in":2)")}),
              HasReason(Reason::kIssuerUnavailable));
  EXPECT_THAT(Read({200, Body(R"(,"expires_in":3)")}), IsOk());
}

// A hostile server sends back what we sent, in every place.
TEST(TokenReplyTest, TheCauseHoldsNothingThatTheServerWrote) {
  const std::string leak = "s3cret";
  const auto token = Read(
      {401, absl::StrCat(R"({"error":")", leak, R"(","error_description":")",
                         leak, R"(","error_codes":[7000215,")", leak,
                         R"("],"access_token":")", leak, "\"}")});
  EXPECT_THAT(token, HasReason(Reason::kOutboundRejected));
  EXPECT_EQ(token.status().message(),
            "token endpoint: HTTP status 401, an unknown error code, "
            "AADSTS7000215");
}

std::vector<std::string>* Lines() {
  static auto* const lines = new std::vector<std::string>();
  return lines;
}

TEST(TokenReplyTest, ScopesThatAreMissingAreLogged) {
  SetLogSinkForTest([](const std::string& line) { Lines()->push_back(line); });
  const auto token = Read({200, Body(R"(,"scope":"b c")")});
  EXPECT_THAT(Read({200, Body(R"(,"scope":"b a c")")}), IsOk());
  EXPECT_THAT(Read({200, Body("")}), IsOk());
  SetLogSinkForTest(nullptr);
  ASSERT_THAT(token, IsOk());
  EXPECT_EQ(token->scope, "b c");
  ASSERT_EQ(Lines()->size(), 1u);
  EXPECT_TRUE(
      absl::StrContains(Lines()->front(), "outbound_scope_not_granted"));
}

}  // namespace
}  // namespace latchkey
