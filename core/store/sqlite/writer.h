// Writer is the one thread that writes to the database: group commit.
#ifndef LATCHKEY_CORE_STORE_SQLITE_WRITER_H_
#define LATCHKEY_CORE_STORE_SQLITE_WRITER_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/background_task.h"
#include "core/store/sqlite/connection.h"

namespace latchkey {

// Writer commits everything that waits in one transaction, so that many callers
// share one fsync; nobody waits for company. Thread-safe. Callers must have
// returned before it is destroyed.
class Writer final {
 public:
  // Job reads and writes on the connection, inside a transaction. When it
  // fails, what it wrote is undone, and nothing else.
  using Job = absl::FunctionRef<absl::Status(Connection* connection)>;

  explicit Writer(std::unique_ptr<Connection> connection);
  ~Writer();

  // Write runs `job` on the writer's thread and returns its status after the
  // commit. STORE_UNAVAILABLE when the commit failed: then whatever `job`
  // found is void.
  absl::Status Write(Job job);

  // Probe is OK when a write can be committed now. Writes only when the last
  // commit failed.
  absl::Status Probe();

  // The number of writes that wait for the next group.
  size_t depth() const;

 private:
  struct Waiting;

  // The body of the thread; returns when to look at the log next.
  absl::Time Serve();
  std::vector<Waiting*> TakeGroup();
  void CommitGroup(const std::vector<Waiting*>& group);
  absl::Status RunGroup(const std::vector<Waiting*>& group);
  absl::Status RunJob(Job job);
  void Checkpoint();

  // The connection and these three belong to the writer's thread.
  const std::unique_ptr<Connection> connection_;
  int wal_pages_ = 0;
  bool commit_failed_ = false;
  absl::Time last_group_at_ = absl::InfinitePast();

  mutable absl::Mutex mu_;
  std::vector<Waiting*> queue_ ABSL_GUARDED_BY(mu_);
  bool serving_ ABSL_GUARDED_BY(mu_) = false;

  BackgroundTask task_;  // last: uses all the others
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_SQLITE_WRITER_H_
