// GrpcTestWorld is a server with a method whose behaviour the test sets.
#ifndef LATCHKEY_SERVER_GRPC_GRPC_TEST_WORLD_H_
#define LATCHKEY_SERVER_GRPC_GRPC_TEST_WORLD_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/config/listener_config.h"
#include "core/metrics/metrics.h"
#include "gtest/gtest.h"
#include "latchkey/v1/auth_service.pb.h"
#include "server/grpc/grpc_server.h"
#include "server/grpc/grpc_test_client.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/method_table.h"

namespace latchkey {

inline constexpr char kWork[] = "/latchkey.v1.AuthService/Verify";
inline constexpr char kAdminWork[] = "/latchkey.v1.UserAdminService/GetUser";

// Both methods take a VerifyRequest of at most 4 KiB and run `behaviour` on
// the store lane: one thread, one waiting job.
class GrpcTestWorld : public testing::Test {
 protected:
  using Behaviour = std::function<absl::Status(
      const v1::VerifyRequest&, const RpcContext&, v1::VerifyResponse*)>;

  GrpcTestWorld() : dispatcher_(Lanes(), Clock::RealClock(), &metrics_) {
    MethodTable::RowOptions options;
    options.max_request_bytes = 4096;
    Add(kWork, options);
    options.group = ServiceGroup::kAdmin;
    Add(kAdminWork, options);
    listener_.address = "127.0.0.1:0";
  }

  void Start() {
    GrpcServer::Deps deps;
    deps.methods = &table_;
    deps.dispatcher = &dispatcher_;
    deps.clock = Clock::RealClock();
    deps.random = Random::SystemRandom();
    auto server = GrpcServer::Start(listener_, limits_, deps);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = std::move(*server);
    client_ = std::make_unique<GrpcTestClient>(server_->address());
  }

  // Call sends `token` and gives the status; *response_ has the answer.
  grpc::Status Call(const std::string& token,
                    grpc::ClientContext* context = nullptr) {
    v1::VerifyRequest request;
    request.set_token(token);
    return client_->Call(kWork, request, &response_, context);
  }

  ListenerConfig listener_;
  LimitsConfig limits_;
  Behaviour behaviour_ = [](const auto&, const auto&, auto* response) {
    response->set_active(true);
    return absl::OkStatus();
  };
  v1::VerifyResponse response_;

  Metrics metrics_;
  MethodTable table_;
  Dispatcher dispatcher_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<GrpcTestClient> client_;

 private:
  static DispatcherOptions Lanes() {
    DispatcherOptions options;
    options.store_workers = 1;
    options.queue_length = 1;
    options.remote_workers = 1;
    options.hash_workers = 1;
    return options;
  }
  void Add(const char* path, const MethodTable::RowOptions& options) {
    table_.Add<v1::VerifyRequest, v1::VerifyResponse>(
        path, options,
        [this](const v1::VerifyRequest& request, const RpcContext& context,
               v1::VerifyResponse* response) {
          return behaviour_(request, context, response);
        });
  }
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_GRPC_TEST_WORLD_H_
