// What was acknowledged survives kill -9 at any moment.
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/ids.h"
#include "core/store/store.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

struct Child {
  pid_t pid = 0;
  FILE* output = nullptr;
};

Child StartWriter(std::string path, std::string durability) {
  std::string program = "core/store/sqlite/crash_writer";  // in the runfiles
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  char* argv[] = {program.data(), path.data(), durability.data(), nullptr};
  Child child;
  EXPECT_EQ(posix_spawn(&child.pid, argv[0], &actions, nullptr, argv, environ),
            0);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  child.output = fdopen(ends[0], "r");
  return child;
}

// The acknowledged lines of a writer that is killed after about `lines`.
std::vector<std::string> RunAndKill(const std::string& path,
                                    const std::string& durability, int lines) {
  const Child child = StartWriter(path, durability);
  std::vector<std::string> acknowledged;
  char line[256];
  while (fgets(line, sizeof(line), child.output) != nullptr) {
    // A line that the kill cut off was not acknowledged.
    if (absl::EndsWith(line, "\n")) {
      acknowledged.emplace_back(absl::StripSuffix(line, "\n"));
    }
    if (--lines == 0) {
      EXPECT_EQ(kill(child.pid, SIGKILL), 0);
    }
  }
  fclose(child.output);
  int status = 0;
  EXPECT_EQ(waitpid(child.pid, &status, 0), child.pid);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  return acknowledged;
}

void ExpectKept(Store* store, const std::vector<std::string>& acknowledged) {
  for (const std::string& line : acknowledged) {
    const auto session = store->sessions()->Find(SessionId(line.substr(2)));
    ASSERT_THAT(session, IsOk()) << line;
    if (line[0] == 'a') {
      EXPECT_EQ(session->counter, 1u) << line;
    }
  }
}

class CrashTest : public testing::TestWithParam<std::string> {};

TEST_P(CrashTest, AcknowledgedSurvivesKill) {
  std::string folder = testing::TempDir() + "/crashXXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  SqliteOptions options;
  options.path = folder + "/latchkey.db";
  std::vector<std::string> acknowledged;
  // Again and again on the same file, at different moments.
  for (const int lines : {1, 57, 800, 2500}) {
    const auto more = RunAndKill(options.path, GetParam(), lines);
    EXPECT_GE(more.size(), static_cast<size_t>(lines));
    acknowledged.insert(acknowledged.end(), more.begin(), more.end());
    const auto store = NewSqliteStore(options);
    ASSERT_THAT(store, IsOk());
    ExpectKept(store->get(), acknowledged);
  }
  std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Durability, CrashTest,
                         testing::Values("full", "normal"));

}  // namespace
}  // namespace latchkey
