#include "server/process.h"

#include <unistd.h>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

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
