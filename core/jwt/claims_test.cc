#include "core/jwt/claims.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

absl::StatusOr<Claims> WithClaim(absl::string_view name,
                                 absl::string_view json) {
  return ParseClaims(absl::StrCat("{\"", name, "\":", json, "}"));
}

TEST(ClaimsTest, ReadsRegisteredClaims) {
  const auto claims = ParseClaims(
      R"({"iss":"https://i","sub":"24601","aud":["a","b"],"exp":1700000300,
          "nbf":1700000000,"iat":1700000001,"jti":"j","extra":{"x":[1]}})");
  ASSERT_THAT(claims, IsOk());
  EXPECT_EQ(claims->issuer, "https://i");
  EXPECT_EQ(claims->subject, "24601");
  EXPECT_THAT(claims->audience, ElementsAre("a", "b"));
  EXPECT_EQ(claims->expiration, absl::FromUnixSeconds(1700000300));
  EXPECT_EQ(claims->not_before, absl::FromUnixSeconds(1700000000));
  EXPECT_EQ(claims->issued_at, absl::FromUnixSeconds(1700000001));
  EXPECT_EQ(claims->jwt_id, "j");
  EXPECT_NE(claims->payload.Find("extra"), nullptr);
}

TEST(ClaimsTest, AbsentIsNothing) {
  const auto claims = ParseClaims("{}");
  ASSERT_THAT(claims, IsOk());
  EXPECT_EQ(claims->issuer, std::nullopt);
  EXPECT_EQ(claims->subject, std::nullopt);
  EXPECT_THAT(claims->audience, IsEmpty());
  EXPECT_EQ(claims->expiration, std::nullopt);
  EXPECT_EQ(claims->not_before, std::nullopt);
  EXPECT_EQ(claims->issued_at, std::nullopt);
  EXPECT_EQ(claims->jwt_id, std::nullopt);
}

// jwt-attacks C53-C55.
TEST(ClaimsTest, PayloadIsOneStrictObject) {
  for (absl::string_view payload :
       {"", "[]", "\"x\"", "1", "null", "{}x", "{} {}", R"({"sub":"\ud800"})",
        "{\"sub\":\"\xED\xA0\x80\"}", R"({"sub":"a","sub":"b"})",
        R"({"sub":"a","\u0073ub":"b"})"}) {
    EXPECT_THAT(ParseClaims(payload), HasReason(Reason::kTokenMalformed))
        << payload;
  }
}

// jwt-attacks C57, C59.
TEST(ClaimsTest, RefusesWhatIsNoDate) {
  for (absl::string_view name : {"exp", "nbf", "iat"}) {
    for (absl::string_view json :
         {"\"1700000000\"", "true", "null", "[]", "{}", "-1", "-0.5",
          "253402300800", "9007199254740993", "9223372036854775807",
          "9223372036854775808", "18446744073709551616", "1e308", "1e400",
          "-1e400"}) {
      EXPECT_THAT(WithClaim(name, json), HasReason(Reason::kTokenClaimInvalid))
          << name << " " << json;
    }
  }
  EXPECT_EQ(WithClaim("exp", "253402300799")->expiration,
            absl::FromUnixSeconds(253402300799));
  EXPECT_EQ(WithClaim("exp", "0")->expiration, absl::UnixEpoch());
  EXPECT_EQ(WithClaim("exp", "-0")->expiration, absl::UnixEpoch());
  EXPECT_EQ(WithClaim("exp", "2147483648")->expiration,
            absl::FromUnixSeconds(2147483648));
}

