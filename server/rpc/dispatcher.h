// Dispatcher runs calls: inline or on a lane, the same for every transport.
#ifndef LATCHKEY_SERVER_RPC_DISPATCHER_H_
#define LATCHKEY_SERVER_RPC_DISPATCHER_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/work_queue.h"
#include "core/metrics/metrics.h"
#include "google/protobuf/message.h"
#include "server/rpc/method_table.h"
#include "server/rpc/rpc_context.h"

namespace latchkey {

// RpcCall is one call, owned by its transport until Finish.
class RpcCall {
 public:
  virtual ~RpcCall() = default;
  virtual const Method& method() const = 0;
  virtual const RpcContext& context() const = 0;
  virtual const google::protobuf::Message& request() const = 0;
  virtual google::protobuf::Message* response() = 0;
  // Finish is called exactly once, from any thread; the call may be gone when
  // it returns.
  virtual void Finish(const absl::Status& status) = 0;
};

struct DispatcherOptions {
  int store_workers = 64;
  // For foreign issuers; twice as many for functions.
  int remote_workers = 8;
  int hash_workers = 0;  // 0: the number of cores
  size_t queue_length = 1024;
  size_t hash_queue_length = 64;
};

// Dispatcher owns the lanes (work queues "lk-store", "lk-hash", "lk-remote",
// "lk-function").
// Thread-safe. Run never blocks. A full lane answers OVERLOADED at once; work
// whose caller is gone or late is not begun. Statuses with an internal cause
// are logged with their detail, never with the request.
class Dispatcher final {
 public:
  Dispatcher(DispatcherOptions options, Clock* clock, Metrics* metrics);
  ~Dispatcher();

  void Run(RpcCall* call);

  // Refuse answers a call that its transport cannot accept (too large, not a
  // message): counted and logged like any other.
  void Refuse(RpcCall* call, const absl::Status& status) {
    Finish(call, status);
  }

  // Count counts and logs a call that ended, as Run does for those that it
  // runs; for streams, which their transport hands to Method::stream itself.
  void Count(const Method& method, const RpcContext& context,
             const absl::Status& status);

  // LaneDepth: calls that wait for a thread of one lane.
  struct LaneDepth {
    const char* name;
    size_t depth;
  };
  std::vector<LaneDepth> depths() const;

  // Drain refuses new work and waits for what runs, `timeout` at most; true
  // when all is done.
  bool Drain(absl::Duration timeout);

 private:
  WorkQueue* QueueOf(Lane lane);
  // Submit gives the call to a lane; false when that is full.
  bool Submit(WorkQueue* queue, RpcCall* call);
  // Work handles the call, or a slice of it, on the lane's thread.
  void Work(WorkQueue* queue, RpcCall* call);
  // Start hands the call to Method::start.
  void Start(RpcCall* call);
  bool NoneStarted() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return started_ == 0;
  }
  void Finish(RpcCall* call, const absl::Status& status);

  Clock* const clock_;
  Metrics* const metrics_;
  WorkQueue store_;
  WorkQueue hash_;
  WorkQueue remote_;
  WorkQueue function_;

  absl::Mutex mu_;
  size_t started_ ABSL_GUARDED_BY(mu_) = 0;  // that Method::start has
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_DISPATCHER_H_
