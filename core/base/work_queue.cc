#include "core/base/work_queue.h"

#include <sys/resource.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "core/base/background_task.h"

namespace latchkey {

WorkQueue::WorkQueue(Options options) : options_(std::move(options)) {}

WorkQueue::~WorkQueue() {
  {
    absl::MutexLock lock(&mu_);
    draining_ = true;
    stop_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

bool WorkQueue::TrySubmit(Job job) {
  absl::MutexLock lock(&mu_);
  // Counted with the running ones, so that a thread that has not yet come for
  // its job makes no difference.
  const size_t room = options_.length + static_cast<size_t>(options_.threads);
  const size_t taken = jobs_.size() + static_cast<size_t>(running_);
  if (draining_ || taken >= room) return false;
  if (!HasThreadFor(jobs_.size() + 1)) return false;
  jobs_.push_back(std::move(job));
  return true;
}

bool WorkQueue::HasThreadFor(size_t jobs) {
  const size_t threads = static_cast<size_t>(options_.threads);
  if (idle_ >= jobs || threads_.size() >= threads) return true;
  try {
    threads_.emplace_back([this] { Serve(); });
    ++idle_;
  } catch (const std::system_error&) {
    // Too many threads on this machine: those that are there go on.
  }
  return !threads_.empty();
}

bool WorkQueue::Drain(absl::Duration timeout) {
  absl::MutexLock lock(&mu_);
  draining_ = true;
  return mu_.AwaitWithTimeout(absl::Condition(this, &WorkQueue::Idle), timeout);
}

size_t WorkQueue::depth() const {
  absl::MutexLock lock(&mu_);
  return jobs_.size();
}

WorkQueue::Job WorkQueue::Next() {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(this, &WorkQueue::Ready));
  if (jobs_.empty()) return nullptr;
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  --idle_;
  ++running_;
  return job;
}

void WorkQueue::Serve() {
  NameThisThread(options_.name);
  // Linux keeps the nice value per thread. Failing is no reason not to work.
  if (options_.nice > 0) {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), options_.nice);
  }
  while (Job job = Next()) {
    job();
    job = nullptr;  // what the job owns goes before it counts as done
    absl::MutexLock lock(&mu_);
    --running_;
    ++idle_;
  }
}

}  // namespace latchkey
