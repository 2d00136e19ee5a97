#include "server/function/grpc_function_client.h"

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/json/json.h"
#include "google/protobuf/struct.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "latchkey/function/v1/auth_function.grpc.pb.h"
#include "server/rpc/struct_json.h"

namespace latchkey {
namespace {

namespace v1 = function::v1;

constexpr int kFirstReconnectMillis = 100;
constexpr int kMaxReconnectMillis = 1000;
// gRPC takes its shortest time between attempts as the time that each of them
// may take, too.
constexpr int kConnectMillis = 2000;

absl::Status Rejected(absl::string_view cause) {
  return Error(Reason::kCredentialRejected, absl::StrCat("function: ", cause));
}

// The host's own words may quote what it was given, passwords and all.
absl::Status RejectedWith(const grpc::Status& status) {
  return Rejected(absl::StrCat("code ", static_cast<int>(status.error_code())));
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target,
                                           size_t max_response_bytes) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(max_response_bytes));
  // A limit on sizes means nothing for what is inflated first.
  arguments.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  // A function host that was restarted should be found again soon.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS,
                   kFirstReconnectMillis);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMillis);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectMillis);
  // Functions must not be called twice, nor by way of somebody else.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(),
                                   arguments);
}

class GrpcFunction final : public AuthFunction {
 public:
  GrpcFunction(std::shared_ptr<grpc::Channel> channel,
               AuthFunctionConnector::Options options)
      : options_(std::move(options)),
        stub_(v1::AuthFunctionService::NewStub(std::move(channel))) {}

  absl::StatusOr<AuthFunctionResult> Authenticate(
      absl::string_view payload_json, const CallContext& ctx) override;

 private:
  const AuthFunctionConnector::Options options_;
  const std::unique_ptr<v1::AuthFunctionService::Stub> stub_;
};

absl::StatusOr<AuthFunctionResult> GrpcFunction::Authenticate(
    absl::string_view payload_json, const CallContext& ctx) {
  const absl::StatusOr<json::Value> payload = json::ParseObject(payload_json);
  if (!payload.ok()) return Rejected("payload is no JSON object");
  v1::AuthenticateRequest request;
  request.set_app(options_.app);
  request.set_function(options_.function_name);
  request.set_request_id(ctx.request_id);
  JsonToStruct(*payload, request.mutable_payload());
  grpc::ClientContext call;
  call.set_deadline(absl::ToChronoTime(ctx.deadline));
  v1::AuthenticateResponse response;
  const grpc::Status status = stub_->Authenticate(&call, request, &response);
  if (!status.ok()) return RejectedWith(status);
  const absl::StatusOr<json::Value> data =
      StructToValue(response.data(), "data");
  if (!data.ok()) return Rejected("data cannot be written as JSON");
  AuthFunctionResult result;
  result.id = response.id();
  result.name = response.name();
  result.data_json = json::Write(*data);
  return result;
}

FunctionOutcome ToOutcome(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_SUCCESS:
      return FunctionOutcome::kSuccess;
    case v1::OUTCOME_PENDING:
      return FunctionOutcome::kPending;
    default:
      return FunctionOutcome::kFail;
  }
}

class GrpcAccountFunction final : public AccountFunction {
 public:
  GrpcAccountFunction(std::shared_ptr<grpc::Channel> channel,
                      AuthFunctionConnector::Options options)
      : options_(std::move(options)),
        stub_(v1::AuthFunctionService::NewStub(std::move(channel))) {}

  absl::StatusOr<FunctionOutcome> ConfirmUser(const ConfirmUserCall& call,
                                              const CallContext& ctx) override;
  absl::StatusOr<FunctionOutcome> ResetPassword(
      const ResetPasswordCall& call, const CallContext& ctx) override;

 private:
  template <typename Request>
  void Address(const CallContext& ctx, Request* request) const {
    request->set_app(options_.app);
    request->set_function(options_.function_name);
    request->set_request_id(ctx.request_id);
  }

  const AuthFunctionConnector::Options options_;
  const std::unique_ptr<v1::AuthFunctionService::Stub> stub_;
};

absl::StatusOr<FunctionOutcome> GrpcAccountFunction::ConfirmUser(
    const ConfirmUserCall& call, const CallContext& ctx) {
  v1::ConfirmUserRequest request;
  Address(ctx, &request);
  request.set_username(std::string(call.username));
  request.set_token(std::string(call.token->RevealSecret()));
  request.set_token_id(std::string(call.token_id));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(ctx.deadline));
  v1::ConfirmUserResponse response;
  const grpc::Status status = stub_->ConfirmUser(&context, request, &response);
  if (!status.ok()) return RejectedWith(status);
  return ToOutcome(response.outcome());
}

absl::StatusOr<FunctionOutcome> GrpcAccountFunction::ResetPassword(
    const ResetPasswordCall& call, const CallContext& ctx) {
  v1::ResetPasswordRequest request;
  Address(ctx, &request);
  request.set_username(std::string(call.username));
  request.set_password(std::string(call.password->RevealSecret()));
  request.set_token(std::string(call.token->RevealSecret()));
  request.set_token_id(std::string(call.token_id));
  request.set_current_password_valid(call.current_password_valid);
  if (!call.arguments_json.empty()) {
    const absl::StatusOr<json::Value> wrapped =
        json::ParseObject(call.arguments_json);
    if (!wrapped.ok()) return Rejected("arguments are no JSON");
    google::protobuf::Struct arguments;
    JsonToStruct(*wrapped, &arguments);
    *request.mutable_arguments() =
        arguments.fields().at("arguments").list_value();
  }
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(ctx.deadline));
  v1::ResetPasswordResponse response;
  const grpc::Status status =
      stub_->ResetPassword(&context, request, &response);
  if (!status.ok()) return RejectedWith(status);
  return ToOutcome(response.outcome());
}

class GrpcFunctionConnector final : public AuthFunctionConnector {
 public:
  absl::StatusOr<std::unique_ptr<AuthFunction>> Connect(
      const Options& options) override;
  absl::StatusOr<std::unique_ptr<AccountFunction>> ConnectAccounts(
      const Options& options) override;

 private:
  std::shared_ptr<grpc::Channel> ChannelTo(const Options& options);

  // A channel limits the size of its answers, so the limit is part of the key.
  using ChannelKey = std::pair<std::string, size_t>;

  absl::Mutex mu_;
  std::map<ChannelKey, std::weak_ptr<grpc::Channel>> channels_
      ABSL_GUARDED_BY(mu_);
};

std::shared_ptr<grpc::Channel> GrpcFunctionConnector::ChannelTo(
    const Options& options) {
  absl::MutexLock lock(&mu_);
  std::weak_ptr<grpc::Channel>& kept =
      channels_[{options.target, options.max_response_bytes}];
  std::shared_ptr<grpc::Channel> channel = kept.lock();
  if (channel == nullptr) {
    channel = MakeChannel(options.target, options.max_response_bytes);
    kept = channel;
  }
  return channel;
}

absl::StatusOr<std::unique_ptr<AuthFunction>> GrpcFunctionConnector::Connect(
    const Options& options) {
  return std::make_unique<GrpcFunction>(ChannelTo(options), options);
}

absl::StatusOr<std::unique_ptr<AccountFunction>>
GrpcFunctionConnector::ConnectAccounts(const Options& options) {
  return std::make_unique<GrpcAccountFunction>(ChannelTo(options), options);
}

}  // namespace

std::unique_ptr<AuthFunctionConnector> NewGrpcFunctionConnector() {
  return std::make_unique<GrpcFunctionConnector>();
}

}  // namespace latchkey
