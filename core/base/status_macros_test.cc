#include "core/base/status_macros.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

absl::StatusOr<int> Parse(int n) {
  if (n < 0) return Error(Reason::kInvalidRequest, "negative");
  return n;
}

absl::Status Check(int n, int* calls) {
  RETURN_IF_ERROR(Parse(n).status());
  ++*calls;
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<int>> Sum(int a, int b) {
  ASSIGN_OR_RETURN(const int first, Parse(a));
  int second = 0;
  ASSIGN_OR_RETURN(second, Parse(b));
  return std::make_unique<int>(first + second);
}

absl::StatusOr<int> MovesOut(int a, int b) {
  ASSIGN_OR_RETURN(std::unique_ptr<int> sum, Sum(a, b));
  return *sum;
}

TEST(StatusMacrosTest, ReturnIfErrorReturnsTheSameError) {
  int calls = 0;
  EXPECT_THAT(Check(1, &calls), IsOk());
  EXPECT_EQ(calls, 1);
  EXPECT_THAT(Check(-1, &calls), HasReason(Reason::kInvalidRequest));
  EXPECT_EQ(calls, 1);
}

TEST(StatusMacrosTest, AssignOrReturnMovesOrReturns) {
  EXPECT_THAT(MovesOut(1, 2), IsOkAndHolds(3));
  EXPECT_THAT(MovesOut(-1, 2), HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(MovesOut(1, -2), HasReason(Reason::kInvalidRequest));
}

}  // namespace
}  // namespace latchkey
