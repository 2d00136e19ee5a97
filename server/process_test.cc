#include "server/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

void StartWithFewDescriptors() {
  struct rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  struct rlimit low = before;
  low.rlim_cur = 64;
  setrlimit(RLIMIT_NOFILE, &low);
  PrepareProcess(LimitsConfig());
  struct rlimit after;
  getrlimit(RLIMIT_NOFILE, &after);
  // Without privilege the hard limit stands.
  EXPECT_GE(after.rlim_cur, std::min<rlim_t>(65'536, before.rlim_max));
  EXPECT_EQ(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
  std::exit(testing::Test::HasFailure() ? 1 : 0);
}

// In a process of its own, since all of it is changed.
TEST(ProcessDeathTest, RaisesDescriptorsAndKeepsSecretsFromCores) {
  EXPECT_EXIT(StartWithFewDescriptors(), ::testing::ExitedWithCode(0), "");
}

TEST(ProcessDeathTest, AStopThatHangsEnds) {
  EXPECT_EXIT(
      {
        ExitAfter(absl::ZeroDuration());
        while (true) pause();
      },
      ::testing::ExitedWithCode(1), "did not stop in time");
}

}  // namespace
}  // namespace latchkey
