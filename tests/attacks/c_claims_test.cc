// Section C: claims, of tokens whose signature is right.
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/json/json.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/attacks/attack_world.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Reason kMalformed = Reason::kTokenMalformed;
constexpr Reason kInvalid = Reason::kTokenClaimInvalid;
constexpr Reason kExpired = Reason::kTokenExpired;
constexpr Reason kEarly = Reason::kTokenNotYetValid;
constexpr Reason kWrongAudience = Reason::kTokenAudienceMismatch;
constexpr Reason kWrongIssuer = Reason::kTokenIssuerMismatch;

class JwtAttacks : public ::testing::Test, protected AttackWorld {
 protected:
  void RefusesPayload(absl::string_view payload, Reason reason) const {
    EXPECT_THAT(Verify(WithPayload(payload)), HasReason(reason)) << payload;
  }
  // `value` is JSON text.
  void RefusesClaim(absl::string_view name, absl::string_view value,
                    Reason reason) const {
    EXPECT_THAT(Verify(WithClaim(name, value)), HasReason(reason))
        << name << ": " << value;
  }
  void AcceptsClaim(absl::string_view name, absl::string_view value) const {
    EXPECT_THAT(Verify(WithClaim(name, value)), IsOk())
        << name << ": " << value;
  }
  // Payload with `more` behind the usual claims.
  std::string PayloadAnd(absl::string_view more) const {
    const std::string usual = Payload();
    return absl::StrCat(usual.substr(0, usual.size() - 1), ",", more, "}");
  }
};

std::string Quoted(absl::string_view text) {
  std::string json;
  json::AppendQuoted(text, &json);
  return json;
}

TEST_F(JwtAttacks, C53_PayloadIsNoObject) {
  const std::string good = Payload();
  for (const std::string& payload :
       {std::string("[]"), absl::StrCat("[", good, "]"), std::string("\"x\""),
        std::string("1"), std::string("null"), std::string("true"),
        std::string(" "), std::string("{"), absl::StrCat(good, "x"),
        absl::StrCat(good, good), absl::StrCat(good, ","),
        absl::StrCat(good, "\n{}"), good + std::string(1, '\0'),
        absl::StrCat("\xEF\xBB\xBF", good), std::string("x")}) {
    RefusesPayload(payload, kMalformed);
  }
}

TEST_F(JwtAttacks, C54_PayloadIsNotUtf8) {
  for (absl::string_view bytes :
       {"\x80", "\xBF", "\xC0\xAF", "\xC1\x81", "\xC3", "\xE0\x80\xAF",
        "\xE2\x82", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\xAF",
        "\xF0\x9F\x98", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF",
        "\xF8\x88\x80\x80\x80"}) {
    RefusesPayload(PayloadAnd(absl::StrCat("\"x\":\"", bytes, "\"")),
                   kMalformed);
    RefusesPayload(PayloadAnd(absl::StrCat("\"", bytes, "\":1")), kMalformed);
    RefusesPayload(absl::StrCat(bytes, Payload()), kMalformed);
  }
  for (absl::string_view escape :
       {"\\ud800", "\\udc00", "\\ud800x", "\\ud800\\u0041", "\\udc00\\ud800",
        "\\ud83d\\ud83d"}) {
    RefusesPayload(PayloadAnd(absl::StrCat("\"x\":\"", escape, "\"")),
                   kMalformed);
    RefusesPayload(PayloadAnd(absl::StrCat("\"", escape, "\":1")), kMalformed);
  }
  EXPECT_THAT(Verify(WithPayload(PayloadAnd("\"x\":\"\xF0\x9F\x98\x80\","
                                            R"("y":"\ud83d\ude00")"))),
              IsOk());
}

