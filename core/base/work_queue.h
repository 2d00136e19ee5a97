// WorkQueue is a bounded queue served by a bounded number of threads.
#ifndef LATCHKEY_CORE_BASE_WORK_QUEUE_H_
#define LATCHKEY_CORE_BASE_WORK_QUEUE_H_

#include <cstddef>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace latchkey {

// Threads start when there is work that no idle one can take, and stay: an idle
// service does not pay for the stacks of a busy one.
//
// Thread-safe. The destructor finishes queued work, then joins.
class WorkQueue final {
 public:
  // May own move-only things such as a Secret. Destroyed on the thread that ran
  // it, before it counts as done.
  using Job = absl::AnyInvocable<void()>;

  struct Options {
    std::string name;    // at most 15 characters, "lk-..."
    int threads = 2;     // at most
    size_t length = 64;  // waiting jobs, besides those that run
    int nice = 0;        // 0 (normal) to 19 (yields to everything)
  };
  explicit WorkQueue(Options options);
  ~WorkQueue();
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // TrySubmit returns false at once when the queue is full or draining, or when
  // the system gives it no thread at all.
  bool TrySubmit(Job job);

  // Drain refuses new work and waits until all is done, `timeout` at most.
  // Returns whether all is done.
  bool Drain(absl::Duration timeout);

  // depth is the number of waiting jobs, for metrics.
  size_t depth() const;

 private:
  void Serve();
  // Makes sure that somebody comes for the jobs; false: there is nobody.
  bool HasThreadFor(size_t jobs) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Next waits for a job; null when the queue is stopped and empty.
  Job Next();
  bool Ready() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return stop_ || !jobs_.empty();
  }
  bool Idle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return jobs_.empty() && running_ == 0;
  }

  const Options options_;
  mutable absl::Mutex mu_;
  std::deque<Job> jobs_ ABSL_GUARDED_BY(mu_);
  int running_ ABSL_GUARDED_BY(mu_) = 0;
  size_t idle_ ABSL_GUARDED_BY(mu_) = 0;  // threads, also those that start
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  // Written under mu_ until stop_; the destructor alone reads it then.
  std::vector<std::thread> threads_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_WORK_QUEUE_H_
