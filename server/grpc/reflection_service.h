// ReflectionService serves gRPC reflection on the callback API.
//
// gRPC's own (libgrpc++_reflection) speaks v1alpha only and is a synchronous
// service, which costs the whole server a pool of polling threads.
#ifndef LATCHKEY_SERVER_GRPC_REFLECTION_SERVICE_H_
#define LATCHKEY_SERVER_GRPC_REFLECTION_SERVICE_H_

#include <string>

#include "grpcpp/impl/service_type.h"
#include "server/grpc/reflection_answers.h"

namespace latchkey {

inline constexpr char kReflectionV1[] = "grpc.reflection.v1.ServerReflection";
// The same messages under another name.
inline constexpr char kReflectionV1Alpha[] =
    "grpc.reflection.v1alpha.ServerReflection";

// ReflectionService: thread-safe.
class ReflectionService final : public grpc::Service {
 public:
  // `name` is one of the above; `answers` is borrowed.
  ReflectionService(const std::string& name, const ReflectionAnswers* answers);

 private:
  std::string path_;  // gRPC keeps a pointer into it
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_REFLECTION_SERVICE_H_
