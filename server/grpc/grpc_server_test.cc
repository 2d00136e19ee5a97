#include "server/grpc/grpc_server.h"

#include <sched.h>

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/base/work_queue.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "server/grpc/grpc_test_world.h"

namespace latchkey {
namespace {

using grpc::StatusCode;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class GrpcServerTest : public GrpcTestWorld {};

WorkQueue::Options Threads(int count) {
  WorkQueue::Options options;
  options.name = "lk-test";
  options.threads = count;
  return options;
}

TEST_F(GrpcServerTest, ErrorsCarryReasonAndPublicTextOnly) {
  behaviour_ = [](const auto&, const auto&, auto*) {
    return Error(Reason::kCredentialRejected, "no such user: ann");
  };
  Start();
  const grpc::Status status = Call("t");
  EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(status), "CREDENTIAL_REJECTED");
  EXPECT_EQ(status.error_message(),
            GetReasonInfo(Reason::kCredentialRejected).public_text);
  EXPECT_THAT(status.error_details(), Not(HasSubstr("ann")));
}

TEST_F(GrpcServerTest, LongDetailsAreLeftOut) {
  behaviour_ = [](const auto&, const auto&, auto*) {
    return InvalidField("token", std::string(8000, 'x'));
  };
  Start();
  const grpc::Status status = Call("t");
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "INVALID_REQUEST");
  EXPECT_LE(status.error_details().size(), 4096u);
}

