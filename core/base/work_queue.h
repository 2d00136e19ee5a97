// WorkQueue is a bounded queue served by a fixed number of threads.
#ifndef LATCHKEY_CORE_BASE_WORK_QUEUE_H_
#define LATCHKEY_CORE_BASE_WORK_QUEUE_H_

#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace latchkey {

// Thread-safe. The destructor finishes queued work, then joins.
class WorkQueue final {
 public:
  struct Options {
    std::string name;    // at most 15 characters, "lk-..."
    int threads = 2;
    size_t length = 64;  // waiting jobs, besides those that run
    int nice = 0;        // 0 (normal) to 19 (yields to everything)
  };
  explicit WorkQueue(Options options);
  ~WorkQueue();
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // TrySubmit returns false at once when the queue is full or draining.
  bool TrySubmit(std::function<void()> job);

  // Drain refuses new work and waits until all is done, `timeout` at most.
  // Returns whether the queue is empty.
  bool Drain(absl::Duration timeout);

  // depth is the number of waiting jobs, for metrics.
  size_t depth() const;

 private:
  void Serve();

  const Options options_;
  mutable absl::Mutex mu_;
  std::deque<std::function<void()>> jobs_ ABSL_GUARDED_BY(mu_);
  int running_ ABSL_GUARDED_BY(mu_) = 0;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_WORK_QUEUE_H_
