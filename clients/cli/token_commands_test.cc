#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "clients/cli/cli_test_world.h"
#include "core/base/base64url.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/signing_key.h"
#include "core/json/json.h"
#include "core/testing/jwt_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// RFC 7515 appendix A.1.
constexpr char kRfcToken[] =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv"
    "bS9pc19yb290Ijp0cnVlfQ."
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr char kRfcSecret[] =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUu"
    "TwjAzZr1Z9CAow";
constexpr char kBeforeExp[] = "--now=2011-03-22T18:42:59Z";
constexpr char kAtExp[] = "--now=2011-03-22T18:43:00Z";

class TokenCommandsTest : public ::testing::Test {
 protected:
  CliTestWorld::Result Verify(std::vector<std::string> flags,
                              const std::string& in) {
    flags.insert(flags.begin(), {"token", "verify"});
    return world_.Run(flags, in);
  }

  std::string RfcSecretFile() {
    return absl::StrCat(
        "--secret-file=",
        world_.File("secret",
                    absl::StrCat(*Base64UrlDecode(kRfcSecret), "\n")));
  }

  std::string JwksFile(const TestIssuer& issuer) {
    return absl::StrCat("--jwks=", world_.File("jwks.json", issuer.Jwks()));
  }

  std::string Token(const TestIssuer& issuer) {
    return issuer.Token(
        issuer.Claims("ann", "myapp-abcde", world_.clock.TimeNow()));
  }

  CliTestWorld world_;
};

std::vector<json::Value> Lines(const std::string& out) {
  std::vector<json::Value> values;
  for (absl::string_view line : absl::StrSplit(out, '\n', absl::SkipEmpty())) {
    values.push_back(json::Parse(line).value());
  }
  return values;
}

std::string ReasonOf(const json::Value& line) {
  return *line.Find("reason")->as_string();
}

TEST_F(TokenCommandsTest, VerifiesTheExampleOfRfc7515) {
  const auto result = Verify({RfcSecretFile(), kBeforeExp}, kRfcToken);
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out,
            "{\"valid\":true,\"reason\":\"\","
            "\"header\":{\"typ\":\"JWT\",\"alg\":\"HS256\"},"
            "\"claims\":{\"iss\":\"joe\",\"exp\":1300819380,"
            "\"http://example.com/is_root\":true}}\n");
}

TEST_F(TokenCommandsTest, ExpiredTokensHaveNoClaims) {
  const auto result = Verify({RfcSecretFile(), kAtExp}, kRfcToken);
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.out,
            "{\"valid\":false,\"reason\":\"TOKEN_EXPIRED\","
            "\"header\":{\"typ\":\"JWT\",\"alg\":\"HS256\"},\"claims\":{}}\n");
  EXPECT_EQ(Verify({RfcSecretFile(), kAtExp, "--leeway=1s"}, kRfcToken).code,
            0);
}

TEST_F(TokenCommandsTest, VerifiesWithTheKeysOfAFile) {
  for (const Algorithm algorithm : {Algorithm::kRs256, Algorithm::kEs256}) {
    const TestIssuer issuer("https://issuer.example", algorithm);
    const std::string jwks = JwksFile(issuer);
    EXPECT_EQ(Verify({jwks}, Token(issuer)).code, 0);
    EXPECT_EQ(Verify({jwks, "--issuer=https://issuer.example",
                      "--issuer=https://b.example", "--audience=myapp-abcde",
                      "--require-typ=application/JWT", "--require-sub"},
                     Token(issuer))
                  .code,
              0);
    const TestIssuer other("https://issuer.example",
                           NewTestKey(algorithm, issuer.key().kid(), 1));
    const auto forged = Lines(Verify({jwks}, Token(other)).out);
    ASSERT_THAT(forged, SizeIs(1));
    EXPECT_EQ(ReasonOf(forged[0]), "TOKEN_SIGNATURE_INVALID");
  }
}

TEST_F(TokenCommandsTest, SaysWhichExpectationFailed) {
  const TestIssuer issuer("https://issuer.example");
  const std::string jwks = JwksFile(issuer);
  const struct {
    const char* flag;
    const char* reason;
  } rows[] = {{"--issuer=https://other.example", "TOKEN_ISSUER_MISMATCH"},
              {"--audience=other", "TOKEN_AUDIENCE_MISMATCH"},
              {"--require-typ=at+jwt", "TOKEN_TYPE_MISMATCH"},
              {"--alg=RS256,EdDSA", "TOKEN_ALGORITHM_MISMATCH"},
              {"--now=2000-01-01T00:00:00Z", "TOKEN_NOT_YET_VALID"},
              {"--max-bytes=20", "TOKEN_TOO_LARGE"}};
  for (const auto& row : rows) {
    const auto result = Verify({jwks, row.flag}, Token(issuer));
    EXPECT_EQ(result.code, 1) << row.flag;
    ASSERT_THAT(Lines(result.out), SizeIs(1)) << row.flag;
    EXPECT_EQ(ReasonOf(Lines(result.out)[0]), row.reason);
  }
}

