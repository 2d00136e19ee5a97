// ReaderPool lends read-only connections, so that reads run in parallel.
#ifndef LATCHKEY_CORE_STORE_SQLITE_READER_POOL_H_
#define LATCHKEY_CORE_STORE_SQLITE_READER_POOL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "core/store/sqlite/connection.h"

namespace latchkey {

// Thread-safe. Connections are opened when first needed, to save memory.
class ReaderPool final {
 public:
  // `size` >= 1 connections at most.
  ReaderPool(std::string path, int size);

  // Borrow waits for a free connection; whoever got it gives it back.
  absl::StatusOr<std::unique_ptr<Connection>> Borrow();
  void GiveBack(std::unique_ptr<Connection> connection);

 private:
  bool CanBorrow() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return !free_.empty() || opened_ < size_;
  }
  std::unique_ptr<Connection> TakeFree();

  const std::string path_;
  const int size_;
  absl::Mutex mu_;
  int opened_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<std::unique_ptr<Connection>> free_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_SQLITE_READER_POOL_H_
