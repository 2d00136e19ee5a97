// Snapshot publishes an immutable T to readers that never lock.
#ifndef LATCHKEY_CORE_BASE_SNAPSHOT_H_
#define LATCHKEY_CORE_BASE_SNAPSHOT_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace latchkey {

namespace snapshot_internal {
// NextVersion gives process-wide unique numbers, so that one thread-local slot
// per T can tell all snapshots of T and all their versions apart.
uint64_t NextVersion();
}  // namespace snapshot_internal

// Snapshot holds the current value of a T that is replaced as a whole.
//
// Thread-safe. Get() compares a version number with the thread's own copy and
// takes the lock only after a change. The reference it returns is valid until
// the next Get() of any Snapshot<T> of the same T on that thread: never keep
// it across a callback or a hop to another thread; take Share() for that.
// An idle thread keeps the T it last saw alive, so no private keys in here.
template <typename T>
class Snapshot {
 public:
  explicit Snapshot(std::shared_ptr<const T> value) { Set(std::move(value)); }

  void Set(std::shared_ptr<const T> value) {
    absl::MutexLock lock(&mu_);
    value_ = std::move(value);
    version_.store(snapshot_internal::NextVersion(), std::memory_order_release);
  }

  const T& Get() const {
    Slot& slot = ThreadSlot();
    if (slot.version != version_.load(std::memory_order_acquire)) {
      absl::MutexLock lock(&mu_);
      slot.value = value_;
      slot.version = version_.load(std::memory_order_relaxed);
    }
    return *slot.value;
  }

  std::shared_ptr<const T> Share() const {
    absl::MutexLock lock(&mu_);
    return value_;
  }

  // version changes with each Set and is unique in the process.
  uint64_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  struct Slot {
    uint64_t version = 0;
    std::shared_ptr<const T> value;
  };
  static Slot& ThreadSlot() {
    thread_local Slot slot;
    return slot;
  }

  mutable absl::Mutex mu_;
  std::shared_ptr<const T> value_ ABSL_GUARDED_BY(mu_);
  std::atomic<uint64_t> version_{0};
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_SNAPSHOT_H_
