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
  if (!status.ok()) {
    // The host's own words may quote what it was given, passwords and all.
    return Rejected(
        absl::StrCat("code ", static_cast<int>(status.error_code())));
  }
  const absl::StatusOr<json::Value> data =
      StructToValue(response.data(), "data");
  if (!data.ok()) return Rejected("data cannot be written as JSON");
  AuthFunctionResult result;
  result.id = response.id();
  result.name = response.name();
  result.data_json = json::Write(*data);
  return result;
}

class GrpcFunctionConnector final : public AuthFunctionConnector {
 public:
  absl::StatusOr<std::unique_ptr<AuthFunction>> Connect(
      const Options& options) override;

 private:
  // A channel limits the size of its answers, so the limit is part of the key.
  using ChannelKey = std::pair<std::string, size_t>;

  absl::Mutex mu_;
  std::map<ChannelKey, std::weak_ptr<grpc::Channel>> channels_
      ABSL_GUARDED_BY(mu_);
};

absl::StatusOr<std::unique_ptr<AuthFunction>> GrpcFunctionConnector::Connect(
    const Options& options) {
  std::shared_ptr<grpc::Channel> channel;
  {
    absl::MutexLock lock(&mu_);
    std::weak_ptr<grpc::Channel>& kept =
        channels_[{options.target, options.max_response_bytes}];
    channel = kept.lock();
    if (channel == nullptr) {
      channel = MakeChannel(options.target, options.max_response_bytes);
      kept = channel;
    }
  }
  return std::make_unique<GrpcFunction>(std::move(channel), options);
}

}  // namespace

std::unique_ptr<AuthFunctionConnector> NewGrpcFunctionConnector() {
  return std::make_unique<GrpcFunctionConnector>();
}

}  // namespace latchkey
