// BackgroundTask is a named thread that runs a function again and again.
#ifndef LATCHKEY_CORE_BASE_BACKGROUND_TASK_H_
#define LATCHKEY_CORE_BASE_BACKGROUND_TASK_H_

#include <functional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/clock.h"

namespace latchkey {

// BackgroundTask calls `run` on its own thread; `run` returns when it wants to
// be called next (by `clock`; InfiniteFuture = only on Wake()). Stops and
// joins in the destructor; `run` must return soon when Stopping() is true.
// Make it the last member of its owner: the thread starts in the constructor.
class BackgroundTask final {
 public:
  // `name` shows in ps and gdb: at most 15 characters, "lk-...". The first run
  // is at once.
  BackgroundTask(std::string name, Clock* clock,
                 std::function<absl::Time()> run);
  ~BackgroundTask();
  BackgroundTask(const BackgroundTask&) = delete;
  BackgroundTask& operator=(const BackgroundTask&) = delete;

  // Wake makes the task run soon, whatever time it asked for. Thread-safe.
  void Wake();
  // Stop ends the loop and joins. Idempotent; called by the destructor. Not
  // thread-safe, and never to be called by `run`.
  void Stop();
  // Stopping says whether Stop() was called. Thread-safe.
  bool Stopping() const;

 private:
  void Loop();
  bool Due() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stop_ || wake_; }

  Clock* const clock_;
  const std::function<absl::Time()> run_;
  mutable absl::Mutex mu_;
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  bool wake_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

// NameThisThread sets the current thread's name (15 characters at most).
void NameThisThread(const std::string& name);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_BACKGROUND_TASK_H_
