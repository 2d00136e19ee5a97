#include "core/base/reason.h"

#include <cctype>
#include <set>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

TEST(ReasonTest, NamesAndNumbersAreUnique) {
  std::set<std::string> names;
  std::set<int> numbers = {0};
  for (Reason reason : AllReasons()) {
    const ReasonInfo& info = GetReasonInfo(reason);
    EXPECT_EQ(info.reason, reason);
    EXPECT_TRUE(names.insert(std::string(info.name)).second) << info.name;
    EXPECT_TRUE(numbers.insert(static_cast<int>(reason)).second) << info.name;
  }
  EXPECT_GT(names.size(), 40u);
}

TEST(ReasonTest, RowsAreFitForCallers) {
  for (Reason reason : AllReasons()) {
    const ReasonInfo& info = GetReasonInfo(reason);
    for (char c : info.name) EXPECT_TRUE(c == '_' || ::isupper(c)) << info.name;
    ASSERT_FALSE(info.public_text.empty()) << info.name;
    EXPECT_EQ(info.public_text.back(), '.') << info.name;
    EXPECT_NE(info.code, absl::StatusCode::kOk) << info.name;
    EXPECT_NE(info.code, absl::StatusCode::kUnknown) << info.name;
  }
}

TEST(ReasonTest, ErrorCarriesEveryReason) {
  for (Reason reason : AllReasons()) {
    absl::Status status = Error(reason, "why");
    EXPECT_EQ(GetReason(status), reason);
    EXPECT_EQ(status.code(), GetReasonInfo(reason).code);
    EXPECT_EQ(status.message(), "why");
  }
}

TEST(ReasonTest, UnspecifiedAndUnknownAreInternal) {
  EXPECT_EQ(GetReasonInfo(Reason::kUnspecified).reason, Reason::kInternal);
  EXPECT_EQ(GetReasonInfo(static_cast<Reason>(9999)).reason, Reason::kInternal);
  EXPECT_EQ(GetReason(Error(Reason::kUnspecified, "")), Reason::kInternal);
}

TEST(ReasonTest, ReasonOfForeignStatuses) {
  EXPECT_EQ(GetReason(absl::OkStatus()), Reason::kUnspecified);
  EXPECT_EQ(GetReason(absl::CancelledError("")), Reason::kCancelled);
  EXPECT_EQ(GetReason(absl::DeadlineExceededError("")),
            Reason::kDeadlineExceeded);
  EXPECT_EQ(GetReason(absl::NotFoundError("")), Reason::kInternal);
}

TEST(ReasonTest, PrintsItsName) {
  std::ostringstream out;
  out << Reason::kTokenExpired << " " << Reason::kUnspecified;
  EXPECT_EQ(out.str(), "TOKEN_EXPIRED UNSPECIFIED");
}

TEST(FieldViolationTest, KeepsOrderAndBytes) {
  const std::string odd("1:a\0\n", 5);
  absl::Status status = InvalidField("credential.email", "at most 254 bytes");
  AddFieldViolation(&status, {"app", ""});
  AddFieldViolation(&status, {odd, "12:"});

  auto violations = GetFieldViolations(status);
  ASSERT_EQ(violations.size(), 3u);
  EXPECT_EQ(violations[0].field, "credential.email");
  EXPECT_EQ(violations[0].description, "at most 254 bytes");
  EXPECT_EQ(violations[1].field, "app");
  EXPECT_EQ(violations[1].description, "");
  EXPECT_EQ(violations[2].field, odd);
  EXPECT_EQ(violations[2].description, "12:");
  EXPECT_EQ(GetReason(status), Reason::kInvalidRequest);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

TEST(FieldViolationTest, AbsentByDefaultAndIgnoredOnOk) {
  EXPECT_TRUE(GetFieldViolations(Error(Reason::kInternal, "")).empty());
  absl::Status ok;
  AddFieldViolation(&ok, {"app", "missing"});
  EXPECT_TRUE(ok.ok());
  EXPECT_TRUE(GetFieldViolations(ok).empty());
}

TEST(FieldViolationTest, StopsAtBrokenPayload) {
  absl::Status status = Error(Reason::kInvalidRequest, "");
  for (absl::string_view broken : {"x", "9:a", "1:a", "1:a5:b", "-1:a"}) {
    status.SetPayload("latchkey/fields", absl::Cord(broken));
    EXPECT_TRUE(GetFieldViolations(status).empty()) << broken;
  }
}

TEST(RetryAfterTest, RoundTrips) {
  for (absl::Duration delay :
       {absl::ZeroDuration(), absl::Nanoseconds(1), absl::Milliseconds(1500),
        absl::Hours(30) + absl::Nanoseconds(7)}) {
    absl::Status status = WithRetryAfter(Error(Reason::kThrottled, ""), delay);
    EXPECT_EQ(GetRetryAfter(status), delay);
    EXPECT_EQ(GetReason(status), Reason::kThrottled);
  }
}

TEST(RetryAfterTest, AbsentAndNegative) {
  absl::Status status = Error(Reason::kThrottled, "");
  EXPECT_EQ(GetRetryAfter(status), std::nullopt);
  EXPECT_EQ(GetRetryAfter(WithRetryAfter(status, absl::Seconds(-3))),
            absl::ZeroDuration());
}

}  // namespace
}  // namespace latchkey
