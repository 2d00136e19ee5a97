#include "core/store/sqlite/writer.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/store/sqlite/query.h"

namespace latchkey {
namespace {

// Bounds what one failed commit takes along.
constexpr size_t kMaxGroup = 512;

// The log goes back into the database when nothing was written for a while,
// or at this size (64 MiB) at the latest. Writing a log from its start again is
// twice as fast as making it longer.
constexpr absl::Duration kIdle = absl::Seconds(1);
constexpr int kMaxWalPages = 16'384;

int NoteWalPages(void* wal_pages, sqlite3*, const char*, int pages) {
  *static_cast<int*>(wal_pages) = pages;
  return SQLITE_OK;
}

// Takes the place of SQLite's own checkpoints.
std::unique_ptr<Connection> CountWalPages(
    std::unique_ptr<Connection> connection, int* wal_pages) {
  sqlite3_wal_hook(connection->handle(), NoteWalPages, wal_pages);
  return connection;
}

}  // namespace

struct Writer::Waiting {
  Job job;
  absl::Status status;
  absl::Notification done;
};

Writer::Writer(std::unique_ptr<Connection> connection)
    : connection_(CountWalPages(std::move(connection), &wal_pages_)),
      task_("lk-store-wr", Clock::RealClock(), [this] { return Serve(); }) {}

Writer::~Writer() { task_.Stop(); }

absl::Status Writer::Write(Job job) {
  Waiting waiting{job, absl::OkStatus(), {}};
  bool wake = false;
  {
    absl::MutexLock lock(&mu_);
    queue_.push_back(&waiting);
    wake = !serving_;
    serving_ = true;
  }
  if (wake) task_.Wake();
  waiting.done.WaitForNotification();
  return std::move(waiting.status);
}

absl::Status Writer::Probe() {
  return Write([this](Connection* connection) {
    if (!commit_failed_) return absl::OkStatus();
    // Writes the first page without changing it.
    Query query(connection, "PRAGMA user_version");
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return absl::OkStatus();
    const std::string sql =
        absl::StrCat("PRAGMA user_version = ", query.ReadInt());
    return connection->Execute(sql.c_str());
  });
}

size_t Writer::depth() const {
  absl::MutexLock lock(&mu_);
  return queue_.size();
}

absl::Time Writer::Serve() {
  Clock* const clock = Clock::RealClock();
  for (auto group = TakeGroup(); !group.empty(); group = TakeGroup()) {
    CommitGroup(group);
    last_group_at_ = clock->TimeNow();
    if (wal_pages_ >= kMaxWalPages) Checkpoint();
  }
  absl::Time next = last_group_at_ + kIdle;
  if (wal_pages_ > 0 && clock->TimeNow() >= next) {
    Checkpoint();
    next = clock->TimeNow() + kIdle;
  }
  return wal_pages_ > 0 ? next : absl::InfiniteFuture();
}

std::vector<Writer::Waiting*> Writer::TakeGroup() {
  absl::MutexLock lock(&mu_);
  if (queue_.size() <= kMaxGroup) {
    serving_ = !queue_.empty();
    return std::exchange(queue_, {});
  }
  const auto end = queue_.begin() + kMaxGroup;
  std::vector<Waiting*> group(queue_.begin(), end);
  queue_.erase(queue_.begin(), end);
  return group;
}

void Writer::CommitGroup(const std::vector<Waiting*>& group) {
  const absl::Status status = RunGroup(group);
  commit_failed_ = !status.ok();
  if (commit_failed_) {
    if (connection_->InTransaction()) {
      connection_->Execute("ROLLBACK").IgnoreError();
    }
    Log(LogLevel::kError, "store_commit_failed",
        {{"writes", group.size()}, {"error", status.message()}});
  }
  for (Waiting* waiting : group) {
    // A job's own failure is void too: it may have seen what is undone now.
    if (commit_failed_) waiting->status = status;
    waiting->done.Notify();  // the caller's stack ends here
  }
}

absl::Status Writer::RunGroup(const std::vector<Waiting*>& group) {
  RETURN_IF_ERROR(Query(connection_.get(), "BEGIN IMMEDIATE").Run());
  for (Waiting* waiting : group) {
    waiting->status = RunJob(waiting->job);
    if (!connection_->InTransaction()) {
      // SQLite gave up by itself: disk full, I/O error, no memory.
      return Error(Reason::kStoreUnavailable, waiting->status.message());
    }
  }
  return Query(connection_.get(), "COMMIT").Run();
}

absl::Status Writer::RunJob(Job job) {
  Connection* const connection = connection_.get();
  RETURN_IF_ERROR(Query(connection, "SAVEPOINT job").Run());
  absl::Status status = job(connection);
  if (!status.ok() && connection->InTransaction()) {
    RETURN_IF_ERROR(Query(connection, "ROLLBACK TO job").Run());
  }
  if (connection->InTransaction()) {
    RETURN_IF_ERROR(Query(connection, "RELEASE job").Run());
  }
  return status;
}

void Writer::Checkpoint() {
  int in_log = 0;
  int done = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr,
                                SQLITE_CHECKPOINT_PASSIVE, &in_log, &done);
  if (code != SQLITE_OK) {
    Log(LogLevel::kWarning, "store_checkpoint_failed",
        {{"error", connection_->ErrorOf("checkpoint").message()}});
  }
  // A reader in the middle of the log keeps the rest for later.
  wal_pages_ = code == SQLITE_OK ? std::max(in_log - done, 0) : wal_pages_;
}

}  // namespace latchkey
