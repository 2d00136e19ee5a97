#include "server/rpc/status_mapping.h"

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/reason.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(StatusMappingTest, EveryReasonHasCodeTextAndErrorInfo) {
  for (const Reason reason : AllReasons()) {
    const ReasonInfo& info = GetReasonInfo(reason);
    const google::rpc::Status wire =
        ToWireStatus(Error(reason, "detail for the log"));
    EXPECT_EQ(wire.code(), static_cast<int>(info.code));
    EXPECT_EQ(wire.message(), std::string(info.public_text));
    ASSERT_EQ(wire.details_size(), 1);
    google::rpc::ErrorInfo error;
    ASSERT_TRUE(wire.details(0).UnpackTo(&error));
    EXPECT_EQ(error.reason(), std::string(info.name));
    EXPECT_EQ(error.domain(), "latchkey");
    EXPECT_THAT(wire.SerializeAsString(), Not(HasSubstr("for the log")));
  }
}

TEST(StatusMappingTest, FieldsAndDelaysAreDetails) {
  absl::Status status = InvalidField("app", "is required");
  AddFieldViolation(&status, {"device.name", "is too long"});
  status = WithRetryAfter(status, absl::Milliseconds(1500));
  const google::rpc::Status wire = ToWireStatus(status);
  ASSERT_EQ(wire.details_size(), 3);
  google::rpc::BadRequest bad;
  ASSERT_TRUE(wire.details(1).UnpackTo(&bad));
  ASSERT_EQ(bad.field_violations_size(), 2);
  EXPECT_EQ(bad.field_violations(1).field(), "device.name");
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(wire.details(2).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
}

TEST(StatusMappingTest, ForeignStatusesAreInternal) {
  const google::rpc::Status wire =
      ToWireStatus(absl::NotFoundError("a file name"));
  EXPECT_EQ(wire.code(), static_cast<int>(absl::StatusCode::kInternal));
  EXPECT_THAT(wire.SerializeAsString(), Not(HasSubstr("file")));
}

}  // namespace
}  // namespace latchkey
