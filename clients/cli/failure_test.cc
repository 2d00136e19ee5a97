#include "clients/cli/failure.h"

#include <string>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr int kDeadlineExceeded = 4;
constexpr int kResourceExhausted = 8;
constexpr int kUnavailable = 14;

std::string Details(const std::string& reason, const std::string& domain) {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain(domain);
  status.add_details()->PackFrom(info);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(2);
  status.add_details()->PackFrom(retry);
  google::rpc::BadRequest bad;
  auto* violation = bad.add_field_violations();
  violation->set_field("app");
  violation->set_description("is required");
  status.add_details()->PackFrom(bad);
  return status.SerializeAsString();
}

TEST(FailureTest, ReadsEveryDetail) {
  const Failure failure = ReadFailure(
      RpcError(kResourceExhausted, "Busy.", Details("OVERLOADED", "latchkey")));
  EXPECT_EQ(failure.code, "RESOURCE_EXHAUSTED");
  EXPECT_EQ(failure.reason, "OVERLOADED");
  EXPECT_EQ(failure.message, "Busy.");
  EXPECT_THAT(failure.fields, ElementsAre(Pair("app", "is required")));
  EXPECT_EQ(failure.retry_after, absl::Seconds(2));
  EXPECT_EQ(failure.exit_code, kExitFailed);
}

TEST(FailureTest, OnlyTheServiceGivesReasons) {
  const Failure failure = ReadFailure(
      RpcError(kUnavailable, "Proxy.", Details("OVERLOADED", "proxy")));
  EXPECT_EQ(failure.reason, "");
  EXPECT_EQ(failure.exit_code, kExitUnreachable);
}

TEST(FailureTest, UnavailableWithAReasonWasReached) {
  EXPECT_EQ(ReadFailure(RpcError(kUnavailable, "",
                                 Details("STORE_UNAVAILABLE", "latchkey")))
                .exit_code,
            kExitFailed);
  EXPECT_EQ(ReadFailure(RpcError(kUnavailable, "", "")).exit_code,
            kExitUnreachable);
  EXPECT_EQ(ReadFailure(RpcError(kDeadlineExceeded, "", "")).exit_code,
            kExitUnreachable);
}

TEST(FailureTest, UnreadableDetailsCountAsNone) {
  const Failure failure =
      ReadFailure(RpcError(kResourceExhausted, "Busy.", "\xFF\xFF"));
  EXPECT_EQ(failure.reason, "");
  EXPECT_EQ(failure.exit_code, kExitFailed);
}

TEST(FailureTest, AFailedCallIsNeverOk) {
  EXPECT_EQ(RpcError(0, "odd", "").code(), absl::StatusCode::kUnknown);
}

TEST(FailureTest, UsageIsUsage) {
  EXPECT_EQ(ReadFailure(UsageError("wrong")).exit_code, kExitUsage);
  EXPECT_EQ(ReadFailure(absl::InvalidArgumentError("refused")).exit_code,
            kExitFailed);
}

}  // namespace
}  // namespace latchkey
