// Transport over gRPC. The only part of the command line that knows gRPC.
#ifndef LATCHKEY_CLIENTS_CLI_GRPC_TRANSPORT_H_
#define LATCHKEY_CLIENTS_CLI_GRPC_TRANSPORT_H_

#include <memory>

#include "clients/cli/transport.h"

namespace latchkey {

// NewGrpcTransport opens nothing yet. Answers are at most 8 MiB.
std::unique_ptr<Transport> NewGrpcTransport(const Endpoint& endpoint);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_GRPC_TRANSPORT_H_
