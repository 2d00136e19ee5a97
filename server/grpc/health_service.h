// HealthService serves grpc.health.v1 on the callback API.
//
// gRPC's own keeps Watch streams open while the server shuts down, so that one
// watcher makes every stop take its whole deadline; this one ends them.
#ifndef LATCHKEY_SERVER_GRPC_HEALTH_SERVICE_H_
#define LATCHKEY_SERVER_GRPC_HEALTH_SERVICE_H_

#include <map>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace latchkey {

// HealthService: thread-safe. Must outlive the server's calls.
class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  HealthService() = default;

  // SetServing sets the health of one service; "" is the whole server. Has no
  // effect after Shutdown.
  void SetServing(const std::string& service, bool serving);

  // Shutdown makes everything NOT_SERVING for good, tells the watchers, and
  // ends their streams.
  void Shutdown();

  // Check: NOT_FOUND for a service that was never set.
  grpc::ServerUnaryReactor* Check(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthCheckRequest* request,
      grpc::health::v1::HealthCheckResponse* response) override;

  // List: every service that was set.
  grpc::ServerUnaryReactor* List(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthListRequest* request,
      grpc::health::v1::HealthListResponse* response) override;

  // Watch sends the state now and at each change; SERVICE_UNKNOWN while the
  // service was never set. At most kMaxWatchers streams at once.
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;
  class Watcher;
  static constexpr size_t kMaxWatchers = 1000;

  Status StatusOf(const std::string& service) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Forget(Watcher* watcher);

  absl::Mutex mu_;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::map<std::string, bool> serving_ ABSL_GUARDED_BY(mu_);
  std::set<Watcher*> watchers_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_HEALTH_SERVICE_H_
