// GrpcTestClient calls methods by path, without generated stubs.
#ifndef LATCHKEY_SERVER_GRPC_GRPC_TEST_CLIENT_H_
#define LATCHKEY_SERVER_GRPC_GRPC_TEST_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/status.h"

namespace latchkey {

// One connection to one server. Thread-safe.
class GrpcTestClient final {
 public:
  explicit GrpcTestClient(
      const std::string& address,
      std::shared_ptr<grpc::ChannelCredentials> credentials = nullptr);

  // Call has 30 seconds unless the context says otherwise.
  grpc::Status Call(const std::string& path,
                    const google::protobuf::Message& request,
                    google::protobuf::Message* response,
                    grpc::ClientContext* context = nullptr);

  // Health is SERVING, NOT_SERVING or the name of an error code.
  std::string Health(const std::string& service);

  // Reflect asks each question on one stream of `service`.
  std::vector<grpc::reflection::v1::ServerReflectionResponse> Reflect(
      const std::string& service,
      const std::vector<grpc::reflection::v1::ServerReflectionRequest>&
          questions);

 private:
  std::shared_ptr<grpc::Channel> channel_;
};

// ReasonOf is ErrorInfo.reason of the status' details; "" without any.
std::string ReasonOf(const grpc::Status& status);

// FieldsOf are the fields of BadRequest in the status' details.
std::vector<std::string> FieldsOf(const grpc::Status& status);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_GRPC_TEST_CLIENT_H_