TEST_F(TokenCommandsTest, AnswersEveryLineInOrder) {
  const TestIssuer issuer("https://issuer.example");
  const auto result = Verify({JwksFile(issuer)},
                             absl::StrCat(Token(issuer),
                                          "\r\n\nnonsense\neyJhbGciOiJub25lIn0"
                                          ".e30.AA\n",
                                          Token(issuer), "\n\n\n"));
  EXPECT_EQ(result.code, 1);
  const std::vector<json::Value> lines = Lines(result.out);
  ASSERT_THAT(lines, SizeIs(7));
  EXPECT_EQ(ReasonOf(lines[0]), "");
  EXPECT_EQ(ReasonOf(lines[1]), "TOKEN_MALFORMED");
  EXPECT_EQ(ReasonOf(lines[2]), "TOKEN_MALFORMED");
  EXPECT_EQ(json::Write(*lines[2].Find("header")), "{}");
  EXPECT_EQ(ReasonOf(lines[3]), "TOKEN_UNSUPPORTED");
  EXPECT_EQ(json::Write(*lines[3].Find("header")), "{\"alg\":\"none\"}");
  EXPECT_EQ(ReasonOf(lines[4]), "");
  EXPECT_EQ(ReasonOf(lines[5]), "TOKEN_MALFORMED");
  EXPECT_EQ(ReasonOf(lines[6]), "TOKEN_MALFORMED");
}

TEST_F(TokenCommandsTest, AnEmptyLineIsAMalformedToken) {
  for (const char* line : {"\n", "\r\n"}) {
    const auto result = Verify({RfcSecretFile()}, line);
    EXPECT_EQ(result.code, 1);
    ASSERT_THAT(Lines(result.out), SizeIs(1));
    EXPECT_EQ(ReasonOf(Lines(result.out)[0]), "TOKEN_MALFORMED");
  }
}

TEST_F(TokenCommandsTest, MissingExpIsAnOptOut) {
  const TestIssuer issuer("https://issuer.example");
  const std::string token = issuer.Token(json::Value::Object{{"sub", "ann"}});
  EXPECT_EQ(Verify({JwksFile(issuer)}, token).code, 1);
  EXPECT_EQ(Verify({JwksFile(issuer), "--allow-missing-exp"}, token).code, 0);
}

TEST_F(TokenCommandsTest, AKeyWithoutAlgServesForEachAlgorithmNamed) {
  const TestIssuer issuer("https://issuer.example",
                          NewTestKey(Algorithm::kPs256, "k"));
  json::Value key =
      json::Parse(issuer.key().public_key().CanonicalJwk()).value();
  key.Set("kid", "k");
  const std::string jwks =
      absl::StrCat("--jwks=", world_.File("one.json", json::Write(key)));
  EXPECT_EQ(Verify({jwks}, Token(issuer)).code, 1);
  EXPECT_EQ(Verify({jwks, "--alg=RS256,PS256"}, Token(issuer)).code, 0);
}

TEST_F(TokenCommandsTest, AFileOfOnesOwnMayHoldSecrets) {
  const std::string jwks = absl::StrCat(
      "--jwks=",
      world_.File("oct.json", absl::StrCat("{\"kty\":\"oct\",\"k\":\"",
                                           kRfcSecret, "\"}")));
  EXPECT_EQ(Verify({jwks, kBeforeExp}, kRfcToken).code, 0);
}

TEST_F(TokenCommandsTest, UnusableKeysAreNamed) {
  const std::string jwks = absl::StrCat(
      "--jwks=",
      world_.File("bad.json", R"({"keys":[{"kty":"XYZ","kid":"odd"}]})"));
  const auto result = Verify({jwks, kBeforeExp}, kRfcToken);
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("key \"odd\" is not used"));
  EXPECT_EQ(ReasonOf(Lines(result.out)[0]), "TOKEN_KEY_UNKNOWN");
}

TEST_F(TokenCommandsTest, MistakesAreUsageErrors) {
  const std::string secret = RfcSecretFile();
  const std::string short_secret =
      absl::StrCat("--secret-file=", world_.File("short", "too short\n"));
  const std::string jwks =
      absl::StrCat("--jwks=", world_.File("jwks.json", "{\"keys\":["));
  const std::vector<std::vector<std::string>> rows = {
      {},
      {secret, "--jwks=x"},
      {"--jwks=/no/such/file"},
      {jwks},
      {short_secret},
      {secret, "--alg=none"},
      {secret, "--alg=RS256"},
      {secret, "--now=yesterday"},
      {secret, "--now=infinite-future"},
      {secret, "--leeway=-1s"},
      {secret, "--leeway=11m"},
      {secret, "--max-bytes=0"},
      {secret, "--max-bytes=1000001"},
      {secret, "--no-such-flag"}};
  for (const auto& row : rows) {
    const auto result = Verify(row, kRfcToken);
    EXPECT_EQ(result.code, 2) << ::testing::PrintToString(row);
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, HasSubstr("{\"error\":{\"code\":"));
  }
}

TEST_F(TokenCommandsTest, NoTokensIsAUsageError) {
  EXPECT_EQ(Verify({RfcSecretFile()}, "").code, 2);
}

TEST_F(TokenCommandsTest, InspectSaysThatNothingIsVerified) {
  const auto result = world_.Run({"token", "inspect", "-"}, kRfcToken);
  EXPECT_EQ(result.code, 0);
  const json::Value value = json::Parse(result.out).value();
  EXPECT_EQ(*value.Find("verified")->as_bool(), false);
  EXPECT_EQ(*value.Find("claims")->Find("iss")->as_string(), "joe");

  world_.terminal = true;
  EXPECT_THAT(world_.Run({"token", "inspect", kRfcToken}).out,
              HasSubstr("NOT VERIFIED"));
  EXPECT_EQ(world_.Run({"token", "inspect", "a.b"}).code, 1);
  EXPECT_EQ(world_.Run({"token", "inspect"}, "").code, 2);
}

}  // namespace
}  // namespace latchkey
