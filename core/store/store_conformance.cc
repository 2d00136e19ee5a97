#include "core/store/store_conformance.h"

#include <stdlib.h>

#include <atomic>
#include <filesystem>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "core/base/work_queue.h"

namespace latchkey {

void StoreConformanceTest::SetUp() {
  folder_ = testing::TempDir() + "/storeXXXXXX";
  ASSERT_NE(mkdtemp(folder_.data()), nullptr);
  store_ = GetParam().make(folder_);
  ASSERT_NE(store_, nullptr);
}

void StoreConformanceTest::TearDown() {
  store_.reset();
  std::filesystem::remove_all(folder_);
}

void Parallel(int threads, const std::function<void(int)>& body) {
  WorkQueue::Options options;
  options.name = "lk-test";
  options.threads = threads;
  options.length = static_cast<size_t>(threads);
  WorkQueue queue(options);
  absl::BlockingCounter ready(threads);
  absl::Notification start;
  std::atomic<int> refused = 0;
  for (int i = 0; i < threads; ++i) {
    const bool submitted = queue.TrySubmit([&ready, &start, &body, i] {
      ready.DecrementCount();
      start.WaitForNotification();
      body(i);
    });
    if (!submitted) ++refused;
  }
  ASSERT_EQ(refused, 0);
  ready.Wait();
  start.Notify();
  ASSERT_TRUE(queue.Drain(absl::InfiniteDuration()));
}

}  // namespace latchkey
