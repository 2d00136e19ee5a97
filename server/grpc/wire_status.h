// ToGrpcStatus says a status in gRPC's words.
#ifndef LATCHKEY_SERVER_GRPC_WIRE_STATUS_H_
#define LATCHKEY_SERVER_GRPC_WIRE_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace latchkey {

// ToGrpcStatus: code, public text and google.rpc.Status as details, at most
// 4 KiB of them (they travel as a trailer, and clients take 8 KiB of those in
// all): ErrorInfo is always there, what does not fit is left out.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_WIRE_STATUS_H_
