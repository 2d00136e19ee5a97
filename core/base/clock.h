// Clock is the only source of "now" (names as in Abseil's later Clock).
#ifndef LATCHKEY_CORE_BASE_CLOCK_H_
#define LATCHKEY_CORE_BASE_CLOCK_H_

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace latchkey {

// Clock tells the time and waits. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // RealClock is the system clock; the object lives for ever.
  static Clock* RealClock();

  virtual absl::Time TimeNow() = 0;

  // AwaitWithDeadline waits, with `mu` held, until `condition` is true or the
  // deadline has come; returns condition's value. Deadlines follow this clock.
  virtual bool AwaitWithDeadline(absl::Mutex* mu,
                                 const absl::Condition& condition,
                                 absl::Time deadline)
      ABSL_SHARED_LOCKS_REQUIRED(mu) = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_CLOCK_H_
