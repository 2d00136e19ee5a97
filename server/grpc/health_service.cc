#include "server/grpc/health_service.h"

#include <optional>
#include <utility>

#include "grpcpp/support/status.h"

namespace latchkey {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// Longer names than any service of ours are not kept or compared.
constexpr size_t kMaxServiceName = 256;

}  // namespace

// One stream. Lives until OnDone. Thread-safe; the service's mutex may be held
// when its own is taken, never the other way round.
class HealthService::Watcher final
    : public grpc::ServerWriteReactor<HealthCheckResponse> {
 public:
  Watcher(HealthService* owner, std::string service)
      : owner_(owner), service_(std::move(service)) {}

  const std::string& service() const { return service_; }

  // Tell sends `status` unless it was the last one sent.
  void Tell(Status status) {
    absl::MutexLock lock(&mu_);
    wanted_ = status;
    Go();
  }
  // End finishes the stream, after what is being written.
  void End(grpc::Status status) {
    absl::MutexLock lock(&mu_);
    if (!end_.has_value()) end_ = std::move(status);
    Go();
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mu_);
    writing_ = false;
    if (!ok && !end_.has_value()) end_ = grpc::Status::CANCELLED;
    Go();
  }
  void OnCancel() override { End(grpc::Status::CANCELLED); }
  void OnDone() override {
    owner_->Forget(this);
    delete this;
  }

 private:
  void Go() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (writing_ || finished_) return;
    if (wanted_ != sent_ && !(end_.has_value() && !end_->ok())) {
      sent_ = wanted_;
      response_.set_status(*sent_);
      writing_ = true;
      StartWrite(&response_);
      return;
    }
    if (end_.has_value()) {
      finished_ = true;
      Finish(*end_);
    }
  }

  HealthService* const owner_;
  const std::string service_;
  absl::Mutex mu_;
  HealthCheckResponse response_ ABSL_GUARDED_BY(mu_);
  std::optional<Status> wanted_ ABSL_GUARDED_BY(mu_);
  std::optional<Status> sent_ ABSL_GUARDED_BY(mu_);
  std::optional<grpc::Status> end_ ABSL_GUARDED_BY(mu_);
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
};

HealthService::Status HealthService::StatusOf(
    const std::string& service) const {
  const auto found = serving_.find(service);
  if (found == serving_.end()) return HealthCheckResponse::SERVICE_UNKNOWN;
  return found->second ? HealthCheckResponse::SERVING
                       : HealthCheckResponse::NOT_SERVING;
}

void HealthService::SetServing(const std::string& service, bool serving) {
  absl::MutexLock lock(&mu_);
  if (stopped_) return;
  serving_[service] = serving;
  for (Watcher* watcher : watchers_) {
    if (watcher->service() == service) watcher->Tell(StatusOf(service));
  }
}

void HealthService::Shutdown() {
  absl::MutexLock lock(&mu_);
  if (stopped_) return;
  stopped_ = true;
  for (auto& [service, serving] : serving_) serving = false;
  for (Watcher* watcher : watchers_) {
    watcher->Tell(StatusOf(watcher->service()));
    watcher->End(grpc::Status::OK);
  }
}

grpc::ServerUnaryReactor* HealthService::Check(
    grpc::CallbackServerContext* context, const HealthCheckRequest* request,
    HealthCheckResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::MutexLock lock(&mu_);
  const Status status = request->service().size() > kMaxServiceName
                            ? HealthCheckResponse::SERVICE_UNKNOWN
                            : StatusOf(request->service());
  if (status == HealthCheckResponse::SERVICE_UNKNOWN) {
    reactor->Finish({grpc::StatusCode::NOT_FOUND, "unknown service"});
    return reactor;
  }
  response->set_status(status);
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* HealthService::List(
    grpc::CallbackServerContext* context,
    const grpc::health::v1::HealthListRequest* /*request*/,
    grpc::health::v1::HealthListResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::MutexLock lock(&mu_);
  for (const auto& [service, serving] : serving_) {
    (*response->mutable_statuses())[service].set_status(StatusOf(service));
  }
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerWriteReactor<HealthCheckResponse>* HealthService::Watch(
    grpc::CallbackServerContext* /*context*/,
    const HealthCheckRequest* request) {
  auto* watcher =
      new Watcher(this, request->service().substr(0, kMaxServiceName + 1));
  absl::MutexLock lock(&mu_);
  if (watchers_.size() >= kMaxWatchers) {
    watcher->End({grpc::StatusCode::RESOURCE_EXHAUSTED, "too many watchers"});
    return watcher;
  }
  watchers_.insert(watcher);
  watcher->Tell(StatusOf(watcher->service()));
  if (stopped_) watcher->End(grpc::Status::OK);
  return watcher;
}

void HealthService::Forget(Watcher* watcher) {
  absl::MutexLock lock(&mu_);
  watchers_.erase(watcher);
}

}  // namespace latchkey
