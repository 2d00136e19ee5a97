// NewGrpcFunctionConnector reaches functions over gRPC.
#ifndef LATCHKEY_SERVER_FUNCTION_GRPC_FUNCTION_CLIENT_H_
#define LATCHKEY_SERVER_FUNCTION_GRPC_FUNCTION_CLIENT_H_

#include <memory>

#include "core/provider/auth_function.h"

namespace latchkey {

// NewGrpcFunctionConnector makes a connector that speaks
// latchkey.function.v1.AuthFunctionService in plain text, to a Unix socket or
// to loopback. Functions on one target share a channel, which connects with
// the first call and, after a failure, again; so Connect never fails.
// Thread-safe; its functions may outlive it.
std::unique_ptr<AuthFunctionConnector> NewGrpcFunctionConnector();

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_FUNCTION_GRPC_FUNCTION_CLIENT_H_
