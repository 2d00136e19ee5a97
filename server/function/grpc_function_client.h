// GrpcFunctionConnector reaches functions over gRPC.
#ifndef LATCHKEY_SERVER_FUNCTION_GRPC_FUNCTION_CLIENT_H_
#define LATCHKEY_SERVER_FUNCTION_GRPC_FUNCTION_CLIENT_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "core/provider/auth_function.h"

namespace grpc {
class Channel;
}  // namespace grpc

namespace latchkey {

// GrpcFunctionConnector speaks latchkey.function.v1.AuthFunctionService, in
// plain text: to a Unix socket or to loopback. Functions on one target share a
// channel, which connects with the first call and after a failure again.
// Thread-safe; its functions may outlive it.
class GrpcFunctionConnector final : public AuthFunctionConnector {
 public:
  GrpcFunctionConnector() = default;

  // Never fails: whether anybody is there, the first call will show.
  absl::StatusOr<std::unique_ptr<AuthFunction>> Connect(
      const Options& options) override;

 private:
  // The size of an answer is limited by channel.
  using ChannelKey = std::pair<std::string, size_t>;

  absl::Mutex mu_;
  std::map<ChannelKey, std::weak_ptr<grpc::Channel>> channels_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_FUNCTION_GRPC_FUNCTION_CLIENT_H_
