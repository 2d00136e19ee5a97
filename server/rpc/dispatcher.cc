#include "server/rpc/dispatcher.h"

#include <optional>
#include <thread>

#include "core/base/log.h"
#include "core/base/reason.h"

namespace latchkey {
namespace {

// How long a caller should wait before it tries a full lane again.
constexpr absl::Duration kOverloadedRetry = absl::Milliseconds(500);

absl::Status Overloaded(absl::string_view detail) {
  return WithRetryAfter(Error(Reason::kOverloaded, detail), kOverloadedRetry);
}

int CoresOr(int threads) {
  if (threads > 0) return threads;
  const unsigned cores = std::thread::hardware_concurrency();
  return cores == 0 ? 2 : static_cast<int>(cores);
}

WorkQueue::Options LaneOptions(const char* name, int threads, size_t length,
                               int nice) {
  WorkQueue::Options options;
  options.name = name;
  options.threads = threads;
  options.length = length;
  options.nice = nice;
  return options;
}

// Causes that an operator has to see; the rest is a caller's own business.
bool IsInternalTrouble(Reason reason) {
  return reason == Reason::kInternal || reason == Reason::kStoreUnavailable ||
         reason == Reason::kIssuerUnavailable || reason == Reason::kOverloaded;
}

}  // namespace

// Password hashes yield to everything else: beside a busy hash of equal
// priority, the slowest Verify calls take eight times as long.
Dispatcher::Dispatcher(DispatcherOptions options, Clock* clock,
                       Metrics* metrics)
    : clock_(clock),
      metrics_(metrics),
      store_(LaneOptions("lk-store", options.store_workers,
                         options.queue_length, 0)),
      hash_(LaneOptions("lk-hash", CoresOr(options.hash_workers),
                        options.hash_queue_length, 19)),
      remote_(LaneOptions("lk-remote", options.remote_workers,
                          options.queue_length, 0)),
      // A hung function must not keep foreign tokens from being verified.
      function_(LaneOptions("lk-function", 2 * options.remote_workers,
                            options.queue_length, 0)) {}

Dispatcher::~Dispatcher() {
  // Whoever has a call still comes back here with it.
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(this, &Dispatcher::NoneStarted));
}

WorkQueue* Dispatcher::QueueOf(Lane lane) {
  switch (lane) {
    case Lane::kStore:
      return &store_;
    case Lane::kHash:
      return &hash_;
    case Lane::kRemote:
      return &remote_;
    case Lane::kFunction:
      return &function_;
  }
  return &store_;
}

void Dispatcher::Run(RpcCall* call) {
  const Method& method = call->method();
  if (method.stream) {
    return Finish(call, Error(Reason::kUnimplemented, "a stream, over gRPC"));
  }
  if (method.try_inline) {
    const std::optional<absl::Status> done =
        method.try_inline(call->request(), call->context(), call->response());
    if (done.has_value()) {
      Finish(call, *done);
      return;
    }
  }
  if (method.start) return Start(call);
  const Lane lane = method.lane(call->request(), *call->response());
  if (!Submit(QueueOf(lane), call)) Finish(call, Overloaded("lane is full"));
}

void Dispatcher::Start(RpcCall* call) {
  bool refused = false;
  {
    absl::MutexLock lock(&mu_);
    refused = draining_;
    if (!refused) ++started_;
  }
  if (refused) return Finish(call, Overloaded("draining"));
  const auto done = [this, call](const absl::Status& status) {
    Finish(call, status);
    absl::MutexLock lock(&mu_);
    --started_;
  };
  call->method().start(call->request(), call->context(), call->response(),
                       done);
}

bool Dispatcher::Submit(WorkQueue* queue, RpcCall* call) {
  return queue->TrySubmit([this, queue, call] { Work(queue, call); });
}

void Dispatcher::Work(WorkQueue* queue, RpcCall* call) {
  const Method& method = call->method();
  while (true) {
    const RpcContext& context = call->context();
    const absl::Status wanted = context.call.StillWanted(clock_->TimeNow());
    if (!wanted.ok()) return Finish(call, wanted);
    if (!method.slice) {
      return Finish(call,
                    method.handle(call->request(), context, call->response()));
    }
    const std::optional<absl::Status> done =
        method.slice(call->request(), context, call->response());
    if (done.has_value()) return Finish(call, *done);
    // A lane that is full or draining does not take the rest: it goes on here.
    if (Submit(queue, call)) return;
  }
}

void Dispatcher::Finish(RpcCall* call, const absl::Status& status) {
  Count(call->method(), call->context(), status);
  call->Finish(status);
}

void Dispatcher::Count(const Method& method, const RpcContext& context,
                       const absl::Status& status) {
  const Reason reason = GetReason(status);
  if (method.series != nullptr) {
    metrics_->CountRpc(method.series, reason,
                       clock_->TimeNow() - context.call.started);
  }
  if (!status.ok()) {
    Log(IsInternalTrouble(reason) ? LogLevel::kWarning : LogLevel::kDebug,
        "rpc_failed",
        {{"method", method.path},
         {"request_id", context.call.request_id},
         {"peer", context.call.peer},
         {"reason", GetReasonInfo(reason).name},
         {"detail", status.message()}});
  }
}

std::vector<Dispatcher::LaneDepth> Dispatcher::depths() const {
  return {{"store", store_.depth()},
          {"hash", hash_.depth()},
          {"remote", remote_.depth()},
          {"function", function_.depth()}};
}

bool Dispatcher::Drain(absl::Duration timeout) {
  const absl::Time deadline = clock_->TimeNow() + timeout;
  bool done = true;
  {
    absl::MutexLock lock(&mu_);
    draining_ = true;
  }
  for (WorkQueue* queue : {&store_, &hash_, &remote_, &function_}) {
    const absl::Duration left = deadline - clock_->TimeNow();
    done = queue->Drain(left) && done;
  }
  absl::MutexLock lock(&mu_);
  return clock_->AwaitWithDeadline(
             &mu_, absl::Condition(this, &Dispatcher::NoneStarted), deadline) &&
         done;
}

}  // namespace latchkey
