#include "core/base/snapshot.h"

namespace latchkey {
namespace snapshot_internal {

uint64_t NextVersion() {
  // From 1: a thread's empty slot has version 0.
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace snapshot_internal
}  // namespace latchkey
