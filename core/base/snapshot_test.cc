#include "core/base/snapshot.h"

#include <atomic>
#include <memory>
#include <utility>

#include "absl/time/time.h"
#include "core/base/work_queue.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

// Two numbers that always belong together.
struct Pair {
  explicit Pair(int n) : first(n), second(-n) {}
  int first;
  int second;
};

TEST(SnapshotTest, GetSeesTheLastSet) {
  Snapshot<Pair> snapshot(std::make_shared<Pair>(1));
  EXPECT_EQ(snapshot.Get().first, 1);
  EXPECT_EQ(&snapshot.Get(), &snapshot.Get());
  const uint64_t version = snapshot.version();
  snapshot.Set(std::make_shared<Pair>(2));
  EXPECT_NE(snapshot.version(), version);
  EXPECT_EQ(snapshot.Get().first, 2);
}

TEST(SnapshotTest, SnapshotsOfOneTypeDoNotMix) {
  Snapshot<Pair> a(std::make_shared<Pair>(1));
  Snapshot<Pair> b(std::make_shared<Pair>(2));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(a.Get().first, 1);
    EXPECT_EQ(b.Get().first, 2);
  }
}

TEST(SnapshotTest, ANewSnapshotAtTheSamePlaceIsNotTheOld) {
  for (int i = 0; i < 10; ++i) {
    auto snapshot = std::make_unique<Snapshot<Pair>>(std::make_shared<Pair>(i));
    EXPECT_EQ(snapshot->Get().first, i);
  }
}

TEST(SnapshotTest, ShareOutlivesTheSnapshot) {
  std::shared_ptr<const Pair> shared;
  {
    Snapshot<Pair> snapshot(std::make_shared<Pair>(1));
    shared = snapshot.Share();
    snapshot.Set(std::make_shared<Pair>(2));
  }
  EXPECT_EQ(shared->first, 1);
}

TEST(SnapshotTest, GetKeepsTheValueAliveOnItsThread) {
  Snapshot<Pair> snapshot(std::make_shared<Pair>(1));
  const Pair& seen = snapshot.Get();
  {
    WorkQueue other({.name = "lk-test", .threads = 1});
    other.TrySubmit([&] { snapshot.Set(std::make_shared<Pair>(2)); });
  }
  EXPECT_EQ(seen.first, 1);
  EXPECT_EQ(snapshot.Get().first, 2);
}

TEST(SnapshotTest, ReadersSeeWholeValuesInOrder) {
  constexpr int kLast = 2000;
  Snapshot<Pair> snapshot(std::make_shared<Pair>(0));
  std::atomic<int> wrong{0};
  {
    WorkQueue readers({.name = "lk-test", .threads = 3});
    for (int i = 0; i < 3; ++i) {
      readers.TrySubmit([&] {
        for (int last = 0; last < kLast;) {
          const Pair& pair = snapshot.Get();
          if (pair.first + pair.second != 0 || pair.first < last) ++wrong;
          last = pair.first;
        }
      });
    }
    for (int n = 1; n <= kLast; ++n) snapshot.Set(std::make_shared<Pair>(n));
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace latchkey
