// What is particular to SQLite: files, reopening, bad files, full disks. The
// behaviour of the stores is in the conformance suites.
#include <linux/capability.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/store/credential_store.h"
#include "core/store/store.h"
#include "core/store/test_records.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using testing::HasSubstr;

// While it lives, modes of files bind this thread even when it is root's. As
// root still: the folders above may be for root alone.
class WithoutOverride {
 public:
  WithoutOverride() {
    EXPECT_EQ(syscall(SYS_capget, &header_, before_), 0);
    __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3] = {before_[0],
                                                            before_[1]};
    now[0].effective &= ~(1U << CAP_DAC_OVERRIDE);
    EXPECT_EQ(syscall(SYS_capset, &header_, now), 0);
  }
  ~WithoutOverride() { EXPECT_EQ(syscall(SYS_capset, &header_, before_), 0); }

  WithoutOverride(const WithoutOverride&) = delete;
  WithoutOverride& operator=(const WithoutOverride&) = delete;

 private:
  __user_cap_header_struct header_ = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct before_[_LINUX_CAPABILITY_U32S_3] = {};
};

class SqliteStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/sqliteXXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    path_ = folder_ + "/latchkey.db";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& path) {
    SqliteOptions options;
    options.path = path;
    return NewSqliteStore(options);
  }
  std::unique_ptr<Store> MustOpen() {
    auto store = Open(path_);
    EXPECT_THAT(store, IsOk());
    return store.ok() ? *std::move(store) : nullptr;
  }

  static void ExpectUnavailable(const absl::Status& status,
                                const std::string& detail) {
    EXPECT_THAT(status, HasReason(Reason::kStoreUnavailable));
    EXPECT_THAT(std::string(status.message()), HasSubstr(detail));
  }

  static mode_t ModeOf(const std::string& path) {
    struct stat found = {};
    EXPECT_EQ(stat(path.c_str(), &found), 0) << path;
    return found.st_mode & 07777;
  }

  void WriteFile(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  std::string ReadFile() {
    std::ifstream file(path_, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  // Runs statements on the file, past the store.
  void Meddle(const char* sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(db);
  }

  // The pages, from 1, where tables and indices begin.
  void ListRoots(std::vector<size_t>* roots) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &db), SQLITE_OK);
    const auto add = [](void* out, int, char** row, char**) {
      static_cast<std::vector<size_t>*>(out)->push_back(std::stoul(row[0]));
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(db, "SELECT rootpage FROM sqlite_schema", add, roots,
                           nullptr),
              SQLITE_OK);
    sqlite3_close(db);
  }

  std::string folder_;
  std::string path_;
};

TEST_F(SqliteStoreTest, MakesPrivateFiles) {
  const mode_t before = umask(0);
  const std::string folder = folder_ + "/a/b";
  const auto store = Open(folder + "/x.db");
  umask(before);
  ASSERT_THAT(store, IsOk());
  EXPECT_EQ(ModeOf(folder_ + "/a"), 0700u);
  EXPECT_EQ(ModeOf(folder), 0700u);
  for (const char* name : {"x.db", "x.db-wal", "x.db-shm", "x.db.lock"}) {
    EXPECT_EQ(ModeOf(absl::StrCat(folder, "/", name)), 0600u) << name;
  }
}

TEST_F(SqliteStoreTest, KeepsEverythingOverAReopen) {
  auto store = MustOpen();
  ASSERT_THAT(store->users()->Insert(TestUser("app", "u1")), IsOk());
  ASSERT_THAT(store->sessions()->Insert(TestSession("s1")), IsOk());
  ASSERT_THAT(store->sessions()->AdvanceCounter(SessionId("s1"), 0, TestTime()),
              IsOk());
  store = nullptr;
  store = MustOpen();
  EXPECT_THAT(store->users()->Find(AppId("app"), UserId("u1")), IsOk());
  const auto session = store->sessions()->Find(SessionId("s1"));
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->counter, 1u);
  EXPECT_THAT(store->Healthy(), IsOk());
}

// Or nothing would be synced, and a known address answer sooner than a new one.
TEST_F(SqliteStoreTest, RewritingAPasswordWritesToTheLog) {
  const auto store = MustOpen();
  PasswordRecord record;
  record.id = "p1";
  record.app = AppId("app");
  record.provider = ProviderName("email_password");
  record.email = "a@example.com";
  record.created_at = TestTime();
  ASSERT_THAT(store->passwords()->Insert(record), IsOk());
  const auto before = std::filesystem::file_size(path_ + "-wal");
  ASSERT_THAT(
      store->passwords()->Rewrite(record.app, record.provider, record.email),
      IsOk());
  EXPECT_GT(std::filesystem::file_size(path_ + "-wal"), before);
}