TEST_F(JwtAttacks, C55_DuplicateClaims) {
  for (const char* more :
       {R"("sub":"1")", R"("s\u0075b":"1")", R"("sub":"24601")",
        R"("exp":1800000000)", R"("x":1,"x":2)", R"("x":{"y":1,"\u0079":1})",
        R"("x":[{"y":1,"y":2}])"}) {
    RefusesPayload(PayloadAnd(more), kMalformed);
  }
  // Names differ by case and by normal form.
  EXPECT_THAT(Verify(WithPayload(PayloadAnd("\"Sub\":\"1\",\"\xC3\xA9\":1,"
                                            "\"e\xCC\x81\":1"))),
              IsOk());
}

TEST_F(JwtAttacks, C56_ExpMissing) {
  EXPECT_THAT(Verify(WithoutClaim("exp")), HasReason(kInvalid));
  expected.allow_missing_expiration = true;
  EXPECT_THAT(Verify(WithoutClaim("exp")), IsOk());
  // That is no leave to have a bad one.
  RefusesClaim("exp", "null", kInvalid);
  RefusesClaim("exp", "0", kExpired);
}

TEST_F(JwtAttacks, C57_DatesOfAnotherType) {
  for (const char* name : {"exp", "nbf", "iat"}) {
    for (const char* value :
         {"\"1700000000\"", "true", "false", "null", "[1700000000]", "[]", "{}",
          "\"\"", "\"2023-11-14T22:13:20Z\""}) {
      RefusesClaim(name, value, kInvalid);
    }
  }
}

TEST_F(JwtAttacks, C58_FractionsShortenTheLife) {
  AcceptsClaim("exp", "1.7000003e9");
  AcceptsClaim("exp", "17000003e2");
  AcceptsClaim("nbf", "1700000000.0");
  AcceptsClaim("nbf", "1699999999.5");
  // Up for nbf, down for exp.
  RefusesClaim("nbf", "1700000000.1", kEarly);
  RefusesClaim("exp", "1700000000.9", kExpired);
  AcceptsClaim("exp", "1700000001.9");
  now += absl::Seconds(1);
  RefusesClaim("exp", "1700000001.9", kExpired);
  AcceptsClaim("nbf", "1700000000.1");
}

TEST_F(JwtAttacks, C59_DatesOutOfRange) {
  const std::vector<std::string> out_of_range = {"-1",
                                                 "-0.5",
                                                 "-1e-9",
                                                 "-1700000000",
                                                 "253402300800",
                                                 "9007199254740993",
                                                 "9223372036854775807",
                                                 "9223372036854775808",
                                                 "18446744073709551615",
                                                 "18446744073709551616",
                                                 "-9223372036854775808",
                                                 "-9223372036854775809",
                                                 "1e308",
                                                 "1e309",
                                                 "1e400",
                                                 "-1e400",
                                                 "1e2147483648",
                                                 "1e99999999999999999999",
                                                 std::string(400, '9')};
  for (const char* name : {"exp", "nbf", "iat"}) {
    for (const std::string& value : out_of_range) {
      RefusesClaim(name, value, kInvalid);
    }
  }
  for (const char* zero : {"0", "-0", "0.0", "0e9", "1e-400"}) {
    RefusesClaim("exp", zero, kExpired);
    AcceptsClaim("nbf", zero);
    AcceptsClaim("iat", zero);
  }
  AcceptsClaim("exp", "2147483648");
  AcceptsClaim("exp", "4294967296");
  AcceptsClaim("exp", "253402300799");
  AcceptsClaim("exp", "253402300799.9");
  RefusesClaim("nbf", "253402300799.9", kInvalid);
}

