// What every gRPC server of ours is built with.
#ifndef LATCHKEY_SERVER_GRPC_SERVER_OPTIONS_H_
#define LATCHKEY_SERVER_GRPC_SERVER_OPTIONS_H_

#include "core/config/listener_config.h"
#include "grpcpp/server_builder.h"

namespace latchkey {

// ApplyServerOptions sets sizes, streams, timeouts and no compression.
void ApplyServerOptions(const LimitsConfig& limits,
                        grpc::ServerBuilder* builder);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_SERVER_OPTIONS_H_
