#include "core/testing/status_matchers.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pointee;

template <typename T, typename M>
std::string Explain(const T& value, const M& matcher) {
  ::testing::StringMatchResultListener listener;
  ::testing::ExplainMatchResult(matcher, value, &listener);
  return listener.str();
}

const absl::Status kExpired = Error(Reason::kTokenExpired, "by 3 s");

TEST(StatusMatchersTest, Status) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(kExpired, Not(IsOk()));
  EXPECT_THAT(kExpired, StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(kExpired, Not(StatusIs(absl::StatusCode::kInternal)));
  EXPECT_THAT(kExpired, HasReason(Reason::kTokenExpired));
  EXPECT_THAT(kExpired, Not(HasReason(Reason::kTokenNotYetValid)));
  EXPECT_THAT(absl::OkStatus(), Not(HasReason(Reason::kInternal)));
}

TEST(StatusMatchersTest, StatusOr) {
  const absl::StatusOr<int> seven = 7;
  const absl::StatusOr<int> failed = kExpired;
  EXPECT_THAT(seven, IsOk());
  EXPECT_THAT(seven, IsOkAndHolds(7));
  EXPECT_THAT(seven, IsOkAndHolds(Gt(6)));
  EXPECT_THAT(seven, Not(IsOkAndHolds(8)));
  EXPECT_THAT(failed, Not(IsOkAndHolds(7)));
  EXPECT_THAT(failed, HasReason(Reason::kTokenExpired));
  EXPECT_THAT(failed, StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST(StatusMatchersTest, Temporaries) {
  EXPECT_THAT(absl::StatusOr<std::string>("abc"), IsOkAndHolds("abc"));
  EXPECT_THAT(absl::StatusOr<std::vector<int>>({1, 2}),
              IsOkAndHolds(ElementsAre(1, 2)));
  EXPECT_THAT(absl::StatusOr<std::unique_ptr<int>>(std::make_unique<int>(3)),
              IsOkAndHolds(Pointee(Eq(3))));
  EXPECT_THAT(absl::StatusOr<std::unique_ptr<int>>(kExpired),
              HasReason(Reason::kTokenExpired));
}

TEST(StatusMatchersTest, FailuresTellWhatItIs) {
  EXPECT_THAT(Explain(kExpired, IsOk()),
              HasSubstr("UNAUTHENTICATED with reason TOKEN_EXPIRED: by 3 s"));
  EXPECT_THAT(Explain(absl::StatusOr<int>(kExpired), IsOkAndHolds(7)),
              HasSubstr("TOKEN_EXPIRED"));
  EXPECT_THAT(Explain(InvalidField("app", "missing"), IsOk()),
              HasSubstr("[app: missing]"));
  EXPECT_EQ(::testing::DescribeMatcher<absl::Status>(
                HasReason(Reason::kTokenExpired)),
            "has reason TOKEN_EXPIRED");
}

}  // namespace
}  // namespace latchkey
