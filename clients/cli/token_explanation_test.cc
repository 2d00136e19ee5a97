#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "clients/cli/cli_test_world.h"
#include "core/base/base64url.h"
#include "core/crypto/algorithm.h"
#include "core/json/json.h"
#include "core/testing/jwt_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kIssuer[] = "https://issuer.example";
constexpr char kSecret[] = "a-secret-that-nobody-may-ever-see-printed";

class TokenExplanationTest : public ::testing::Test {
 protected:
  TokenExplanationTest()
      : issuer_(kIssuer, NewTestKey(Algorithm::kEs256, "k1")),
        claims_(issuer_.Claims("ann", "app", world_.clock.TimeNow())) {}

  std::string Jwks() {
    return absl::StrCat("--jwks=", world_.File("jwks.json", issuer_.Jwks()));
  }
  std::string SecretFile() {
    return absl::StrCat("--secret-file=", world_.File("secret", kSecret));
  }
  std::string Good() const { return issuer_.Token(claims_); }
  std::string WithHeader(absl::string_view header) const {
    return SignCompact(header, json::Write(claims_), issuer_.key());
  }
  std::string WithClaim(absl::string_view name, json::Value value) const {
    json::Value claims = claims_;
    claims.Set(name, std::move(value));
    return issuer_.Token(claims);
  }

  // Explain gives the words for a token that is refused for `reason`, one
  // member a line, after looking for what must never be printed.
  std::string Explain(std::vector<std::string> flags, const std::string& token,
                      const std::string& reason) {
    flags.insert(flags.begin(), {"token", "verify", "--explain"});
    const auto result = world_.Run(flags, token);
    EXPECT_EQ(result.code, 1);
    ShowsNoSecret(result.out + result.err, token);
    const json::Value line = json::Parse(result.out).value();
    EXPECT_EQ(*line.Find("reason")->as_string(), reason);
    const json::Value* words = line.Find("explanation");
    if (words == nullptr) return "";
    for (const char* name : {"expected", "found", "advice"}) {
      EXPECT_FALSE(words->Find(name)->as_string()->empty()) << name;
    }
    return absl::StrCat("expected: ", *words->Find("expected")->as_string(),
                        "\nfound: ", *words->Find("found")->as_string(),
                        "\nadvice: ", *words->Find("advice")->as_string());
  }
  static void ShowsNoSecret(const std::string& output,
                            const std::string& token) {
    EXPECT_THAT(output, Not(HasSubstr(kSecret)));
    const std::vector<std::string> parts = absl::StrSplit(token, '.');
    if (parts.size() < 3 || parts[2].size() < 16) return;
    EXPECT_THAT(output, Not(HasSubstr(parts[2].substr(0, 16))));
  }

  CliTestWorld world_;
  const TestIssuer issuer_;
  const json::Value claims_;
};

TEST_F(TokenExplanationTest, AGoodTokenNeedsNone) {
  const auto result =
      world_.Run({"token", "verify", "--explain", Jwks()}, Good());
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(json::Parse(result.out)->Find("explanation"), nullptr);
}

TEST_F(TokenExplanationTest, WithoutTheFlagThereIsNone) {
  const auto result = world_.Run({"token", "verify", Jwks()}, "x");
  EXPECT_EQ(json::Parse(result.out)->Find("explanation"), nullptr);
}

TEST_F(TokenExplanationTest, Form) {
  const std::string malformed = "TOKEN_MALFORMED";
  EXPECT_THAT(Explain({Jwks()}, "Bearer " + Good(), malformed),
              HasSubstr("Leave out the word Bearer"));
  EXPECT_THAT(Explain({Jwks()}, "\"" + Good() + "\"", malformed),
              HasSubstr("quotes"));
  EXPECT_THAT(Explain({Jwks()}, Good() + "=", malformed),
              HasSubstr("base64url"));
  EXPECT_THAT(Explain({Jwks()}, Good() + " ", malformed), HasSubstr("blanks"));
  EXPECT_THAT(Explain({Jwks()}, "{}", malformed), HasSubstr("compact form"));
  EXPECT_THAT(Explain({Jwks()}, "abc.def", malformed),
              AllOf(HasSubstr("2 parts"), HasSubstr("cut short")));
  EXPECT_THAT(Explain({Jwks(), "--max-bytes=20"}, Good(), "TOKEN_TOO_LARGE"),
              AllOf(HasSubstr("at most 20 bytes"), HasSubstr("--max-bytes")));
}

TEST_F(TokenExplanationTest, WhatIsNotSupported) {
  const std::string unsupported = "TOKEN_UNSUPPORTED";
  EXPECT_THAT(Explain({Jwks()}, "a.b.c.d.e", unsupported),
              HasSubstr("encrypted"));
  EXPECT_THAT(Explain({Jwks()}, WithHeader(R"({"alg":"none","kid":"k1"})"),
                      unsupported),
              AllOf(HasSubstr("alg \"none\""), HasSubstr("never accepted")));
  EXPECT_THAT(
      Explain({Jwks()},
              WithHeader(R"({"alg":"ES256","kid":"k1","crit":["x"],"x":1})"),
              unsupported),
      HasSubstr("has crit"));
  EXPECT_THAT(
      Explain({Jwks()}, WithClaim("cnf", json::Value::Object{}), unsupported),
      HasSubstr("bound to a key"));
}

