#include "core/base/background_task.h"

#include <pthread.h>

#include <cstddef>
#include <utility>

namespace latchkey {

BackgroundTask::BackgroundTask(std::string name, Clock* clock,
                               std::function<absl::Time()> run)
    : clock_(clock), run_(std::move(run)) {
  thread_ = std::thread([this, name = std::move(name)] {
    NameThisThread(name);
    Loop();
  });
}

BackgroundTask::~BackgroundTask() { Stop(); }

void BackgroundTask::Wake() {
  absl::MutexLock lock(&mu_);
  wake_ = true;
}

void BackgroundTask::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stop_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

bool BackgroundTask::Stopping() const {
  absl::MutexLock lock(&mu_);
  return stop_;
}

void BackgroundTask::Loop() {
  while (!Stopping()) {
    const absl::Time next = run_();
    absl::MutexLock lock(&mu_);
    clock_->AwaitWithDeadline(&mu_, absl::Condition(this, &BackgroundTask::Due),
                              next);
    // A Wake() from here on is for the run after the coming one.
    wake_ = false;
  }
}

void NameThisThread(const std::string& name) {
  constexpr size_t kMax = 15;
  ::pthread_setname_np(::pthread_self(), name.substr(0, kMax).c_str());
}

}  // namespace latchkey
