#include "tests/load/load_client.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/impl/client_unary_call.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/client_callback.h"

namespace latchkey {
namespace {

using SteadyClock = std::chrono::steady_clock;
using google::protobuf::Message;

// What all loops of a run share.
struct Plan {
  std::string path;
  SteadyClock::time_point count_from;
  SteadyClock::time_point end;
  absl::BlockingCounter* running;
};

// Loop is one call in flight, again and again.
class Loop {
 public:
  Loop(const Plan* plan, grpc::Channel* channel, LoadWorker* worker)
      : plan_(*plan), channel_(channel), worker_(worker) {}

  void CallNext() {
    begun_ = SteadyClock::now();
    if (begun_ >= plan_.end || !worker_->Next()) {
      plan_.running->DecrementCount();
      return;
    }
    context_.emplace();
    response_.Clear();
    grpc::internal::CallbackUnaryCall<Message, grpc::ByteBuffer, Message,
                                      grpc::ByteBuffer>(
        channel_,
        grpc::internal::RpcMethod(plan_.path.c_str(),
                                  grpc::internal::RpcMethod::NORMAL_RPC),
        &*context_, &worker_->request(), &response_,
        [this](const grpc::Status& status) { Finished(status); });
  }

  void AddTo(LoadResult* result) const {
    result->calls += static_cast<int64_t>(micros_.size());
    result->errors += errors_;
    if (result->first_error.empty()) result->first_error = first_error_;
    result->micros.insert(result->micros.end(), micros_.begin(), micros_.end());
  }

 private:
  void Finished(const grpc::Status& status) {
    const auto now = SteadyClock::now();
    const bool good = status.ok() && worker_->Done(response_);
    if (!good) {
      ++errors_;
      if (first_error_.empty()) {
        first_error_ = status.ok() ? "wrong answer"
                                   : absl::StrCat("code ", status.error_code(),
                                                  " ", status.error_message());
      }
    } else if (begun_ >= plan_.count_from) {
      micros_.push_back(static_cast<uint32_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(now - begun_)
              .count()));
    }
    CallNext();
  }

  const Plan& plan_;
  grpc::Channel* const channel_;
  LoadWorker* const worker_;
  std::optional<grpc::ClientContext> context_;
  grpc::ByteBuffer response_;
  SteadyClock::time_point begun_;
  std::vector<uint32_t> micros_;
  int64_t errors_ = 0;
  std::string first_error_;
};

}  // namespace

double LoadResult::CallsPerSecond() const {
  return static_cast<double>(calls) / absl::ToDoubleSeconds(took);
}

uint32_t LoadResult::Percentile(double p) const {
  if (micros.empty()) return 0;
  return micros[static_cast<size_t>(p *
                                    static_cast<double>(micros.size() - 1))];
}

LoadClient::LoadClient(const std::string& target, int channels) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  for (int i = 0; i < channels; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    channels_.push_back(grpc::CreateCustomChannel(
        target, grpc::InsecureChannelCredentials(), arguments));
  }
}

bool LoadClient::AwaitServing(absl::Duration patience) {
  const auto deadline =
      std::chrono::system_clock::now() + absl::ToChronoMicroseconds(patience);
  while (std::chrono::system_clock::now() < deadline) {
    grpc::ClientContext context;
    context.set_deadline(deadline);
    context.set_wait_for_ready(true);
    const grpc::health::v1::HealthCheckRequest request;
    grpc::health::v1::HealthCheckResponse response;
    const grpc::Status status =
        grpc::internal::BlockingUnaryCall<Message, Message>(
            channels_.front().get(),
            grpc::internal::RpcMethod("/grpc.health.v1.Health/Check",
                                      grpc::internal::RpcMethod::NORMAL_RPC),
            &context, request, &response);
    if (status.ok() &&
        response.status() == grpc::health::v1::HealthCheckResponse::SERVING) {
      return true;
    }
  }
  return false;
}

LoadResult LoadClient::Run(
    const std::string& path,
    const std::vector<std::unique_ptr<LoadWorker>>& workers,
    absl::Duration warm_up, absl::Duration length) {
  absl::BlockingCounter running(static_cast<int>(workers.size()));
  const auto start = SteadyClock::now();
  Plan plan;
  plan.path = path;
  plan.count_from = start + absl::ToChronoMicroseconds(warm_up);
  plan.end = plan.count_from + absl::ToChronoMicroseconds(length);
  plan.running = &running;
  std::vector<std::unique_ptr<Loop>> loops;
  for (size_t i = 0; i < workers.size(); ++i) {
    loops.push_back(std::make_unique<Loop>(
        &plan, channels_[i % channels_.size()].get(), workers[i].get()));
  }
  for (const auto& loop : loops) loop->CallNext();
  running.Wait();
  LoadResult result;
  result.took = absl::FromChrono(SteadyClock::now() - plan.count_from);
  for (const auto& loop : loops) loop->AddTo(&result);
  std::sort(result.micros.begin(), result.micros.end());
  return result;
}

}  // namespace latchkey
