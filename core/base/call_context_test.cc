#include "core/base/call_context.h"

#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

const absl::Time kDeadline = absl::FromUnixSeconds(1000);

TEST(CallContextTest, WantedBeforeDeadline) {
  CallContext call;
  EXPECT_THAT(call.StillWanted(kDeadline), IsOk());
  call.deadline = kDeadline;
  call.cancelled = [] { return false; };
  EXPECT_THAT(call.StillWanted(kDeadline - absl::Nanoseconds(1)), IsOk());
}

TEST(CallContextTest, NotWantedFromDeadlineOn) {
  CallContext call;
  call.deadline = kDeadline;
  EXPECT_THAT(call.StillWanted(kDeadline),
              HasReason(Reason::kDeadlineExceeded));
}

TEST(CallContextTest, NotWantedOnceCancelled) {
  bool gone = false;
  CallContext call;
  call.deadline = kDeadline;
  call.cancelled = [&gone] { return gone; };
  EXPECT_THAT(call.StillWanted(absl::UnixEpoch()), IsOk());
  gone = true;
  EXPECT_THAT(call.StillWanted(absl::UnixEpoch()),
              HasReason(Reason::kCancelled));
  EXPECT_THAT(call.StillWanted(kDeadline), HasReason(Reason::kCancelled));
}

}  // namespace
}  // namespace latchkey
