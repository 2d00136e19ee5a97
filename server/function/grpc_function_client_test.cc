#include "server/function/grpc_function_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/reason.h"
#include "core/base/secret.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "latchkey/function/v1/auth_function.grpc.pb.h"

namespace latchkey {
namespace {

namespace v1 = function::v1;
using testing::HasSubstr;

// A function host whose behaviour the test sets.
class FakeHost final : public v1::AuthFunctionService::Service {
 public:
  using Behaviour = std::function<grpc::Status(const v1::AuthenticateRequest&,
                                               v1::AuthenticateResponse*)>;

  FakeHost() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~FakeHost() override { server_->Shutdown(); }

  void Behave(Behaviour behaviour) { behaviour_ = std::move(behaviour); }
  std::string target() const { return absl::StrCat("127.0.0.1:", port_); }

  grpc::Status ConfirmUser(grpc::ServerContext* /*context*/,
                           const v1::ConfirmUserRequest* request,
                           v1::ConfirmUserResponse* response) override {
    confirm_request = *request;
    response->set_outcome(outcome);
    return account_status;
  }
  grpc::Status ResetPassword(grpc::ServerContext* /*context*/,
                             const v1::ResetPasswordRequest* request,
                             v1::ResetPasswordResponse* response) override {
    reset_request = *request;
    response->set_outcome(outcome);
    return account_status;
  }
  grpc::Status Authenticate(grpc::ServerContext* /*context*/,
                            const v1::AuthenticateRequest* request,
                            v1::AuthenticateResponse* response) override {
    return behaviour_(*request, response);
  }

  // Set and read while no call is on its way.
  v1::Outcome outcome = v1::OUTCOME_UNSPECIFIED;
  grpc::Status account_status;
  v1::ConfirmUserRequest confirm_request;
  v1::ResetPasswordRequest reset_request;

