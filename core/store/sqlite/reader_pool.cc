#include "core/store/sqlite/reader_pool.h"

#include <algorithm>
#include <utility>

namespace latchkey {
namespace {

constexpr int kCacheKib = 256;

}  // namespace

ReaderPool::ReaderPool(std::string path, int size)
    : path_(std::move(path)), size_(std::max(size, 1)) {}

absl::StatusOr<std::unique_ptr<Connection>> ReaderPool::Borrow() {
  std::unique_ptr<Connection> free = TakeFree();
  if (free != nullptr) return free;
  auto opened = Connection::Open(path_, Connection::Mode::kReadOnly, kCacheKib);
  if (!opened.ok()) {
    absl::MutexLock lock(&mu_);
    --opened_;
  }
  return opened;
}

void ReaderPool::GiveBack(std::unique_ptr<Connection> connection) {
  absl::MutexLock lock(&mu_);
  free_.push_back(std::move(connection));
}

// Null: the caller is to open one, which is counted already.
std::unique_ptr<Connection> ReaderPool::TakeFree() {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(this, &ReaderPool::CanBorrow));
  if (free_.empty()) {
    ++opened_;
    return nullptr;
  }
  // The one used last has its pages at hand.
  std::unique_ptr<Connection> last = std::move(free_.back());
  free_.pop_back();
  return last;
}

}  // namespace latchkey
