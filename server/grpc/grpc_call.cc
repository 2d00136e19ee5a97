#include "server/grpc/grpc_call.h"

#include <utility>

#include "core/base/reason.h"
#include "server/grpc/byte_buffer.h"
#include "server/grpc/wire_status.h"

namespace latchkey {
namespace {

google::protobuf::ArenaOptions FirstBlock(char* block, size_t size) {
  google::protobuf::ArenaOptions options;
  options.initial_block = block;
  options.initial_block_size = size;
  return options;
}

}  // namespace

GrpcCall::GrpcCall(GrpcCallPool* pool)
    : pool_(pool),
      first_block_(std::make_unique<char[]>(kFirstBlock)),
      arena_(FirstBlock(first_block_.get(), kFirstBlock)) {}

GrpcCall::~GrpcCall() = default;

void GrpcCall::Begin(const Subject& subject) {
  subject_ = subject;
  request_ = subject.method->request->New(&arena_);
  response_ = subject.method->response->New(&arena_);
}

void GrpcCall::Finish(const absl::Status& status) {
  grpc::Status result = ToGrpcStatus(status);
  if (status.ok() && !SerializeBuffer(*response_, subject_.response)) {
    result = ToGrpcStatus(Error(Reason::kInternal, "response is too large"));
  }
  // Once the reactor is told, gRPC may be stopped and the pool gone.
  grpc::ServerUnaryReactor* reactor = subject_.reactor;
  pool_->Return(this);
  reactor->Finish(std::move(result));
}

void GrpcCall::Reset() {
  subject_ = Subject();
  context_.authorization.clear();
  context_.call.cancelled = nullptr;
  context_.peer_is_admin = false;
  context_.admin_peer.clear();
  request_ = nullptr;
  response_ = nullptr;
  arena_.Reset();
}

GrpcCallPool::~GrpcCallPool() = default;

GrpcCall* GrpcCallPool::Take() {
  {
    absl::MutexLock lock(&mu_);
    if (!idle_.empty()) {
      GrpcCall* call = idle_.back().release();
      idle_.pop_back();
      return call;
    }
  }
  return std::make_unique<GrpcCall>(this).release();
}

void GrpcCallPool::Return(GrpcCall* call) {
  std::unique_ptr<GrpcCall> owned(call);
  owned->Reset();
  absl::MutexLock lock(&mu_);
  if (idle_.size() < kMaxKept) idle_.push_back(std::move(owned));
}

}  // namespace latchkey