TEST_F(SqliteStoreTest, OneStoreAtATime) {
  auto store = MustOpen();
  ExpectUnavailable(Open(path_).status(), "another latchkeyd");
  // The refused one took no lock away from the first.
  EXPECT_THAT(store->sessions()->Insert(TestSession("s1")), IsOk());
  ExpectUnavailable(Open(path_).status(), "another latchkeyd");
  store = nullptr;
  EXPECT_THAT(Open(path_), IsOk());
}

TEST_F(SqliteStoreTest, RefusesWhatIsNoDatabase) {
  const std::string text(5000, 'x');
  WriteFile(text);
  ExpectUnavailable(Open(path_).status(), "file is not a database");
  EXPECT_EQ(ReadFile(), text);
}

TEST_F(SqliteStoreTest, RefusesAnotherProgramsDatabase) {
  Meddle("CREATE TABLE theirs (x)");
  const std::string before = ReadFile();
  ExpectUnavailable(Open(path_).status(), "another program");
  EXPECT_EQ(ReadFile(), before);
}

TEST_F(SqliteStoreTest, RefusesANewerSchema) {
  MustOpen();
  Meddle("PRAGMA user_version = 1000");
  ExpectUnavailable(Open(path_).status(), "schema version 1000");
}

TEST_F(SqliteStoreTest, TellsOfCorruption) {
  MustOpen()->sessions()->Insert(TestSession("s1")).IgnoreError();
  // Every table and index but the schema, so that the file still opens.
  std::vector<size_t> roots;
  Meddle("PRAGMA wal_checkpoint(TRUNCATE)");
  ListRoots(&roots);
  std::string bytes = ReadFile();
  constexpr size_t kPage = 4096;
  for (const size_t root : roots) {
    ASSERT_GE(bytes.size(), root * kPage);
    bytes.replace((root - 1) * kPage, kPage, kPage, '\xaa');
  }
  WriteFile(bytes);
  const auto store = MustOpen();
  ExpectUnavailable(store->sessions()->Find(SessionId("s1")).status(),
                    "malformed");
  ExpectUnavailable(store->sessions()->Insert(TestSession("s2")), "malformed");
  ExpectUnavailable(store->Healthy(), "malformed");
}

TEST_F(SqliteStoreTest, TellsOfAReadOnlyFolder) {
  ASSERT_EQ(chmod(folder_.c_str(), 0500), 0);
  const absl::Status status = [this] {
    const WithoutOverride bound_by_modes;
    return Open(path_).status();
  }();
  ExpectUnavailable(status, "Permission denied");
  ExpectUnavailable(status, path_);
}

TEST_F(SqliteStoreTest, TellsOfAnUnusablePath) {
  WriteFile("");
  ExpectUnavailable(Open(path_ + "/x.db").status(), "Not a directory");
  ExpectUnavailable(Open(folder_).status(), "Is a directory");
  ExpectUnavailable(Open("").status(), "no path");
}

TEST_F(SqliteStoreTest, IsUnhealthyWhenTheFileIsGone) {
  const auto store = MustOpen();
  std::filesystem::rename(path_, path_ + ".old");
  ExpectUnavailable(store->Healthy(), "No such file");
  WriteFile("");
  ExpectUnavailable(store->Healthy(), "replaced");
}

TEST_F(SqliteStoreTest, ComesBackAfterAFullDisk) {
  const auto store = MustOpen();
  ASSERT_THAT(store->sessions()->Insert(TestSession("s1")), IsOk());

  // No file may grow beyond what the log is already.
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  struct rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  struct rlimit none = before;
  none.rlim_cur = 4096;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &none), 0);
  const absl::Status refused = store->sessions()->Insert(TestSession("s2"));
  const absl::Status unhealthy = store->Healthy();
  const auto read = store->sessions()->Find(SessionId("s1"));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, handler);

  EXPECT_THAT(refused, HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(unhealthy, HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(read, IsOk());
  EXPECT_THAT(store->Healthy(), IsOk());
  EXPECT_THAT(store->sessions()->Find(SessionId("s2")),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(store->sessions()->Insert(TestSession("s2")), IsOk());
}

}  // namespace
}  // namespace latchkey
