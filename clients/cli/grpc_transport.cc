#include "clients/cli/grpc_transport.h"

#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "clients/cli/failure.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/security/credentials.h"

namespace latchkey {
namespace {

constexpr int kMaxAnswerBytes = 8 * 1024 * 1024;

// One stub for every method: which one it is, is just a name.
using Stub = grpc::TemplatedGenericStub<google::protobuf::Message,
                                        google::protobuf::Message>;

std::shared_ptr<grpc::ChannelCredentials> MakeCredentials(
    const Endpoint& endpoint) {
  if (!endpoint.tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = endpoint.ca_pem;
  options.pem_cert_chain = endpoint.client_cert_pem;
  options.pem_private_key = endpoint.client_key_pem;
  return grpc::SslCredentials(options);
}

class GrpcTransport final : public Transport {
 public:
  explicit GrpcTransport(std::shared_ptr<grpc::Channel> channel)
      : stub_(std::move(channel)) {}

  absl::Status Call(const RpcCall& call,
                    const google::protobuf::Message& request,
                    google::protobuf::Message* response) override {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         absl::ToChronoMicroseconds(call.timeout));
    if (!call.bearer.empty()) {
      context.AddMetadata("authorization",
                          absl::StrCat("Bearer ", call.bearer));
    }
    grpc::Status status;
    absl::Notification done;
    stub_.UnaryCall(&context, absl::StrCat("/", call.method), {}, &request,
                    response, [&status, &done](grpc::Status result) {
                      status = std::move(result);
                      done.Notify();
                    });
    done.WaitForNotification();
    if (status.ok()) return absl::OkStatus();
    return RpcError(status.error_code(), status.error_message(),
                    status.error_details());
  }

 private:
  Stub stub_;
};

}  // namespace

std::unique_ptr<Transport> NewGrpcTransport(const Endpoint& endpoint) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  // No proxy of the environment gets to see tokens.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return std::make_unique<GrpcTransport>(grpc::CreateCustomChannel(
      endpoint.address, MakeCredentials(endpoint), arguments));
}

}  // namespace latchkey
