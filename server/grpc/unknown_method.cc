#include "server/grpc/unknown_method.h"

#include "core/base/reason.h"
#include "server/grpc/wire_status.h"

namespace latchkey {
namespace {

// Refusal reads nothing and ends at once. Deletes itself.
class Refusal final : public grpc::ServerGenericBidiReactor {
 public:
  Refusal() {
    Finish(ToGrpcStatus(Error(Reason::kUnimplemented, "unknown method")));
  }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerGenericBidiReactor* UnknownMethod::CreateReactor(
    grpc::GenericCallbackServerContext* /*context*/) {
  return new Refusal;
}

}  // namespace latchkey
