#include "core/store/sqlite/writer.h"

#include <sched.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "core/base/reason.h"
#include "core/base/work_queue.h"
#include "core/store/sqlite/connection.h"
#include "core/store/sqlite/database_file.h"
#include "core/store/sqlite/query.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using Job = std::function<absl::Status(Connection*)>;

absl::Status Put(Connection* connection, int64_t n) {
  return Query(connection, "INSERT INTO numbers (n) VALUES (?)").Int(n).Run();
}

Job PutJob(int64_t n) {
  return [n](Connection* connection) { return Put(connection, n); };
}

class WriterTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string path =
        testing::TempDir() + "/writer_" +
        testing::UnitTest::GetInstance()->current_test_info()->name() + ".db";
    auto file = DatabaseFile::Claim(path);
    ASSERT_THAT(file, IsOk());
    file_ = *std::move(file);
    auto connection = Connection::Open(path, Connection::Mode::kReadWrite, 256);
    ASSERT_THAT(connection, IsOk());
    ASSERT_THAT((*connection)
                    ->Execute("PRAGMA journal_mode = WAL;"
                              "PRAGMA synchronous = OFF;"
                              "CREATE TABLE numbers (n INTEGER PRIMARY KEY)"),
                IsOk());
    writer_ = std::make_unique<Writer>(*std::move(connection));
  }

  // The sum of all committed numbers.
  int64_t Sum() {
    int64_t sum = -1;
    EXPECT_THAT(writer_->Write([&sum](Connection* connection) {
      Query query(connection, "SELECT total(n) FROM numbers");
      const auto found = query.Next();
      if (found.ok()) sum = query.ReadInt();
      return found.status();
    }),
                IsOk());
    return sum;
  }

  // Holds the writer's thread until all `jobs` wait, in their order, so that
  // they are one group (up to its largest size).
  std::vector<absl::Status> WriteTogether(const std::vector<Job>& jobs) {
    std::vector<absl::Status> statuses(jobs.size());
    absl::Notification held;
    absl::Notification release;
    const int threads = static_cast<int>(jobs.size()) + 1;
    WorkQueue queue({"lk-test", threads, jobs.size() + 1, 0});
    EXPECT_TRUE(queue.TrySubmit([this, &held, &release] {
      EXPECT_THAT(writer_->Write([&](Connection*) {
        held.Notify();
        release.WaitForNotification();
        return absl::OkStatus();
      }),
                  IsOk());
    }));
    held.WaitForNotification();
    for (size_t i = 0; i < jobs.size(); ++i) {
      EXPECT_TRUE(queue.TrySubmit([this, &statuses, &jobs, i] {
        statuses[i] = writer_->Write(jobs[i]);
      }));
      while (writer_->depth() <= i) sched_yield();
    }
    release.Notify();
    EXPECT_TRUE(queue.Drain(absl::InfiniteDuration()));
    return statuses;
  }

  std::unique_ptr<DatabaseFile> file_;
  std::unique_ptr<Writer> writer_;
};

TEST_F(WriterTest, FailedJobLeavesNothing) {
  EXPECT_THAT(writer_->Write([](Connection* connection) {
    EXPECT_THAT(Put(connection, 1), IsOk());
    return Error(Reason::kConflict, "changed its mind");
  }),
              HasReason(Reason::kConflict));
  EXPECT_EQ(Sum(), 0);
}

TEST_F(WriterTest, FailedJobTakesNoOtherAlong) {
  const Job bad = [](Connection* connection) {
    EXPECT_THAT(Put(connection, 10), IsOk());
    return Put(connection, 1);
  };
  const auto statuses = WriteTogether({PutJob(1), bad, PutJob(100)});
  EXPECT_THAT(statuses[0], IsOk());
  EXPECT_THAT(statuses[1], HasReason(Reason::kResourceExists));
  EXPECT_THAT(statuses[2], IsOk());
  EXPECT_EQ(Sum(), 101);
}

// A transaction that SQLite gives up is acknowledged to nobody, whatever its
// jobs found; the next one works.
TEST_F(WriterTest, LostTransactionFailsItsGroup) {
  const Job refused = [](Connection*) {
    return Error(Reason::kConflict, "found what is void now");
  };
  const Job fatal = [](Connection* connection) {
    return connection->Execute("ROLLBACK");
  };
  const auto statuses = WriteTogether({PutJob(1), refused, fatal, PutJob(2)});
  for (const absl::Status& status : statuses) {
    EXPECT_THAT(status, HasReason(Reason::kStoreUnavailable));
  }
  EXPECT_EQ(Sum(), 0);
  EXPECT_THAT(writer_->Write(PutJob(4)), IsOk());
  EXPECT_EQ(Sum(), 4);
}

TEST_F(WriterTest, MoreThanAGroupIsWrittenWhole) {
  std::vector<Job> jobs;
  for (int64_t n = 1; n <= 600; ++n) jobs.push_back(PutJob(n));
  for (const absl::Status& status : WriteTogether(jobs)) {
    EXPECT_THAT(status, IsOk());
  }
  EXPECT_EQ(Sum(), 180'300);
}

}  // namespace
}  // namespace latchkey
