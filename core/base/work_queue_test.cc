#include "core/base/work_queue.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

TEST(WorkQueueTest, RunsEverythingBeforeTheDestructorReturns) {
  std::atomic<int> ran{0};
  {
    WorkQueue queue({.name = "lk-test", .threads = 3, .length = 100});
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(queue.TrySubmit([&ran] { ++ran; }));
    }
  }
  EXPECT_EQ(ran, 100);
}

TEST(WorkQueueTest, ThreadsRunAtTheSameTime) {
  absl::Notification first;
  absl::Notification second;
  WorkQueue queue({.name = "lk-test", .threads = 2});
  ASSERT_TRUE(queue.TrySubmit([&] {
    first.Notify();
    second.WaitForNotification();
  }));
  ASSERT_TRUE(queue.TrySubmit([&] {
    second.Notify();
    first.WaitForNotification();
  }));
  EXPECT_TRUE(queue.Drain(absl::InfiniteDuration()));
}

TEST(WorkQueueTest, RefusesWhatDoesNotFit) {
  absl::Notification started;
  absl::Notification go;
  WorkQueue queue({.name = "lk-test", .threads = 1, .length = 2});
  ASSERT_TRUE(queue.TrySubmit([&] {
    started.Notify();
    go.WaitForNotification();
  }));
  started.WaitForNotification();
  EXPECT_EQ(queue.depth(), 0u);
  EXPECT_TRUE(queue.TrySubmit([] {}));
  EXPECT_TRUE(queue.TrySubmit([] {}));
  EXPECT_EQ(queue.depth(), 2u);
  bool ran = false;
  EXPECT_FALSE(queue.TrySubmit([&ran] { ran = true; }));
  go.Notify();
  EXPECT_TRUE(queue.Drain(absl::InfiniteDuration()));
  EXPECT_EQ(queue.depth(), 0u);
  EXPECT_FALSE(ran);
}

TEST(WorkQueueTest, DrainRefusesNewWorkAndTellsTheTruth) {
  absl::Notification go;
  WorkQueue queue({.name = "lk-test", .threads = 1});
  ASSERT_TRUE(queue.TrySubmit([&] { go.WaitForNotification(); }));
  EXPECT_FALSE(queue.Drain(absl::ZeroDuration()));
  EXPECT_FALSE(queue.TrySubmit([] {}));
  go.Notify();
  EXPECT_TRUE(queue.Drain(absl::InfiniteDuration()));
}

// Says on which thread it is destroyed.
class Witness {
 public:
  explicit Witness(pthread_t* died_on) : died_on_(died_on) {}
  ~Witness() { *died_on_ = ::pthread_self(); }

 private:
  pthread_t* died_on_;
};

TEST(WorkQueueTest, JobDiesOnTheWorkerBeforeItCountsAsDone) {
  pthread_t ran_on = {};
  pthread_t died_on = {};
  WorkQueue queue({.name = "lk-test", .threads = 1});
  auto witness = std::make_unique<Witness>(&died_on);
  ASSERT_TRUE(queue.TrySubmit(
      [&ran_on, witness = std::move(witness)] { ran_on = ::pthread_self(); }));
  ASSERT_TRUE(queue.Drain(absl::InfiniteDuration()));
  EXPECT_TRUE(::pthread_equal(died_on, ran_on));
  EXPECT_FALSE(::pthread_equal(ran_on, ::pthread_self()));
}

ptrdiff_t CountThreads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

TEST(WorkQueueTest, ThreadsStartWhenThereIsWorkForThem) {
  absl::Notification go;
  const ptrdiff_t before = CountThreads();
  WorkQueue queue({.name = "lk-test", .threads = 2});
  EXPECT_EQ(CountThreads(), before);
  for (const ptrdiff_t expected : {1, 2, 2}) {
    ASSERT_TRUE(queue.TrySubmit([&go] { go.WaitForNotification(); }));
    EXPECT_EQ(CountThreads(), before + expected);
  }
  go.Notify();
  EXPECT_TRUE(queue.Drain(absl::InfiniteDuration()));
}

TEST(WorkQueueTest, ThreadsHaveNameAndNiceness) {
  std::string name;
  int nice = -1;
  {
    WorkQueue queue({.name = "lk-hash", .threads = 1, .nice = 19});
    ASSERT_TRUE(queue.TrySubmit([&] {
      char buffer[16] = {};
      ::pthread_getname_np(::pthread_self(), buffer, sizeof(buffer));
      name = buffer;
      nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
    }));
  }
  EXPECT_EQ(name, "lk-hash");
  EXPECT_EQ(nice, 19);
}

}  // namespace
}  // namespace latchkey
