#include "server/grpc/grpc_test_client.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/impl/client_unary_call.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/sync_stream.h"

namespace latchkey {
namespace {

constexpr std::chrono::seconds kPatience(30);

using Question = grpc::reflection::v1::ServerReflectionRequest;
using Answer = grpc::reflection::v1::ServerReflectionResponse;

}  // namespace

GrpcTestClient::GrpcTestClient(
    const std::string& address,
    std::shared_ptr<grpc::ChannelCredentials> credentials) {
  if (credentials == nullptr) {
    credentials = grpc::InsecureChannelCredentials();
  }
  grpc::ChannelArguments arguments;
  // A connection of its own.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  channel_ = grpc::CreateCustomChannel(address, credentials, arguments);
}

grpc::Status GrpcTestClient::Call(const std::string& path,
                                  const google::protobuf::Message& request,
                                  google::protobuf::Message* response,
                                  grpc::ClientContext* context) {
  grpc::ClientContext own;
  own.set_deadline(std::chrono::system_clock::now() + kPatience);
  return grpc::internal::BlockingUnaryCall<google::protobuf::Message,
                                           google::protobuf::Message>(
      channel_.get(),
      grpc::internal::RpcMethod(
          path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC, channel_),
      context == nullptr ? &own : context, request, response);
}

std::string GrpcTestClient::Health(const std::string& service) {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  grpc::health::v1::HealthCheckResponse response;
  const grpc::Status status =
      Call("/grpc.health.v1.Health/Check", request, &response);
  if (!status.ok()) return absl::StrCat("code ", status.error_code());
  return grpc::health::v1::HealthCheckResponse::ServingStatus_Name(
      response.status());
}

std::vector<Answer> GrpcTestClient::Reflect(
    const std::string& service, const std::vector<Question>& questions) {
  const std::string path = absl::StrCat("/", service, "/ServerReflectionInfo");
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  const std::unique_ptr<grpc::ClientReaderWriter<Question, Answer>> stream(
      grpc::internal::ClientReaderWriterFactory<Question, Answer>::Create(
          channel_.get(),
          grpc::internal::RpcMethod(path.c_str(),
                                    grpc::internal::RpcMethod::BIDI_STREAMING,
                                    channel_),
          &context));
  std::vector<Answer> answers;
  for (const Question& question : questions) {
    Answer answer;
    if (!stream->Write(question) || !stream->Read(&answer)) break;
    answers.push_back(answer);
  }
  stream->WritesDone();
  if (!stream->Finish().ok()) answers.clear();
  return answers;
}

std::string ReasonOf(const grpc::Status& status) {
  google::rpc::Status wire;
  google::rpc::ErrorInfo info;
  if (!wire.ParseFromString(status.error_details())) return "";
  for (const auto& detail : wire.details()) {
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return "";
}

std::vector<std::string> FieldsOf(const grpc::Status& status) {
  std::vector<std::string> fields;
  google::rpc::Status wire;
  google::rpc::BadRequest bad;
  if (!wire.ParseFromString(status.error_details())) return fields;
  for (const auto& detail : wire.details()) {
    if (!detail.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) {
      fields.push_back(violation.field());
    }
  }
  return fields;
}

}  // namespace latchkey
