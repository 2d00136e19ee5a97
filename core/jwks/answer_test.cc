#include "core/jwks/answer.h"

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/jwks/http_fetcher.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

std::optional<absl::Duration> MaxAgeOf(const std::string& control,
                                       const std::string& age = "") {
  HttpResponse response;
  response.headers["cache-control"] = control;
  if (!age.empty()) response.headers["age"] = age;
  return MaxAge(response);
}

TEST(AnswerTest, ReadsMaxAge) {
  EXPECT_EQ(MaxAgeOf("max-age=300"), absl::Seconds(300));
  EXPECT_EQ(MaxAgeOf("public, MAX-AGE=300 ,must-revalidate"),
            absl::Seconds(300));
  EXPECT_EQ(MaxAgeOf("max-age=\"60\""), absl::Seconds(60));
  EXPECT_EQ(MaxAgeOf("max-age=300", "100"), absl::Seconds(200));
  EXPECT_EQ(MaxAgeOf("max-age=300", "900"), absl::ZeroDuration());
  EXPECT_EQ(MaxAgeOf("max-age=300", "-900"), absl::Seconds(300));
}

TEST(AnswerTest, SaysNothingWithoutMaxAge) {
  EXPECT_EQ(MaxAge(HttpResponse()), std::nullopt);
  EXPECT_EQ(MaxAgeOf("public"), std::nullopt);
  EXPECT_EQ(MaxAgeOf("s-maxage=9"), std::nullopt);
}

TEST(AnswerTest, ReadsNonsenseAsZero) {
  for (const char* control :
       {"no-store", "No-Cache", "max-age=300, no-store", "max-age=0",
        "max-age=", "max-age=-5", "max-age=1.5", "max-age=abc"}) {
    EXPECT_EQ(MaxAgeOf(control), absl::ZeroDuration()) << control;
  }
}

TEST(AnswerTest, TakesTheSmallestOfSeveralAndBearsHugeOnes) {
  EXPECT_EQ(MaxAgeOf("max-age=300, max-age=60"), absl::Seconds(60));
  EXPECT_GT(MaxAgeOf("max-age=99999999999999999999999"), absl::Hours(24));
}

std::optional<absl::Duration> RetryOf(const std::string& name,
                                      const std::string& value) {
  HttpResponse response;
  response.headers[name] = value;
  return RetryAfter(response, kNow);
}

TEST(AnswerTest, ReadsRetryAfter) {
  EXPECT_EQ(RetryOf("retry-after", "120"), absl::Seconds(120));
  EXPECT_EQ(RetryOf("retry-after", "Tue, 14 Nov 2023 22:13:30 GMT"),
            absl::Seconds(10));
  EXPECT_EQ(RetryOf("retry-after", "Tue, 14 Nov 2000 22:13:30 GMT"),
            absl::ZeroDuration());
  EXPECT_EQ(RetryOf("retry-after", "-5"), std::nullopt);
  EXPECT_EQ(RetryOf("retry-after", "soon"), std::nullopt);
}

TEST(AnswerTest, ReadsRateLimitReset) {
  EXPECT_EQ(RetryOf("x-rate-limit-reset", "1700000042"), absl::Seconds(42));
  EXPECT_EQ(RetryOf("x-rate-limit-reset", "1600000000"), absl::ZeroDuration());
}

TEST(AnswerTest, ErrorNamesTheStatusAndCarriesRetryAfter) {
  HttpResponse response;
  response.status = 503;
  response.headers["retry-after"] = "9";
  const absl::Status error = AnswerError("JWKS", response, kNow);
  EXPECT_THAT(error, HasReason(Reason::kIssuerUnavailable));
  EXPECT_EQ(error.message(), "JWKS: HTTP status 503");
  EXPECT_EQ(GetRetryAfter(error), absl::Seconds(9));
}

TEST(AnswerTest, OtherStatusesDoNotAskToWait) {
  HttpResponse response;
  response.status = 404;
  response.headers["x-rate-limit-reset"] = "1700000042";
  EXPECT_EQ(GetRetryAfter(AnswerError("JWKS", response, kNow)), std::nullopt);
}

}  // namespace
}  // namespace latchkey