// jwt-attacks C58: towards the shorter life.
TEST(ClaimsTest, FractionsShortenTheLife) {
  EXPECT_EQ(WithClaim("exp", "1700000000.9")->expiration,
            absl::FromUnixSeconds(1700000000));
  EXPECT_EQ(WithClaim("exp", "1.7e9")->expiration,
            absl::FromUnixSeconds(1700000000));
  // A double would round this up.
  EXPECT_EQ(WithClaim("exp", "1700000000.99999999999999999")->expiration,
            absl::FromUnixSeconds(1700000000));
  EXPECT_EQ(WithClaim("nbf", "1700000000.1")->not_before,
            absl::FromUnixSeconds(1700000001));
  EXPECT_EQ(WithClaim("nbf", "1700000000.0")->not_before,
            absl::FromUnixSeconds(1700000000));
  EXPECT_EQ(WithClaim("iat", "1700000000.9")->issued_at,
            absl::FromUnixSeconds(1700000000));
  EXPECT_THAT(WithClaim("nbf", "253402300799.5"),
              HasReason(Reason::kTokenClaimInvalid));
}

// jwt-attacks C65.
TEST(ClaimsTest, AudienceIsTextOrListOfTexts) {
  EXPECT_THAT(WithClaim("aud", "\"a\"")->audience, ElementsAre("a"));
  EXPECT_THAT(WithClaim("aud", "[\"a\"]")->audience, ElementsAre("a"));
  EXPECT_THAT(WithClaim("aud", "[]")->audience, IsEmpty());
  for (absl::string_view json : {"1", "null", "{}", "true", "[1]", "[\"a\",1]",
                                 "[\"a\",null]", "[[\"a\"]]", "[{\"a\":1}]"}) {
    EXPECT_THAT(WithClaim("aud", json), HasReason(Reason::kTokenClaimInvalid))
        << json;
  }
}

// jwt-attacks C67-C69.
TEST(ClaimsTest, TextClaimsAreTexts) {
  for (absl::string_view name : {"iss", "sub", "jti"}) {
    for (absl::string_view json : {"1", "null", "{}", "[\"a\"]", "true"}) {
      EXPECT_THAT(WithClaim(name, json), HasReason(Reason::kTokenClaimInvalid))
          << name << " " << json;
    }
  }
}

TEST(ClaimsTest, SubjectIsShortAndPrintable) {
  const auto of_size = [](size_t size) {
    return WithClaim("sub", absl::StrCat("\"", std::string(size, 's'), "\""));
  };
  EXPECT_THAT(of_size(0), HasReason(Reason::kTokenClaimInvalid));
  EXPECT_THAT(of_size(255), IsOk());
  EXPECT_THAT(of_size(256), HasReason(Reason::kTokenClaimInvalid));
  EXPECT_THAT(WithClaim("sub", R"("a\u0000b")"),
              HasReason(Reason::kTokenClaimInvalid));
  EXPECT_THAT(WithClaim("sub", R"("a\nb")"),
              HasReason(Reason::kTokenClaimInvalid));
}

TEST(FindByPathTest, FollowsNamesAndEscapedDots) {
  const json::Value value = *json::Parse(
      R"({"user_data":{"name":"Jean Valjean","a.b":{"c":1}},"x":[{"y":1}]})");
  EXPECT_EQ(*FindByPath(value, "user_data.name"), json::Value("Jean Valjean"));
  EXPECT_EQ(*FindByPath(value, "user_data.a\\.b.c"), json::Value(1));
  for (absl::string_view path :
       {"", ".", "user_data.", ".user_data", "user_data.name.more",
        "user_data.a.b", "x.y", "x.0", "missing"}) {
    EXPECT_EQ(FindByPath(value, path), nullptr) << path;
  }
}

TEST(FindByPathTest, LastSegmentIsUnescaped) {
  EXPECT_EQ(LastPathSegment("user_data.name"), "name");
  EXPECT_EQ(LastPathSegment("name"), "name");
  EXPECT_EQ(LastPathSegment("a.b\\.c"), "b.c");
  EXPECT_EQ(LastPathSegment("a\\\\.b"), "b");
  EXPECT_EQ(LastPathSegment(""), "");
}

}  // namespace
}  // namespace latchkey
