#include "server/grpc/wire_status.h"

#include <cstddef>
#include <string>

#include "google/rpc/status.pb.h"
#include "server/rpc/status_mapping.h"

namespace latchkey {
namespace {

constexpr size_t kMaxDetails = 4096;

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status wire = ToWireStatus(status);
  // ErrorInfo is the first; the list of bad fields, which can be long, next.
  while (wire.ByteSizeLong() > kMaxDetails && wire.details_size() > 1) {
    wire.mutable_details()->DeleteSubrange(1, 1);
  }
  return grpc::Status(static_cast<grpc::StatusCode>(wire.code()),
                      wire.message(), wire.SerializeAsString());
}

}  // namespace latchkey