TEST_F(JwtAttacks, C60_LeewayDoesNotOverflow) {
  expected.allow_missing_expiration = true;
  for (const absl::Duration leeway :
       {absl::InfiniteDuration(), -absl::InfiniteDuration(),
        absl::Seconds(std::numeric_limits<int64_t>::max())}) {
    expected.leeway = leeway;
    for (const absl::Time time :
         {absl::InfinitePast(), absl::UnixEpoch(),
          absl::FromUnixSeconds(kAttackSeconds),
          absl::FromUnixSeconds(253402300799), absl::InfiniteFuture()}) {
      now = time;
      // Only that it says something: UBSan watches.
      for (const char* value : {"0", "253402300799"}) {
        for (const char* name : {"exp", "nbf", "iat"}) {
          const auto answer = Verify(WithClaim(name, value));
          EXPECT_TRUE(answer.ok() || GetReason(answer.status()) == kExpired ||
                      GetReason(answer.status()) == kEarly ||
                      GetReason(answer.status()) == kInvalid);
        }
      }
    }
  }
  // At most ten minutes, never backwards.
  expected.leeway = absl::InfiniteDuration();
  now = absl::FromUnixSeconds(kAttackSeconds + 300 + 599);
  EXPECT_THAT(Verify(Good()), IsOk());
  now += absl::Seconds(1);
  EXPECT_THAT(Verify(Good()), HasReason(kExpired));
  expected.leeway = -absl::Hours(1);
  now = absl::FromUnixSeconds(kAttackSeconds);
  EXPECT_THAT(Verify(Good()), IsOk());
}

TEST_F(JwtAttacks, C61_TheVerySecond) {
  const std::string token = WithClaim("nbf", absl::StrCat(kAttackSeconds));
  now = absl::FromUnixSeconds(kAttackSeconds) - absl::Nanoseconds(1);
  EXPECT_THAT(Verify(token), HasReason(kEarly));
  now = absl::FromUnixSeconds(kAttackSeconds);
  EXPECT_THAT(Verify(token), IsOk());
  now = absl::FromUnixSeconds(kAttackSeconds + 300) - absl::Nanoseconds(1);
  EXPECT_THAT(Verify(token), IsOk());
  now = absl::FromUnixSeconds(kAttackSeconds + 300);
  EXPECT_THAT(Verify(token), HasReason(kExpired));
  expected.leeway = absl::Seconds(60);
  EXPECT_THAT(Verify(token), IsOk());
  now += absl::Seconds(60);
  EXPECT_THAT(Verify(token), HasReason(kExpired));
}

