#include "core/base/simulated_clock.h"

#include <cstddef>
#include <vector>

namespace latchkey {

// Waiter is one AwaitWithDeadline, on the stack of its thread.
//
// Locks: a waiter takes the clock's mu_ while it holds its own `mu`, so a
// thread that moves the time takes them one after the other, never `mu` inside
// mu_. It first claims the waiter (takes it out of waiters_), and the waiter
// stays until `released`: otherwise it might go, and with it `mu`, between the
// claim and the wake-up.
struct SimulatedClock::Waiter {
  absl::Mutex* mu;
  const absl::Condition* condition;
  absl::Time deadline;
  bool passed = false;    // the deadline has come; guarded by *mu
  bool released = false;  // nobody else knows us; guarded by the clock's mu_

  bool Ready() const { return passed || condition->Eval(); }
};

SimulatedClock::SimulatedClock(absl::Time start) : now_(start) {}

SimulatedClock::~SimulatedClock() = default;

absl::Time SimulatedClock::TimeNow() {
  absl::MutexLock lock(&mu_);
  return now_;
}

bool SimulatedClock::AwaitWithDeadline(absl::Mutex* mu,
                                       const absl::Condition& condition,
                                       absl::Time deadline) {
  if (condition.Eval()) return true;
  Waiter waiter{mu, &condition, deadline};
  {
    absl::MutexLock lock(&mu_);
    if (now_ >= deadline) return false;
    waiters_.insert(&waiter);
  }
  mu->Await(absl::Condition(&waiter, &Waiter::Ready));
  {
    absl::MutexLock lock(&mu_);
    if (waiters_.erase(&waiter) == 1) return true;
  }
  // Claimed: give `mu` up until the waker has had it, then wait until it has
  // let go of us.
  mu->Await(absl::Condition(&waiter.passed));
  {
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(&waiter.released));
  }
  return condition.Eval();
}

void SimulatedClock::SetTime(absl::Time time) {
  absl::MutexLock lock(&mu_);
  MoveTo(time);
}

void SimulatedClock::AdvanceTime(absl::Duration by) {
  absl::MutexLock lock(&mu_);
  MoveTo(now_ + by);
}

void SimulatedClock::MoveTo(absl::Time time) {
  now_ = time;
  std::vector<Waiter*> due;
  for (auto it = waiters_.begin(); it != waiters_.end();) {
    if ((*it)->deadline <= time) {
      due.push_back(*it);
      it = waiters_.erase(it);
    } else {
      ++it;
    }
  }
  mu_.Unlock();
  for (Waiter* waiter : due) {
    absl::MutexLock lock(waiter->mu);
    waiter->passed = true;
  }
  mu_.Lock();
  for (Waiter* waiter : due) waiter->released = true;
}

void SimulatedClock::WaitForWaiters(int count) {
  absl::MutexLock lock(&mu_);
  auto enough = [this, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return waiters_.size() >= static_cast<size_t>(count);
  };
  mu_.Await(absl::Condition(&enough));
}

}  // namespace latchkey
