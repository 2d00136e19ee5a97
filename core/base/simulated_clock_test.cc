#include "core/base/simulated_clock.h"

#include <sched.h>

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "core/base/work_queue.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

TEST(SimulatedClockTest, MovesOnlyWhenTold) {
  SimulatedClock clock(kStart);
  EXPECT_EQ(clock.TimeNow(), kStart);
  clock.AdvanceTime(absl::Seconds(5));
  EXPECT_EQ(clock.TimeNow(), kStart + absl::Seconds(5));
  clock.SetTime(kStart);
  EXPECT_EQ(clock.TimeNow(), kStart);
}

TEST(SimulatedClockTest, NoWaitWhenTrueOrTooLate) {
  SimulatedClock clock(kStart);
  absl::Mutex mu;
  absl::MutexLock lock(&mu);
  bool yes = true;
  bool no = false;
  EXPECT_TRUE(clock.AwaitWithDeadline(&mu, absl::Condition(&yes),
                                      absl::InfiniteFuture()));
  EXPECT_TRUE(clock.AwaitWithDeadline(&mu, absl::Condition(&yes),
                                      absl::InfinitePast()));
  EXPECT_FALSE(clock.AwaitWithDeadline(&mu, absl::Condition(&no), kStart));
}

// One thread that waits once, in the way of the service's own threads.
class OneWait {
 public:
  OneWait(SimulatedClock* clock, absl::Time deadline)
      : queue_({.name = "lk-test", .threads = 1}) {
    queue_.TrySubmit([this, clock, deadline] {
      absl::MutexLock lock(&mu_);
      result_ =
          clock->AwaitWithDeadline(&mu_, absl::Condition(&flag_), deadline);
      done_.Notify();
    });
  }

  void SetFlag() {
    SetFlagAfter([] {});
  }
  // Calls `before` with the mutex held.
  void SetFlagAfter(absl::FunctionRef<void()> before) {
    absl::MutexLock lock(&mu_);
    before();
    flag_ = true;
  }
  bool done() const { return done_.HasBeenNotified(); }
  bool Result() {
    done_.WaitForNotification();
    absl::MutexLock lock(&mu_);
    return result_;
  }

 private:
  absl::Mutex mu_;
  bool flag_ ABSL_GUARDED_BY(mu_) = false;
  bool result_ ABSL_GUARDED_BY(mu_) = false;
  absl::Notification done_;
  WorkQueue queue_;
};

TEST(SimulatedClockTest, DeadlineEndsTheWait) {
  SimulatedClock clock(kStart);
  OneWait wait(&clock, kStart + absl::Seconds(10));
  clock.WaitForWaiters(1);
  clock.AdvanceTime(absl::Seconds(10) - absl::Nanoseconds(1));
  clock.WaitForWaiters(1);
  EXPECT_FALSE(wait.done());
  clock.AdvanceTime(absl::Nanoseconds(1));
  EXPECT_FALSE(wait.Result());
}

TEST(SimulatedClockTest, ConditionEndsTheWait) {
  SimulatedClock clock(kStart);
  OneWait wait(&clock, absl::InfiniteFuture());
  clock.WaitForWaiters(1);
  wait.SetFlag();
  EXPECT_TRUE(wait.Result());
  EXPECT_EQ(clock.TimeNow(), kStart);
}

TEST(SimulatedClockTest, WakesOnlyWhoseTimeHasCome) {
  SimulatedClock clock(kStart);
  OneWait soon(&clock, kStart + absl::Seconds(1));
  OneWait later(&clock, kStart + absl::Seconds(2));
  clock.WaitForWaiters(2);
  clock.SetTime(kStart + absl::Seconds(1));
  EXPECT_FALSE(soon.Result());
  clock.WaitForWaiters(1);
  EXPECT_FALSE(later.done());
  clock.SetTime(kStart + absl::Seconds(2));
  EXPECT_FALSE(later.Result());
}

// The condition becomes true when the deadline has already claimed the wait but
// cannot yet get at its mutex, which goes away as soon as the wait returns.
TEST(SimulatedClockTest, WaiterMayGoAtOnce) {
  for (int round = 0; round < 300; ++round) {
    SimulatedClock clock(kStart);
    auto wait = std::make_unique<OneWait>(&clock, kStart + absl::Seconds(1));
    clock.WaitForWaiters(1);
    WorkQueue mover({.name = "lk-move", .threads = 1});
    wait->SetFlagAfter([&] {
      mover.TrySubmit([&clock] { clock.AdvanceTime(absl::Seconds(1)); });
      while (clock.TimeNow() == kStart) ::sched_yield();
    });
    EXPECT_TRUE(wait->Result());
    wait.reset();
    EXPECT_TRUE(mover.Drain(absl::InfiniteDuration()));
  }
}

TEST(SimulatedClockTest, ManyMayMoveTheTime) {
  for (int round = 0; round < 100; ++round) {
    SimulatedClock clock(kStart);
    OneWait wait(&clock, kStart + absl::Seconds(2));
    WorkQueue movers({.name = "lk-move", .threads = 3});
    for (int i = 0; i < 3; ++i) {
      movers.TrySubmit([&clock] { clock.AdvanceTime(absl::Seconds(1)); });
    }
    EXPECT_FALSE(wait.Result());
    EXPECT_TRUE(movers.Drain(absl::InfiniteDuration()));
    EXPECT_EQ(clock.TimeNow(), kStart + absl::Seconds(3));
  }
}

}  // namespace
}  // namespace latchkey
