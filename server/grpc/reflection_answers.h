// ReflectionAnswers knows what gRPC reflection is asked, free of gRPC.
#ifndef LATCHKEY_SERVER_GRPC_REFLECTION_ANSWERS_H_
#define LATCHKEY_SERVER_GRPC_REFLECTION_ANSWERS_H_

#include <set>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "grpc/reflection/v1/reflection.pb.h"

namespace latchkey {

// ReflectionAnswers answers from the linked descriptors, about the services
// given and everything else alike (descriptors are no secret). Thread-safe.
class ReflectionAnswers final {
 public:
  explicit ReflectionAnswers(std::vector<std::string> services);

  // `sent` holds the names of files that the stream has carried already.
  void Answer(const grpc::reflection::v1::ServerReflectionRequest& request,
              std::set<std::string>* sent,
              grpc::reflection::v1::ServerReflectionResponse* response) const;

 private:
  using Request = grpc::reflection::v1::ServerReflectionRequest;
  using Response = grpc::reflection::v1::ServerReflectionResponse;

  void ListServices(Response* response) const;
  void ListExtensions(const std::string& type, Response* response) const;

  const std::vector<std::string> services_;
  const google::protobuf::DescriptorPool* const pool_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_REFLECTION_ANSWERS_H_
