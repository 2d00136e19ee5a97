// GrpcCall is one unary call on gRPC's callback API.
#ifndef LATCHKEY_SERVER_GRPC_GRPC_CALL_H_
#define LATCHKEY_SERVER_GRPC_GRPC_CALL_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/method_table.h"
#include "server/rpc/rpc_context.h"

namespace latchkey {

class GrpcCallPool;

// GrpcCall holds the messages in an arena of its own, and is used again for
// another call when it has finished.
class GrpcCall final : public RpcCall {
 public:
  // What the call is about; borrowed until Finish.
  struct Subject {
    const Method* method = nullptr;
    grpc::CallbackServerContext* context = nullptr;
    grpc::ServerUnaryReactor* reactor = nullptr;
    grpc::ByteBuffer* response = nullptr;
  };

  explicit GrpcCall(GrpcCallPool* pool);
  ~GrpcCall() override;
  GrpcCall(const GrpcCall&) = delete;
  GrpcCall& operator=(const GrpcCall&) = delete;

  // Begin makes empty messages and an empty context.
  void Begin(const Subject& subject);

  const Method& method() const override { return *subject_.method; }
  const RpcContext& context() const override { return context_; }
  const google::protobuf::Message& request() const override {
    return *request_;
  }
  google::protobuf::Message* response() override { return response_; }
  void Finish(const absl::Status& status) override;

  RpcContext* mutable_context() { return &context_; }
  google::protobuf::Message* mutable_request() { return request_; }

  // Reset forgets the call; for the pool.
  void Reset();

 private:
  // Room for the messages of a usual call without asking malloc.
  static constexpr size_t kFirstBlock = 4096;

  GrpcCallPool* const pool_;
  std::unique_ptr<char[]> first_block_;
  google::protobuf::Arena arena_;
  Subject subject_;
  RpcContext context_;
  google::protobuf::Message* request_ = nullptr;   // in arena_
  google::protobuf::Message* response_ = nullptr;  // in arena_
};

// GrpcCallPool keeps finished calls. Thread-safe; outlives its calls.
class GrpcCallPool final {
 public:
  GrpcCallPool() = default;
  ~GrpcCallPool();
  GrpcCallPool(const GrpcCallPool&) = delete;
  GrpcCallPool& operator=(const GrpcCallPool&) = delete;

  GrpcCall* Take();
  void Return(GrpcCall* call);

 private:
  // More calls than this at once are rare, and each costs some KiB.
  static constexpr size_t kMaxKept = 128;

  absl::Mutex mu_;
  std::vector<std::unique_ptr<GrpcCall>> idle_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_GRPC_CALL_H_
