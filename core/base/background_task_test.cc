#include "core/base/background_task.h"

#include <pthread.h>

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/simulated_clock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

class Counter {
 public:
  void Add() {
    absl::MutexLock lock(&mu_);
    ++count_;
  }
  void WaitFor(int count) {
    absl::MutexLock lock(&mu_);
    auto reached = [this, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return count_ >= count;
    };
    mu_.Await(absl::Condition(&reached));
  }
  int count() {
    absl::MutexLock lock(&mu_);
    return count_;
  }

 private:
  absl::Mutex mu_;
  int count_ ABSL_GUARDED_BY(mu_) = 0;
};

std::string ThisThreadsName() {
  char name[16] = {};
  ::pthread_getname_np(::pthread_self(), name, sizeof(name));
  return name;
}

TEST(BackgroundTaskTest, RunsWhenItAskedTo) {
  SimulatedClock clock(kStart);
  Counter runs;
  BackgroundTask task("lk-test", &clock, [&] {
    runs.Add();
    return clock.TimeNow() + absl::Seconds(10);
  });
  clock.WaitForWaiters(1);
  EXPECT_EQ(runs.count(), 1);
  clock.AdvanceTime(absl::Seconds(9));
  clock.WaitForWaiters(1);
  EXPECT_EQ(runs.count(), 1);
  clock.AdvanceTime(absl::Seconds(1));
  clock.WaitForWaiters(1);
  EXPECT_EQ(runs.count(), 2);
}

TEST(BackgroundTaskTest, WakeRunsItEarlier) {
  SimulatedClock clock(kStart);
  Counter runs;
  BackgroundTask task("lk-test", &clock, [&] {
    runs.Add();
    return absl::InfiniteFuture();
  });
  clock.WaitForWaiters(1);
  task.Wake();
  runs.WaitFor(2);
  // One wake, one run: then it waits again.
  clock.WaitForWaiters(1);
  EXPECT_EQ(runs.count(), 2);
}

TEST(BackgroundTaskTest, WakeDuringARunMeansOneMore) {
  Counter runs;
  absl::Notification woken;
  BackgroundTask task("lk-test", Clock::RealClock(), [&] {
    runs.Add();
    woken.WaitForNotification();
    return absl::InfiniteFuture();
  });
  runs.WaitFor(1);
  task.Wake();
  woken.Notify();
  runs.WaitFor(2);
}

TEST(BackgroundTaskTest, StopEndsAWaitAndIsIdempotent) {
  SimulatedClock clock(kStart);
  Counter runs;
  BackgroundTask task("lk-test", &clock, [&] {
    runs.Add();
    return absl::InfiniteFuture();
  });
  clock.WaitForWaiters(1);
  EXPECT_FALSE(task.Stopping());
  task.Stop();
  EXPECT_TRUE(task.Stopping());
  task.Stop();
  EXPECT_EQ(runs.count(), 1);
}

TEST(BackgroundTaskTest, ThreadHasTheNameCutToFit) {
  std::string name;
  {
    absl::Notification ran;
    BackgroundTask task("lk-a-name-of-20-char", Clock::RealClock(), [&] {
      name = ThisThreadsName();
      ran.Notify();
      return absl::InfiniteFuture();
    });
    ran.WaitForNotification();
  }
  EXPECT_EQ(name, "lk-a-name-of-20");
}

}  // namespace
}  // namespace latchkey
