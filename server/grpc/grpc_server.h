// GrpcServer is one gRPC listener.
#ifndef LATCHKEY_SERVER_GRPC_GRPC_SERVER_H_
#define LATCHKEY_SERVER_GRPC_GRPC_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/config/listener_config.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// GrpcServer serves the rows of the listener's groups, health
// (grpc.health.v1), and reflection when the listener has it. Thread-safe but
// for Shutdown and the destructor.
//
// On a Unix socket that serves the admin or outbound group, connections of
// users that are not allowed are closed unread, and all others are trusted
// (RpcContext::peer_is_admin); over TLS a client certificate with an allowed
// name is. Elsewhere nobody is.
class GrpcServer final {
 public:
  struct Deps {  // borrowed
    const MethodTable* methods = nullptr;
    Dispatcher* dispatcher = nullptr;
    Clock* clock = nullptr;
    Random* random = nullptr;
  };
  // Start binds and serves; health says NOT_SERVING until told otherwise.
  // INVALID_REQUEST naming the address when it cannot be bound or a TLS file
  // cannot be used.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(
      const ListenerConfig& listener, const LimitsConfig& limits, Deps deps);
  // Cancels what still runs.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // As bound: "127.0.0.1:40123", "unix:/run/latchkey/admin.sock".
  const std::string& address() const;
  // Full names of the services of our own that it serves.
  const std::vector<std::string>& services() const;

  // SetServing sets the health of the server ("") and of each service.
  void SetServing(bool serving);
  // SetServing sets the health of one service.
  void SetServing(const std::string& service, bool serving);

  // Shutdown says NOT_SERVING, takes no further calls, and lets those that run
  // end until `deadline`; then they are cancelled. Idempotent. The dispatcher
  // must still be there to finish them.
  void Shutdown(absl::Time deadline);

 private:
  struct Parts;
  explicit GrpcServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_GRPC_SERVER_H_
