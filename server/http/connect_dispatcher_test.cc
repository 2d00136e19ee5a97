#include "server/http/connect_dispatcher.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/reason.h"
#include "core/metrics/metrics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "latchkey/v1/auth_service.pb.h"

namespace latchkey {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kVerify[] = "/latchkey.v1.AuthService/Verify";
constexpr char kAdmin[] = "/latchkey.v1.UserAdminService/ListUsers";

// A table of one RPC that says what it saw.
class ConnectDispatcherTest : public ::testing::Test {
 protected:
  ConnectDispatcherTest() {
    const auto handler = [this](const v1::VerifyRequest& request,
                                const RpcContext& context,
                                v1::VerifyResponse* response) {
      seen_ = context;
      if (request.token() == "fail") {
        return WithRetryAfter(Error(Reason::kThrottled, "secret detail"),
                              absl::Seconds(3));
      }
      response->set_active(true);
      response->mutable_principal()->set_subject(request.token());
      return absl::OkStatus();
    };
    table_.Add<v1::VerifyRequest, v1::VerifyResponse>(
        kVerify, {.max_request_bytes = 1000}, handler);
    table_.Add<v1::VerifyRequest, v1::VerifyResponse>(
        kAdmin, {.group = ServiceGroup::kAdmin}, handler);
  }

  HttpReply Post(HttpRequest request) {
    ConnectDispatcher connect({&table_, &dispatcher_, Clock::RealClock(),
                               Random::SystemRandom(), serve_auth_, false},
                              LimitsConfig());
    request.method = "POST";
    HttpReply result;
    absl::Notification done;
    connect.Handle(std::move(request), [&](HttpReply reply) {
      result = std::move(reply);
      done.Notify();
    });
    done.WaitForNotification();
    return result;
  }

  static HttpRequest Json(std::string body) {
    HttpRequest request;
    request.path = kVerify;
    request.headers = {{"content-type", "application/json"}};
    request.body = std::move(body);
    request.peer = "127.0.0.1:5";
    return request;
  }

  bool serve_auth_ = true;
  Metrics metrics_;
  MethodTable table_;
  Dispatcher dispatcher_{DispatcherOptions(), Clock::RealClock(), &metrics_};
  RpcContext seen_;
};

TEST_F(ConnectDispatcherTest, JsonInJsonOut) {
  const HttpReply reply = Post(Json(R"({"token":"abc"})"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "application/json");
  EXPECT_EQ(reply.body, R"({"active":true,"principal":{"subject":"abc"}})");
}

TEST_F(ConnectDispatcherTest, BinaryInBinaryOut) {
  HttpRequest request = Json("");
  request.headers = {{"content-type", "application/proto"}};
  v1::VerifyRequest message;
  message.set_token("abc");
  request.body = message.SerializeAsString();
  const HttpReply reply = Post(request);
  EXPECT_EQ(reply.content_type, "application/proto");
  v1::VerifyResponse answer;
  ASSERT_TRUE(answer.ParseFromString(reply.body));
  EXPECT_EQ(answer.principal().subject(), "abc");
}

TEST_F(ConnectDispatcherTest, ErrorsHaveConnectsShapeAndNoDetail) {
  const HttpReply reply = Post(Json(R"({"token":"fail"})"));
  EXPECT_EQ(reply.status, 429);
  EXPECT_THAT(
      reply.body,
      AllOf(HasSubstr(R"("code":"resource_exhausted")"),
            HasSubstr(R"("message":"Too many attempts; try again later.")"),
            HasSubstr(R"("type":"google.rpc.ErrorInfo")"),
            HasSubstr(R"("reason":"THROTTLED")"),
            HasSubstr(R"("domain":"latchkey")"),
            HasSubstr(R"("retryDelay":"3s")"), Not(HasSubstr("secret"))));
}

TEST_F(ConnectDispatcherTest, MalformedBodiesAreNotEchoed) {
  const HttpReply reply = Post(Json(R"({"token":"s3cret","nope":1})"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(
      reply.body,
      AllOf(HasSubstr("invalid_argument"), HasSubstr("INVALID_REQUEST"),
            Not(HasSubstr("s3cret")), HasSubstr("latchkey.v1.VerifyRequest"),
            HasSubstr(R"("field":"nope")")));
  EXPECT_THAT(Post(Json("{token:'s3cret',}")).body,
              AllOf(HasSubstr(R"("field":"body")"), Not(HasSubstr("s3cret"))));
  EXPECT_EQ(Post(Json("{")).status, 400);
  EXPECT_EQ(Post(Json("[1]")).status, 400);
}

TEST_F(ConnectDispatcherTest, RefusesOtherMediaTypesAndEncodings) {
  HttpRequest request = Json("{}");
  request.headers = {{"content-type", "text/plain"}};
  EXPECT_EQ(Post(request).status, 415);
  request = Json("{}");
  request.headers.emplace_back("content-encoding", "gzip");
  EXPECT_EQ(Post(request).status, 501);
  request = Json("{}");
  request.headers.emplace_back("connect-protocol-version", "2");
  EXPECT_EQ(Post(request).status, 400);
}

TEST_F(ConnectDispatcherTest, CapsTheBodyPerMethod) {
  const HttpReply reply =
      Post(Json("{\"token\":\"" + std::string(1000, 'x') + "\"}"));
  EXPECT_EQ(reply.status, 413);
  EXPECT_THAT(reply.body, HasSubstr("REQUEST_TOO_LARGE"));
}

TEST_F(ConnectDispatcherTest, TimeoutsAreCappedAndChecked) {
  HttpRequest request = Json("{}");
  request.headers.emplace_back("connect-timeout-ms", "9999999999");
  EXPECT_EQ(Post(request).status, 200);
  EXPECT_LE(seen_.call.deadline - seen_.call.started, absl::Seconds(30));
  request = Json("{}");
  request.headers.emplace_back("connect-timeout-ms", "-1");
  EXPECT_EQ(Post(request).status, 400);
  request = Json("{}");
  request.headers.emplace_back("connect-timeout-ms", "12345678901");
  EXPECT_EQ(Post(request).status, 400);
}

TEST_F(ConnectDispatcherTest, PassesEveryAuthorizationValue) {
  HttpRequest request = Json("{}");
  request.headers.emplace_back("authorization", "Bearer a");
  request.headers.emplace_back("authorization", "Bearer b");
  EXPECT_EQ(Post(request).status, 200);
  EXPECT_EQ(seen_.authorization.size(), 2u);
  EXPECT_FALSE(seen_.peer_is_admin);
}

TEST_F(ConnectDispatcherTest, AdminIsUnknownUnlessServed) {
  HttpRequest request = Json("{}");
  request.path = kAdmin;
  EXPECT_EQ(Post(request).status, 404);
  request.path = "/latchkey.v1.AuthService/Nope";
  EXPECT_EQ(Post(request).status, 404);
}

TEST_F(ConnectDispatcherTest, AuthIsUnknownUnlessServed) {
  serve_auth_ = false;
  EXPECT_EQ(Post(Json("{}")).status, 404);
}

}  // namespace
}  // namespace latchkey