TEST_F(GrpcServerTest, ALargeMessageIsRefusedUnread) {
  std::atomic<int> calls{0};
  behaviour_ = [&calls](const auto&, const auto&, auto*) {
    ++calls;
    return absl::OkStatus();
  };
  Start();
  EXPECT_EQ(ReasonOf(Call(std::string(5000, 't'))), "REQUEST_TOO_LARGE");
  // More than any method takes: gRPC's own limit.
  EXPECT_EQ(Call(std::string(2 << 20, 't')).error_code(),
            StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(calls, 0);
  EXPECT_TRUE(Call(std::string(4000, 't')).ok());
}

TEST_F(GrpcServerTest, AMessageThatIsNoneIsRefused) {
  Start();
  // As a VerifyRequest: field 2 (a message) where audience (a string) is, with
  // text that is not UTF-8.
  v1::LoginRequest request;
  request.mutable_credential()->mutable_custom_jwt()->set_token("x");
  google::protobuf::Message* message = &request;
  message->GetReflection()->MutableUnknownFields(message)->AddFixed32(1, 7);
  message->GetReflection()->MutableUnknownFields(message)->AddLengthDelimited(
      1, "\xff\xfe");
  const grpc::Status status = client_->Call(kWork, request, &response_);
  EXPECT_EQ(ReasonOf(status), "INVALID_REQUEST");
  EXPECT_THAT(FieldsOf(status), testing::ElementsAre("body"));
}

TEST_F(GrpcServerTest, TooManyMetadataEntriesAreRefused) {
  Start();
  grpc::ClientContext many;
  for (int i = 0; i < 101; ++i) many.AddMetadata(absl::StrCat("k", i), "v");
  EXPECT_EQ(ReasonOf(Call("t", &many)), "REQUEST_TOO_LARGE");
  grpc::ClientContext some;
  for (int i = 0; i < 90; ++i) some.AddMetadata(absl::StrCat("k", i), "v");
  EXPECT_TRUE(Call("t", &some).ok());
}

TEST_F(GrpcServerTest, TooMuchMetadataIsRefused) {
  Start();
  ASSERT_TRUE(Call("t").ok());
  for (const size_t size : {8'192u, 12'000u, 15'000u}) {
    grpc::ClientContext large;
    large.AddMetadata("k", std::string(size, 'v'));
    EXPECT_EQ(ReasonOf(Call("t", &large)), "REQUEST_TOO_LARGE") << size;
  }
  grpc::ClientContext fitting;
  fitting.AddMetadata("k", std::string(7'900, 'v'));
  EXPECT_TRUE(Call("t", &fitting).ok());
  // gRPC's own limit, which knows no reasons. The last call: gRPC may close the
  // connection after it.
  grpc::ClientContext huge;
  huge.AddMetadata("k", std::string(17'000, 'v'));
  EXPECT_EQ(Call("t", &huge).error_code(), StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(GrpcServerTest, TheMetadataLimitFollowsTheConfiguration) {
  limits_.max_metadata_bytes = 65'536;
  Start();
  grpc::ClientContext fitting;
  fitting.AddMetadata("k", std::string(65'000, 'v'));
  EXPECT_TRUE(Call("t", &fitting).ok());
  grpc::ClientContext large;
  large.AddMetadata("k", std::string(70'000, 'v'));
  EXPECT_EQ(ReasonOf(Call("t", &large)), "REQUEST_TOO_LARGE");
}

TEST_F(GrpcServerTest, TheContextSaysWhoCallsAndForHowLong) {
  RpcContext seen;
  behaviour_ = [&seen](const auto&, const RpcContext& context, auto*) {
    seen = context;
    return absl::OkStatus();
  };
  limits_.default_deadline = absl::Seconds(3);
  limits_.max_deadline = absl::Seconds(60);
  Start();
  grpc::ClientContext plain;
  plain.AddMetadata("authorization", "Bearer a");
  plain.AddMetadata("authorization", "Bearer b");
  ASSERT_TRUE(Call("t", &plain).ok());
  EXPECT_EQ(seen.call.deadline - seen.call.started, absl::Seconds(3));
  EXPECT_THAT(seen.authorization,
              testing::UnorderedElementsAre("Bearer a", "Bearer b"));
  EXPECT_THAT(seen.call.peer, MatchesRegex("127\\.0\\.0\\.1:[0-9]+"));
  EXPECT_THAT(seen.call.request_id, MatchesRegex("[0-9a-f]{16}"));
  EXPECT_FALSE(seen.peer_is_admin);
  const std::string first_id = seen.call.request_id;

  grpc::ClientContext patient;
  patient.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::hours(1));
  ASSERT_TRUE(Call("t", &patient).ok());
  EXPECT_EQ(seen.call.deadline - seen.call.started, absl::Seconds(60));
  EXPECT_TRUE(seen.authorization.empty());
  EXPECT_NE(seen.call.request_id, first_id);

  grpc::ClientContext hasty;
  hasty.set_deadline(std::chrono::system_clock::now() +
                     std::chrono::seconds(30));
  ASSERT_TRUE(Call("t", &hasty).ok());
  // The wire rounds a timeout up.
  EXPECT_LE(seen.call.deadline - seen.call.started, absl::Seconds(31));
  EXPECT_GT(seen.call.deadline - seen.call.started, absl::Seconds(3));
}

TEST_F(GrpcServerTest, AFullLaneAnswersAtOnce) {
  absl::Notification running, release;
  behaviour_ = [&](const v1::VerifyRequest& request, const auto&, auto*) {
    if (request.token() == "first") {
      running.Notify();
      release.WaitForNotification();
    }
    return absl::OkStatus();
  };
  Start();
  WorkQueue callers(Threads(2));
  std::atomic<int> good{0};
  v1::VerifyRequest request;
  request.set_token("first");
  const auto call = [&good, this](v1::VerifyRequest message) {
    return [&good, this, message] {
      v1::VerifyResponse response;
      if (client_->Call(kWork, message, &response).ok()) ++good;
    };
  };
  ASSERT_TRUE(callers.TrySubmit(call(request)));
  running.WaitForNotification();
  // One may wait; of two more at least one finds the lane full.
  request.set_token("second");
  ASSERT_TRUE(callers.TrySubmit(call(request)));
  grpc::Status status;
  while (status.ok()) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::milliseconds(50));
    status = Call("third", &context);
    if (status.error_code() == StatusCode::DEADLINE_EXCEEDED) {
      status = grpc::Status::OK;  // it was quicker than the second
    }
  }
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(status), "OVERLOADED");
  EXPECT_THAT(status.error_details(), HasSubstr("RetryInfo"));
  release.Notify();
  ASSERT_TRUE(callers.Drain(absl::InfiniteDuration()));
  EXPECT_GE(good, 1);
}

TEST_F(GrpcServerTest, ACancelledCallIsNoticed) {
  absl::Notification running, noticed;
  behaviour_ = [&](const auto&, const RpcContext& context, auto*) {
    running.Notify();
    while (!context.call.cancelled()) sched_yield();
    noticed.Notify();
    return Error(Reason::kCancelled, "gone");
  };
  Start();
  grpc::ClientContext context;
  WorkQueue canceller(Threads(1));
  ASSERT_TRUE(canceller.TrySubmit([&] {
    running.WaitForNotification();
    context.TryCancel();
  }));
  EXPECT_EQ(Call("t", &context).error_code(), StatusCode::CANCELLED);
  noticed.WaitForNotification();
}

TEST_F(GrpcServerTest, CompressedRequestsAreRefused) {
  std::atomic<int> calls{0};
  behaviour_ = [&calls](const auto&, const auto&, auto*) {
    ++calls;
    return absl::OkStatus();
  };
  Start();
  for (const auto algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    grpc::ClientContext context;
    context.set_compression_algorithm(algorithm);
    EXPECT_EQ(Call(std::string(3000, 'a'), &context).error_code(),
              StatusCode::UNIMPLEMENTED);
  }
  EXPECT_EQ(calls, 0);
}

TEST_F(GrpcServerTest, NothingOfTheCallerIsInTheMetadataOfTheAnswer) {
  behaviour_ = [](const v1::VerifyRequest& request, const auto&, auto*) {
    return Error(Reason::kTokenMalformed, request.token());
  };
  Start();
  for (const char* token : {"a\nb", "\xc3\xa4", "\x01\x7f"}) {
    grpc::ClientContext context;
    context.AddMetadata("x-request-id", "mine");
    EXPECT_EQ(ReasonOf(Call(token, &context)), "TOKEN_MALFORMED");
    for (const auto* metadata : {&context.GetServerInitialMetadata(),
                                 &context.GetServerTrailingMetadata()}) {
      for (const auto& [key, value] : *metadata) {
        EXPECT_EQ(key, "grpc-status-details-bin");
      }
    }
  }
}

TEST_F(GrpcServerTest, ManyCallsOnSeveralConnections) {
  for (const Method* method : table_.methods()) {
    const_cast<Method*>(method)->try_inline =
        [](const google::protobuf::Message& request, const RpcContext&,
           google::protobuf::Message* response) {
          static_cast<v1::VerifyResponse*>(response)
              ->mutable_principal()
              ->set_user_id(
                  static_cast<const v1::VerifyRequest&>(request).token());
          return absl::OkStatus();
        };
  }
  Start();
  constexpr int kConnections = 4;
  constexpr int kCalls = 300;
  std::atomic<int> good{0};
  WorkQueue callers(Threads(kConnections));
  for (int i = 0; i < kConnections; ++i) {
    ASSERT_TRUE(callers.TrySubmit([&good, i, this] {
      GrpcTestClient client(server_->address());
      for (int n = 0; n < kCalls; ++n) {
        v1::VerifyRequest request;
        request.set_token(absl::StrCat(i, "/", n, std::string(1000, 'x')));
        v1::VerifyResponse response;
        if (client.Call(kWork, request, &response).ok() &&
            response.principal().user_id() == request.token()) {
          ++good;
        }
      }
    }));
  }
  ASSERT_TRUE(callers.Drain(absl::InfiniteDuration()));
  EXPECT_EQ(good, kConnections * kCalls);
}

TEST_F(GrpcServerTest, ServesOnlyItsGroups) {
  Start();
  EXPECT_EQ(server_->services(),
            std::vector<std::string>{"latchkey.v1.AuthService"});
  const grpc::Status status =
      client_->Call(kAdminWork, v1::VerifyRequest(), &response_);
  EXPECT_EQ(status.error_code(), StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(ReasonOf(status), "UNIMPLEMENTED");
}

TEST_F(GrpcServerTest, UnknownMethodsSayWhy) {
  Start();
  for (const char* path :
       {"/latchkey.v1.AuthService/Nothing", "/nobody.v1.Service/Call",
        "/latchkey.v1.AuthService/Verify/", "/latchkey.v1.AuthService/verify",
        "/", "//"}) {
    const grpc::Status status =
        client_->Call(path, v1::VerifyRequest(), &response_);
    EXPECT_EQ(status.error_code(), StatusCode::UNIMPLEMENTED) << path;
    EXPECT_EQ(ReasonOf(status), "UNIMPLEMENTED") << path;
    EXPECT_EQ(status.error_message(),
              GetReasonInfo(Reason::kUnimplemented).public_text);
  }
  // Known ones are not in its way.
  EXPECT_TRUE(Call("t").ok());
  EXPECT_EQ(client_->Health(""), "NOT_SERVING");
  grpc::reflection::v1::ServerReflectionRequest list;
  list.set_list_services("");
  for (const char* name : {"grpc.reflection.v1.ServerReflection",
                           "grpc.reflection.v1alpha.ServerReflection"}) {
    EXPECT_THAT(client_->Reflect(name, {list}), testing::SizeIs(1)) << name;
  }
}

TEST_F(GrpcServerTest, AnUnknownStreamSaysWhyToo) {
  // What asks for reflection opens a stream in both directions.
  listener_.reflection = false;
  Start();
  grpc::reflection::v1::ServerReflectionRequest list;
  list.set_list_services("");
  EXPECT_THAT(client_->Reflect("grpc.reflection.v1.ServerReflection", {list}),
              testing::IsEmpty());
  EXPECT_TRUE(Call("t").ok());
}

TEST_F(GrpcServerTest, HealthIsPerService) {
  listener_.admin = true;
  Start();
  EXPECT_EQ(client_->Health(""), "NOT_SERVING");
  server_->SetServing(true);
  EXPECT_EQ(client_->Health(""), "SERVING");
  EXPECT_EQ(client_->Health("latchkey.v1.AuthService"), "SERVING");
  server_->SetServing("latchkey.v1.UserAdminService", false);
  EXPECT_EQ(client_->Health("latchkey.v1.UserAdminService"), "NOT_SERVING");
  EXPECT_EQ(client_->Health("latchkey.v1.AuthService"), "SERVING");
  EXPECT_EQ(client_->Health("nobody"), "code 5");
}

TEST_F(GrpcServerTest, WatchersAreToldAndDoNotHoldUpTheStop) {
  Start();
  server_->SetServing(true);
  auto stub = grpc::health::v1::Health::NewStub(grpc::CreateChannel(
      server_->address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  grpc::health::v1::HealthCheckRequest request;
  auto watch = stub->Watch(&context, request);
  grpc::health::v1::HealthCheckResponse state;
  ASSERT_TRUE(watch->Read(&state));
  EXPECT_EQ(state.status(), grpc::health::v1::HealthCheckResponse::SERVING);
  server_->SetServing(false);
  ASSERT_TRUE(watch->Read(&state));
  EXPECT_EQ(state.status(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  WorkQueue stopper(Threads(1));
  // Would wait for ever for a stream that does not end.
  ASSERT_TRUE(
      stopper.TrySubmit([this] { server_->Shutdown(absl::InfiniteFuture()); }));
  EXPECT_FALSE(watch->Read(&state));
  EXPECT_TRUE(watch->Finish().ok());
  ASSERT_TRUE(stopper.Drain(absl::InfiniteDuration()));
}

TEST_F(GrpcServerTest, ShutdownLetsRunningCallsEnd) {
  absl::Notification running, release;
  behaviour_ = [&](const auto&, const auto&, v1::VerifyResponse* response) {
    running.Notify();
    release.WaitForNotification();
    response->set_active(true);
    return absl::OkStatus();
  };
  Start();
  WorkQueue caller(Threads(1));
  grpc::Status status;
  ASSERT_TRUE(caller.TrySubmit([&] { status = Call("t"); }));
  running.WaitForNotification();
  WorkQueue stopper(Threads(1));
  ASSERT_TRUE(
      stopper.TrySubmit([this] { server_->Shutdown(absl::InfiniteFuture()); }));
  // A new call does not reach a server that is stopping.
  GrpcTestClient late(server_->address());
  while (late.Health("").find("code") == std::string::npos) sched_yield();
  release.Notify();
  ASSERT_TRUE(caller.Drain(absl::InfiniteDuration()));
  ASSERT_TRUE(stopper.Drain(absl::InfiniteDuration()));
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(response_.active());
}

TEST_F(GrpcServerTest, ShutdownCancelsWhatOutlivesTheDeadline) {
  absl::Notification running;
  behaviour_ = [&](const auto&, const RpcContext& context, auto*) {
    running.Notify();
    while (!context.call.cancelled()) sched_yield();
    return Error(Reason::kCancelled, "stopped");
  };
  Start();
  WorkQueue caller(Threads(1));
  grpc::Status status;
  ASSERT_TRUE(caller.TrySubmit([&] { status = Call("t"); }));
  running.WaitForNotification();
  const absl::Time begun = Clock::RealClock()->TimeNow();
  server_->Shutdown(absl::InfinitePast());
  EXPECT_LT(Clock::RealClock()->TimeNow() - begun, absl::Seconds(10));
  ASSERT_TRUE(caller.Drain(absl::InfiniteDuration()));
  EXPECT_FALSE(status.ok());
}

TEST_F(GrpcServerTest, AnAddressInUseIsNamed) {
  Start();
  listener_.address = server_->address();
  GrpcServer::Deps deps{&table_, &dispatcher_, Clock::RealClock(),
                        Random::SystemRandom()};
  const auto second = GrpcServer::Start(listener_, limits_, deps);
  EXPECT_THAT(second, HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr(listener_.address));
}

}  // namespace
}  // namespace latchkey