TEST_F(JwtAttacks, C62_LivesTooLong) {
  const auto exp_in = [](int64_t seconds) {
    return absl::StrCat(kAttackSeconds + seconds);
  };
  AcceptsClaim("exp", "253402300799");  // nobody set a bound
  expected.max_lifetime = absl::Hours(24);
  AcceptsClaim("exp", exp_in(86'400));
  RefusesClaim("exp", exp_in(86'401), Reason::kTokenLifetimeTooLong);
  RefusesClaim("exp", "253402300799", Reason::kTokenLifetimeTooLong);
  // Without iat the life counts from now.
  const auto without_iat = [this](int64_t seconds) {
    return WithPayload(absl::StrCat(
        R"({"iss":"https://issuer.example","sub":"1","aud":"app","exp":)",
        kAttackSeconds + seconds, "}"));
  };
  EXPECT_THAT(Verify(without_iat(86'400)), IsOk());
  EXPECT_THAT(Verify(without_iat(86'401)),
              HasReason(Reason::kTokenLifetimeTooLong));
}

TEST_F(JwtAttacks, C63_DatesInTheFutureOrTheWrongOrder) {
  for (const char* name : {"nbf", "iat"}) {
    AcceptsClaim(name, absl::StrCat(kAttackSeconds));
    RefusesClaim(name, absl::StrCat(kAttackSeconds + 1), kEarly);
    RefusesClaim(name, "253402300799", kEarly);
    // Later than exp: no leeway makes a life of that.
    expected.leeway = absl::Minutes(10);
    AcceptsClaim(name, absl::StrCat(kAttackSeconds + 300));
    RefusesClaim(name, absl::StrCat(kAttackSeconds + 301), kInvalid);
    expected.leeway = absl::ZeroDuration();
  }
}

// C64: own_tokens_test.cc, where verified tokens are remembered.

TEST_F(JwtAttacks, C65_FormsOfAud) {
  for (const char* aud : {R"("app")", R"(["app"])", R"(["x","app"])",
                          R"(["app","app"])", R"(["","app"])"}) {
    AcceptsClaim("aud", aud);
  }
  for (const char* aud :
       {"[]", R"("")", R"([""])", R"("other")", R"(["other"])"}) {
    RefusesClaim("aud", aud, kWrongAudience);
  }
  for (const char* aud : {R"(["app",1])", R"([1,"app"])", R"(["app",null])",
                          R"([["app"]])", R"(["app",[]])", R"(["app",{}])", "1",
                          "null", "true", R"({"app":"app"})"}) {
    RefusesClaim("aud", aud, kInvalid);
  }
  EXPECT_THAT(Verify(WithoutClaim("aud")), HasReason(kWrongAudience));
  std::string many = "[";
  for (int i = 0; i < 10'000; ++i) absl::StrAppend(&many, "\"x\",");
  absl::StrAppend(&many, "\"app\"]");
  RefusesClaim("aud", many, Reason::kTokenTooLarge);
  expected.max_token_bytes = kHardMaxTokenBytes;
  RefusesClaim("aud", many, kMalformed);  // more values than are read
  // An audience that nobody configured is asked of nobody; "" is none.
  expected.audiences = {""};
  RefusesClaim("aud", R"("")", kWrongAudience);
  expected.audiences = {};
  EXPECT_THAT(Verify(WithoutClaim("aud")), IsOk());
  RefusesClaim("aud", "1", kInvalid);
}

TEST_F(JwtAttacks, C66_NearlyTheAudience) {
  expected.audiences = {"api.example.com"};
  AcceptsClaim("aud", R"("api.example.com")");
  for (const char* aud :
       {R"("api.example.co")", R"("pi.example.com")", R"("API.example.com")",
        R"("api.example.com/")", R"("api.example.com.")",
        R"("api.example.com ")", R"(" api.example.com")",
        R"("api%2Eexample.com")", R"("api.example.com,evil")",
        R"("evil api.example.com")", R"("https://api.example.com")",
        R"("api.example.com\u0000")", R"("*")", R"("*.example.com")",
        R"("api\u3002example.com")"}) {
    RefusesClaim("aud", aud, kWrongAudience);
    RefusesClaim("aud", absl::StrCat("[", aud, "]"), kWrongAudience);
  }
}

TEST_F(JwtAttacks, C67_FormsOfIss) {
  for (const char* iss :
       {R"("https://issuer.example/")", R"("https://ISSUER.example")",
        R"("HTTPS://issuer.example")", R"("http://issuer.example")",
        R"("https://issuer.exampl")", R"("https://issuer.example.evil")",
        R"("ttps://issuer.example")", R"("issuer.example")", R"("")",
        R"("https")", R"("https://issuer.example:443")",
        R"("https://\u0456ssuer.example")", R"("https://issuer.example\u0000")",
        R"("https://issuer.example\u0000.evil")",
        R"("https://issuer.example ")", R"("https://issuer%2Eexample")"}) {
    RefusesClaim("iss", iss, kWrongIssuer);
  }
  for (const char* iss :
       {R"(["https://issuer.example"])", R"(["x","https://issuer.example"])",
        "1", "null", R"({"https://issuer.example":1})"}) {
    RefusesClaim("iss", iss, kInvalid);
  }
  EXPECT_THAT(Verify(WithoutClaim("iss")), HasReason(kWrongIssuer));
  AcceptsClaim("iss", R"("https:\/\/issuer.example")");
  expected.issuers = {};  // not asked for: still a text, if there
  EXPECT_THAT(Verify(WithoutClaim("iss")), IsOk());
  RefusesClaim("iss", R"(["https://issuer.example"])", kInvalid);
}

TEST_F(JwtAttacks, C68_FormsOfSub) {
  for (const char* sub :
       {"24601", "null", "true", "{}", R"(["24601"])", R"("")", R"("a\u0000")",
        R"("a\nb")", R"("\u007f")", R"("\t")"}) {
    RefusesClaim("sub", sub, kInvalid);
  }
  RefusesClaim("sub", Quoted(std::string(256, 's')), kInvalid);
  AcceptsClaim("sub", Quoted(std::string(255, 's')));
  EXPECT_THAT(Verify(WithoutClaim("sub")), HasReason(kInvalid));
  // Never another form of the same name.
  for (absl::string_view sub :
       {"Ann", "ann", " ann ", "\xC3\xA9", "e\xCC\x81", "\xEF\xBD\x81"}) {
    const auto token = Verify(WithClaim("sub", Quoted(sub)));
    ASSERT_THAT(token, IsOk());
    EXPECT_EQ(token->claims().subject, std::string(sub));
  }
  expected.require_subject = false;
  EXPECT_THAT(Verify(WithoutClaim("sub")), IsOk());
  RefusesClaim("sub", R"("")", kInvalid);
}

TEST_F(JwtAttacks, C69_JtiIsAString) {
  for (const char* jti : {"1", "null", "true", R"(["x"])", "{}"}) {
    RefusesClaim("jti", jti, kInvalid);
  }
  AcceptsClaim("jti", R"("x")");
  // Replays of tokens for one use: own_tokens_test.cc.
}

TEST_F(JwtAttacks, C73_BoundTokenIsNoBearerToken) {
  for (const char* cnf :
       {R"({"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"})",
        R"({"x5t#S256":"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"})",
        R"({"jwk":{"kty":"EC"}})", "{}", "null", "1"}) {
    RefusesClaim("cnf", cnf, Reason::kTokenUnsupported);
  }
  AcceptsClaim("confirmation", "{}");
}

TEST_F(JwtAttacks, C75_OddClaimsAreData) {
  const std::string odd =
      R"("__proto__":{"admin":true},"constructor":{"prototype":1},)"
      R"("toString":null,"":"","\u0000":"\u0000","<script>":"\u2028\"\\")";
  const auto token = Verify(WithPayload(PayloadAnd(odd)));
  ASSERT_THAT(token, IsOk());
  const json::Value& payload = token->claims().payload;
  EXPECT_EQ(*payload.Find("__proto__")->Find("admin")->as_bool(), true);
  EXPECT_EQ(*payload.Find(absl::string_view("\0", 1))->as_string(),
            std::string(1, '\0'));
  // Written again it is the same, with nothing unescaped in it.
  const std::string text = json::Write(payload);
  EXPECT_EQ(json::Parse(text).value(), payload);
  EXPECT_THAT(text, Not(HasSubstr(std::string(1, '\0'))));

  std::string many = "\"x0\":0";
  for (int i = 1; i < 1'000; ++i) absl::StrAppend(&many, ",\"x", i, "\":", i);
  expected.max_token_bytes = 64 * 1024;
  EXPECT_THAT(Verify(WithPayload(PayloadAnd(many))), IsOk());
  AcceptsClaim("x", Quoted(std::string(7 * 1024, 'x')));
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  AcceptsClaim("x", nested(31));  // with the payload itself: 32
  RefusesClaim("x", nested(32), kMalformed);
  RefusesClaim("x", nested(10'000), kMalformed);
}

TEST_F(JwtAttacks, C76_LargeNumbersKeepTheirText) {
  const std::vector<std::string> numbers = {
      "9007199254740993",
      "18446744073709551616",
      "-9223372036854775809",
      std::string(400, '9'),
      "0.1000000000000000055511151231257827",
      "1e400",
      "-0",
      "1E+2"};
  for (const std::string& number : numbers) {
    const auto token = Verify(WithClaim("id", number));
    ASSERT_THAT(token, IsOk()) << number;
    EXPECT_EQ(json::Write(*token->claims().payload.Find("id")), number);
  }
  EXPECT_EQ(json::Parse("9007199254740993")->as_int64(), 9007199254740993);
  EXPECT_EQ(json::Parse("18446744073709551616")->as_int64(), std::nullopt);
  EXPECT_EQ(json::Parse("1e400")->as_double(), std::nullopt);
}

}  // namespace
}  // namespace latchkey
