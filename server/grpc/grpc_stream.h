// GrpcStream is one server-streaming call on gRPC's callback API.
#ifndef LATCHKEY_SERVER_GRPC_GRPC_STREAM_H_
#define LATCHKEY_SERVER_GRPC_GRPC_STREAM_H_

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/rpc/rpc_context.h"
#include "server/rpc/rpc_stream.h"

namespace latchkey {

// GrpcStream lives until gRPC is done with the call, and as long as anybody
// shares it; whatever is asked of it later does nothing.
class GrpcStream final : public RpcStream,
                         public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  // Called once, with the status that the stream ends with.
  using Ended = std::function<void(const RpcContext&, const absl::Status&)>;

  static std::shared_ptr<GrpcStream> Make(Ended ended);

  // The context of the call; filled before the stream is shared.
  RpcContext* mutable_context() { return &context_; }

  void Notify(std::function<void()> on_change) override;
  void Send(const google::protobuf::Message& message) override;
  void Finish(const absl::Status& status) override;
  bool idle() const override;
  bool closed() const override;

 private:
  explicit GrpcStream(Ended ended) : ended_(std::move(ended)) {}

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  // Go starts the next operation, when there is one.
  void Go() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void End(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Tell calls on_change_; never with mu_ held.
  void Tell() ABSL_LOCKS_EXCLUDED(mu_);

  const Ended ended_;
  RpcContext context_;
  std::shared_ptr<GrpcStream> self_;  // until OnDone

  mutable absl::Mutex mu_;
  std::function<void()> on_change_ ABSL_GUARDED_BY(mu_);
  std::deque<grpc::ByteBuffer> queue_ ABSL_GUARDED_BY(mu_);
  grpc::ByteBuffer current_ ABSL_GUARDED_BY(mu_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mu_);
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_GRPC_STREAM_H_
