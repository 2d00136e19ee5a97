// SimulatedClock is a Clock whose time moves only when told. For tests.
#ifndef LATCHKEY_CORE_BASE_SIMULATED_CLOCK_H_
#define LATCHKEY_CORE_BASE_SIMULATED_CLOCK_H_

#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/clock.h"

namespace latchkey {

// Thread-safe. Waits end when the condition holds or when AdvanceTime/SetTime
// passes their deadline. Whoever moves the time must not hold a mutex that a
// waiter gave to AwaitWithDeadline: it is locked to wake the waiter.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(absl::Time start);
  ~SimulatedClock() override;

  absl::Time TimeNow() override;
  bool AwaitWithDeadline(absl::Mutex* mu, const absl::Condition& condition,
                         absl::Time deadline) override
      ABSL_SHARED_LOCKS_REQUIRED(mu);

  void SetTime(absl::Time time);
  void AdvanceTime(absl::Duration by);

  // WaitForWaiters blocks (real time) until `count` threads wait on this
  // clock, so that a test advances only what is really waiting. A wait that
  // the time ended no longer counts when SetTime returns; a wait that its
  // condition ended counts until its thread has noticed.
  void WaitForWaiters(int count);

 private:
  struct Waiter;
  // Lets go of mu_ for a while.
  void MoveTo(absl::Time time) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  absl::Mutex mu_;
  absl::Time now_ ABSL_GUARDED_BY(mu_);
  std::set<Waiter*> waiters_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_SIMULATED_CLOCK_H_