 private:
  int port_ = 0;
  Behaviour behaviour_;
  std::unique_ptr<grpc::Server> server_;
};

// A host to which connections can be made, and that says nothing.
class SilentHost final {
 public:
  SilentHost() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd_, any, size), 0);
    EXPECT_EQ(listen(fd_, 16), 0);
    EXPECT_EQ(getsockname(fd_, any, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentHost() { close(fd_); }
  SilentHost(const SilentHost&) = delete;
  SilentHost& operator=(const SilentHost&) = delete;
  std::string target() const { return absl::StrCat("127.0.0.1:", port_); }

 private:
  const int fd_;
  int port_ = 0;
};

CallContext Context(absl::Duration timeout) {
  CallContext context;
  context.request_id = "00112233";
  context.deadline = Clock::RealClock()->TimeNow() + timeout;
  return context;
}

class GrpcFunctionClientTest : public testing::Test {
 protected:
  absl::StatusOr<AuthFunctionResult> Call(
      absl::string_view payload, absl::Duration timeout = absl::Seconds(10)) {
    return Function()->Authenticate(payload, Context(timeout));
  }
  std::unique_ptr<AuthFunction> Function() {
    return FunctionAt(host_.target());
  }
  std::unique_ptr<AccountFunction> Accounts() {
    AuthFunctionConnector::Options options;
    options.target = host_.target();
    options.app = "app-a";
    options.function_name = "legacy";
    return std::move(connector_->ConnectAccounts(options)).value();
  }
  std::unique_ptr<AuthFunction> FunctionAt(const std::string& target) {
    AuthFunctionConnector::Options options;
    options.target = target;
    options.app = "app-a";
    options.function_name = "legacy";
    options.max_response_bytes = 2048;
    return std::move(connector_->Connect(options)).value();
  }

  // The host may begin a call that its caller has given up already.
  absl::Notification done_;
  FakeHost host_;
  const std::unique_ptr<AuthFunctionConnector> connector_ =
      NewGrpcFunctionConnector();
};

TEST_F(GrpcFunctionClientTest, SendsTheCallAndReturnsTheAnswer) {
  v1::AuthenticateRequest seen;
  host_.Behave([&seen](const v1::AuthenticateRequest& request,
                       v1::AuthenticateResponse* response) {
    seen = request;
    response->set_id("ann");
    response->set_name("Ann");
    (*response->mutable_data()->mutable_fields())["age"].set_number_value(7);
    return grpc::Status::OK;
  });
  const auto result = Call(R"({"user":"ann","n":[1,true]})");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->id, "ann");
  EXPECT_EQ(result->name, "Ann");
  EXPECT_EQ(result->data_json, R"({"age":7})");
  EXPECT_EQ(seen.app(), "app-a");
  EXPECT_EQ(seen.function(), "legacy");
  EXPECT_EQ(seen.request_id(), "00112233");
  EXPECT_EQ(seen.payload().fields().at("user").string_value(), "ann");
  EXPECT_EQ(seen.payload().fields().at("n").list_value().values_size(), 2);
}

TEST_F(GrpcFunctionClientTest, AsksAboutAccounts) {
  const auto function = Accounts();
  const Secret token("t0k3n");
  const Secret password("correct horse");
  const auto confirm = [&] {
    return function->ConfirmUser({"ann@x.y", "65f0", &token},
                                 Context(absl::Seconds(10)));
  };
  const auto reset = [&](absl::string_view arguments) {
    return function->ResetPassword(
        {"ann@x.y", &password, "65f0", &token, true, arguments},
        Context(absl::Seconds(10)));
  };
  EXPECT_THAT(confirm(), IsOkAndHolds(FunctionOutcome::kFail));
  host_.outcome = v1::OUTCOME_SUCCESS;
  EXPECT_THAT(confirm(), IsOkAndHolds(FunctionOutcome::kSuccess));
  EXPECT_EQ(host_.confirm_request.app(), "app-a");
  EXPECT_EQ(host_.confirm_request.function(), "legacy");
  EXPECT_EQ(host_.confirm_request.request_id(), "00112233");
  EXPECT_EQ(host_.confirm_request.username(), "ann@x.y");
  EXPECT_EQ(host_.confirm_request.token(), "t0k3n");
  EXPECT_EQ(host_.confirm_request.token_id(), "65f0");
  host_.outcome = v1::OUTCOME_PENDING;
  EXPECT_THAT(reset(R"({"arguments":[1,{"a":"b"}]})"),
              IsOkAndHolds(FunctionOutcome::kPending));
  EXPECT_EQ(host_.reset_request.username(), "ann@x.y");
  EXPECT_EQ(host_.reset_request.password(), "correct horse");
  EXPECT_EQ(host_.reset_request.token(), "t0k3n");
  EXPECT_TRUE(host_.reset_request.current_password_valid());
  EXPECT_EQ(host_.reset_request.arguments().values_size(), 2);
  EXPECT_THAT(reset(""), IsOkAndHolds(FunctionOutcome::kPending));
  EXPECT_EQ(host_.reset_request.arguments().values_size(), 0);
  host_.account_status = {grpc::StatusCode::INTERNAL, "s3cret"};
  EXPECT_THAT(confirm(), HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(reset(""), HasReason(Reason::kCredentialRejected));
}

// What the host says may hold what it was sent, and the detail is logged.
TEST_F(GrpcFunctionClientTest, AFailureIsARejectedCredentialWithItsCodeAlone) {
  host_.Behave([](const auto&, auto*) {
    return grpc::Status(grpc::StatusCode::INTERNAL, "no user with s3cret");
  });
  const auto result = Call("{}");
  EXPECT_THAT(result, HasReason(Reason::kCredentialRejected));
  EXPECT_EQ(result.status().message(), "function: code 13");
}

TEST_F(GrpcFunctionClientTest, ASlowFunctionIsGivenUpAtTheDeadline) {
  host_.Behave([this](const auto&, auto*) {
    done_.WaitForNotification();
    return grpc::Status::OK;
  });
  const auto result = Call("{}", absl::Milliseconds(50));
  done_.Notify();
  EXPECT_THAT(result, HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("code 4"));
}

// Connecting alone may take longer than the shortest time between attempts.
TEST_F(GrpcFunctionClientTest, AHostThatIsSlowToShakeHandsIsAwaited) {
  const SilentHost host;
  const auto result =
      FunctionAt(host.target())->Authenticate("{}", Context(absl::Seconds(1)));
  EXPECT_THAT(result, HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("code 4"));
}

TEST_F(GrpcFunctionClientTest, AHugeAnswerIsRejected) {
  host_.Behave([](const auto&, v1::AuthenticateResponse* response) {
    response->set_id("ann");
    response->set_name(std::string(4096, 'n'));
    return grpc::Status::OK;
  });
  const auto result = Call("{}");
  EXPECT_THAT(result, HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("code 8"));
}

TEST_F(GrpcFunctionClientTest, DataThatJsonCannotSayIsRejected) {
  host_.Behave([](const auto&, v1::AuthenticateResponse* response) {
    response->set_id("ann");
    (*response->mutable_data()->mutable_fields())["n"].set_number_value(
        std::numeric_limits<double>::infinity());
    return grpc::Status::OK;
  });
  EXPECT_THAT(Call("{}"), HasReason(Reason::kCredentialRejected));
}

TEST_F(GrpcFunctionClientTest, APayloadThatIsNoObjectIsNotSent) {
  bool called = false;
  host_.Behave([&called](const auto&, auto*) {
    called = true;
    return grpc::Status::OK;
  });
  EXPECT_THAT(Call("[1]"), HasReason(Reason::kCredentialRejected));
  EXPECT_FALSE(called);
}

TEST(GrpcFunctionConnectorTest, NobodyThereIsARejectedCredential) {
  const auto connector = NewGrpcFunctionConnector();
  AuthFunctionConnector::Options options;
  options.target = "unix:///nonexistent/fn.sock";
  const auto function = connector->Connect(options);
  ASSERT_TRUE(function.ok());
  const auto result =
      (*function)->Authenticate("{}", Context(absl::Seconds(10)));
  EXPECT_THAT(result, HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("code 14"));
}

}  // namespace
}  // namespace latchkey
