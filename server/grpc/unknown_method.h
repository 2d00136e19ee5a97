// UnknownMethod answers every call that no service of the listener knows.
#ifndef LATCHKEY_SERVER_GRPC_UNKNOWN_METHOD_H_
#define LATCHKEY_SERVER_GRPC_UNKNOWN_METHOD_H_

#include "grpcpp/generic/async_generic_service.h"

namespace latchkey {

// gRPC would answer UNIMPLEMENTED without saying why; this adds the reason.
// gRPC finds registered methods first, so that other calls cost no more.
// Thread-safe.
class UnknownMethod final : public grpc::CallbackGenericService {
 private:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_UNKNOWN_METHOD_H_