TEST_F(TokenExplanationTest, KeyAndAlgorithm) {
  EXPECT_THAT(Explain({Jwks()}, WithHeader(R"({"alg":"ES256","kid":"new"})"),
                      "TOKEN_KEY_UNKNOWN"),
              AllOf(HasSubstr("kid \"k1\""), HasSubstr("kid \"new\""),
                    HasSubstr("key set again")));
  EXPECT_THAT(Explain({Jwks()}, WithHeader(R"({"alg":"HS256","kid":"k1"})"),
                      "TOKEN_ALGORITHM_MISMATCH"),
              AllOf(HasSubstr("alg ES256"), HasSubstr("alg \"HS256\""),
                    HasSubstr("forgery")));
  EXPECT_THAT(Explain({Jwks(), "--alg=RS256,EdDSA"}, Good(),
                      "TOKEN_ALGORITHM_MISMATCH"),
              HasSubstr("alg RS256, EdDSA"));
}

TEST_F(TokenExplanationTest, Signature) {
  const TestIssuer other(kIssuer, NewTestKey(Algorithm::kEs256, "k1"));
  EXPECT_THAT(
      Explain({Jwks()}, other.Token(claims_), "TOKEN_SIGNATURE_INVALID"),
      AllOf(HasSubstr("64 bytes"), HasSubstr("another key")));
  const std::string good = Good();
  const std::string der = absl::StrCat(
      good.substr(0, good.rfind('.') + 1),
      Base64UrlEncode(absl::StrCat("\x30\x45\x02\x20", std::string(67, 'x'))));
  EXPECT_THAT(Explain({Jwks()}, der, "TOKEN_SIGNATURE_INVALID"),
              HasSubstr("DER"));
  EXPECT_THAT(Explain({SecretFile()}, WithHeader(R"({"alg":"HS256"})"),
                      "TOKEN_SIGNATURE_INVALID"),
              HasSubstr("The secret is not the one"));
}

TEST_F(TokenExplanationTest, Dates) {
  const absl::Time now = world_.clock.TimeNow();
  world_.clock.AdvanceTime(absl::Minutes(6));
  EXPECT_THAT(Explain({Jwks()}, Good(), "TOKEN_EXPIRED"),
              AllOf(HasSubstr("(1m"), HasSubstr(" ago)"),
                    HasSubstr("a leeway of 0"), HasSubstr("--leeway")));
  world_.clock.SetTime(now - absl::Minutes(2));
  EXPECT_THAT(Explain({Jwks()}, Good(), "TOKEN_NOT_YET_VALID"),
              AllOf(HasSubstr("iat"), HasSubstr("(in "), HasSubstr("clock")));
}

TEST_F(TokenExplanationTest, Claims) {
  EXPECT_THAT(Explain({Jwks(), "--issuer=https://issuer.example/"}, Good(),
                      "TOKEN_ISSUER_MISMATCH"),
              HasSubstr("slash at the end"));
  EXPECT_THAT(Explain({Jwks(), "--issuer=https://b.example"}, Good(),
                      "TOKEN_ISSUER_MISMATCH"),
              AllOf(HasSubstr("iss \"https://b.example\""),
                    HasSubstr("iss \"https://issuer.example\"")));
  EXPECT_THAT(
      Explain({Jwks(), "--audience=other"}, Good(), "TOKEN_AUDIENCE_MISMATCH"),
      AllOf(HasSubstr("\"other\""), HasSubstr("\"app\"")));
  EXPECT_THAT(
      Explain({Jwks(), "--require-typ=at+jwt"}, Good(), "TOKEN_TYPE_MISMATCH"),
      AllOf(HasSubstr("\"at+jwt\""), HasSubstr("\"JWT\"")));
  EXPECT_THAT(
      Explain({Jwks()}, WithClaim("exp", "soon"), "TOKEN_CLAIM_INVALID"),
      HasSubstr("exp is not a date: \"soon\""));
}

TEST_F(TokenExplanationTest, LongMembersAreCut) {
  const std::string words =
      Explain({Jwks(), "--issuer=x"}, WithClaim("iss", std::string(500, 'i')),
              "TOKEN_ISSUER_MISMATCH");
  EXPECT_THAT(words, HasSubstr(std::string(64, 'i') + "..."));
  EXPECT_THAT(words, Not(HasSubstr(std::string(65, 'i'))));
  // A member that holds a whole token shows none of its signature.
  const std::string inner = Good();
  Explain({Jwks(), "--issuer=x"}, WithClaim("iss", inner),
          "TOKEN_ISSUER_MISMATCH");
}

TEST_F(TokenExplanationTest, InspectSaysWhatTheTokenClaims) {
  const auto result =
      world_.Run({"token", "inspect", "--explain", "-"}, Good());
  EXPECT_EQ(result.code, 0);
  ShowsNoSecret(result.out, Good());
  const json::Value answer = json::Parse(result.out).value();
  const std::string words = json::Write(*answer.Find("explanation"));
  EXPECT_THAT(words, HasSubstr("signed with"));
  EXPECT_THAT(words, HasSubstr("It expires at"));
  EXPECT_THAT(words, Not(HasSubstr("Every verifier refuses")));

  const auto none = world_.Run(
      {"token", "inspect", "--explain", WithHeader(R"({"alg":"none"})")});
  EXPECT_EQ(none.code, 0);
  EXPECT_THAT(none.out, HasSubstr("Every verifier refuses it"));
  const auto broken = world_.Run({"token", "inspect", "--explain", "a.b"});
  EXPECT_EQ(broken.code, 1);
  EXPECT_THAT(broken.err, HasSubstr("2 parts"));

  world_.terminal = true;
  const auto table = world_.Run({"token", "inspect", "--explain", Good()});
  EXPECT_THAT(table.out, AllOf(HasSubstr("NOT VERIFIED"),
                               HasSubstr("It says it is from")));
}

}  // namespace
}  // namespace latchkey
