#include "core/jwt/jwk.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// RFC 7515 A.3.1.
constexpr absl::string_view kEc =
    R"("kty":"EC","crv":"P-256",)"
    R"("x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")";
// RFC 8037 A.2.
constexpr absl::string_view kOkp =
    R"("kty":"OKP","crv":"Ed25519",)"
    R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")";
constexpr absl::string_view kOct =
    R"("kty":"oct","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")";

std::string Set(absl::string_view keys) {
  return absl::StrCat("{\"keys\":[", keys, "]}");
}
std::string With(absl::string_view jwk, absl::string_view more) {
  return absl::StrCat("{", jwk, ",", more, "}");
}
std::string Rsa() {
  const std::string jwk =
      NewTestKey(Algorithm::kRs256).public_key().CanonicalJwk();
  return jwk.substr(1, jwk.size() - 2);
}

// CauseOf gives why the only key of a set is dropped; "" when it is kept.
std::string CauseOf(absl::string_view jwk, const JwksOptions& options = {}) {
  const auto parsed = ParseJwks(Set(jwk), options);
  if (!parsed.ok()) return "the document is refused";
  EXPECT_EQ(parsed->keys.size() + parsed->dropped.size(), 1u);
  return parsed->dropped.empty() ? "" : parsed->dropped[0].cause;
}

Algorithm AlgorithmOf(absl::string_view jwk, const JwksOptions& options = {}) {
  const auto parsed = ParseJwks(Set(jwk), options);
  EXPECT_EQ(parsed->keys.size(), 1u);
  return parsed->keys.at(0).algorithm();
}

TEST(JwkTest, WhatIsWrittenIsRead) {
  std::vector<PublicKey> keys;
  for (const Algorithm algorithm :
       {Algorithm::kRs256, Algorithm::kPs512, Algorithm::kEs256,
        Algorithm::kEs384, Algorithm::kEs512, Algorithm::kEdDsa}) {
    keys.push_back(
        NewTestKey(algorithm, AlgorithmName(algorithm)).public_key());
  }
  const std::string document = WriteJwks(KeyTable(keys));
  const auto parsed = ParseJwks(document);
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(parsed->keys, keys);
  EXPECT_TRUE(parsed->dropped.empty());
  EXPECT_EQ(WriteJwks(KeyTable(parsed->keys)), document);
}

// jwt-attacks G133.
TEST(JwkTest, SecretsAreNotWritten) {
  EXPECT_EQ(WriteJwks(KeyTable({NewTestKey(Algorithm::kHs256).public_key()})),
            R"({"keys":[]})");
  EXPECT_THAT(WriteJwks(KeyTable({NewTestKey(Algorithm::kEs256).public_key()})),
              Not(HasSubstr("\"d\"")));
}

TEST(JwkTest, ReadsASingleJwk) {
  const auto parsed = ParseJwks(With(kEc, R"("kid":"k")"));
  ASSERT_THAT(parsed, IsOk());
  ASSERT_EQ(parsed->keys.size(), 1u);
  EXPECT_EQ(parsed->keys[0].kid(), "k");
}

TEST(JwkTest, KeyWithoutKidIsNamedByItsThumbprint) {
  for (absl::string_view more : {R"("use":"sig")", R"("kid":"")"}) {
    const auto parsed = ParseJwks(Set(With(kOkp, more)));
    ASSERT_THAT(parsed, IsOk());
    ASSERT_EQ(parsed->keys.size(), 1u);
    // RFC 8037 A.3.
    EXPECT_EQ(parsed->keys[0].kid(),
              "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  }
}

// jwt-attacks E96, E109, E110.
TEST(JwkTest, RefusesBadDocuments) {
  for (const std::string& document :
       {std::string(), std::string("<html></html>"), std::string("[]"),
        std::string("{}"), std::string("null"), std::string(R"({"keys":"x"})"),
        std::string(R"({"keys":{}})"), std::string(R"({"keys":null})"),
        std::string(R"({"keys":[)"), std::string(R"({"keys":[],"keys":[]})"),
        Set(With(kEc, R"("kty":"EC")")), Set(With(kEc, R"("\u006bty":"EC")")),
        absl::StrCat(Set(""), " x"), absl::StrCat("\xEF\xBB\xBF", Set(""))}) {
    EXPECT_THAT(ParseJwks(document), HasReason(Reason::kInvalidRequest))
        << document;
  }
  JwksOptions options;
  options.max_keys = 2;
  EXPECT_THAT(ParseJwks(Set("1,2"), options), IsOk());
  EXPECT_THAT(ParseJwks(Set("1,2,3"), options),
              HasReason(Reason::kInvalidRequest));
  options.max_bytes = 10;
  EXPECT_THAT(ParseJwks(Set(""), options), HasReason(Reason::kInvalidRequest));
}

// jwt-attacks E97-E100: one bad key does not spoil the others.
TEST(JwkTest, DropsBadKeysOneByOne) {
  const auto parsed = ParseJwks(
      Set(absl::StrCat(R"(null,1,"x",[],{},{"kty":"DSA","kid":"dsa"},)",
                       With(kEc, R"("kid":"k")"))));
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(parsed->keys.size(), 1u);
  ASSERT_EQ(parsed->dropped.size(), 6u);
  EXPECT_EQ(parsed->dropped[5].kid, "dsa");
  EXPECT_EQ(parsed->dropped[5].cause, "kty is not supported");
  EXPECT_THAT(ParseJwks(Set("")), IsOk());
}

// jwt-attacks B27: pinned when loaded.
TEST(JwkTest, KeyWithoutAlgIsPinned) {
  EXPECT_EQ(AlgorithmOf(With(Rsa(), R"("use":"sig")")), Algorithm::kRs256);
  EXPECT_EQ(AlgorithmOf(With(kEc, R"("use":"sig")")), Algorithm::kEs256);
  EXPECT_EQ(AlgorithmOf(With(kOkp, R"("use":"sig")")), Algorithm::kEdDsa);
  JwksOptions options;
  options.allowed_algorithms = {Algorithm::kPs384, Algorithm::kRs512};
  EXPECT_EQ(AlgorithmOf(With(Rsa(), R"("use":"sig")"), options),
            Algorithm::kPs384);
  EXPECT_EQ(CauseOf(With(kEc, R"("use":"sig")"), options),
            "no allowed algorithm fits the key");
  EXPECT_EQ(CauseOf(With(Rsa(), R"("alg":"RS256")"), options),
            "alg is not allowed");
}

// jwt-attacks E104.
TEST(JwkTest, UseAndOperationsAllowVerifying) {
  for (absl::string_view more :
       {R"("use":"sig")", R"("key_ops":["verify"])",
        R"("key_ops":["sign","verify"],"use":"sig")", R"("x5c":["AA=="])"}) {
    EXPECT_EQ(CauseOf(With(kEc, more)), "") << more;
  }
  const struct {
    absl::string_view more, cause;
  } rows[] = {
      {R"("use":"enc")", "use is not sig"},
      {R"("use":1)", "use is not a string"},
      {R"("key_ops":"verify")", "key_ops is not a list"},
      {R"("key_ops":[])", "key_ops has no verify"},
      {R"("key_ops":["sign"])", "key_ops has no verify"},
      {R"("key_ops":["verify",1])", "key_ops holds other than strings"},
      {R"("key_ops":["verify","verify"])", "key_ops names an operation twice"},
      {R"("use":"sig","key_ops":["verify","encrypt"])",
       "use and key_ops contradict each other"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(CauseOf(With(kEc, row.more)), row.cause) << row.more;
  }
}

// jwt-attacks E105, B28-B30.
TEST(JwkTest, AlgFitsTypeAndCurve) {
  for (absl::string_view alg : {"ES384", "RS256", "HS256", "EdDSA"}) {
    EXPECT_EQ(CauseOf(With(kEc, absl::StrCat(R"("alg":")", alg, "\""))),
              "alg does not fit the key")
        << alg;
  }
  EXPECT_EQ(CauseOf(With(kEc, R"("alg":"ES256K")")), "alg is not supported");
  EXPECT_EQ(CauseOf(With(kOkp, R"("alg":"Ed25519")")), "alg is not supported");
  EXPECT_EQ(CauseOf(With(kEc, R"("alg":null)")), "alg is not a string");
  EXPECT_EQ(CauseOf(R"({"kty":"EC","crv":"secp256k1","x":"","y":""})"),
            "crv is not supported");
  EXPECT_EQ(CauseOf(R"({"kty":"OKP","crv":"X25519","x":""})"),
            "crv is not supported");
  EXPECT_EQ(CauseOf(R"({"kty":"EC","crv":"Ed25519","x":"","y":""})"),
            "crv is not supported");
}

// jwt-attacks E101, E102.
TEST(JwkTest, PrivateAndSymmetricKeysAreDropped) {
  for (absl::string_view name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    EXPECT_EQ(CauseOf(With(kEc, absl::StrCat("\"", name, R"(":"AA")"))),
              "has private members")
        << name;
  }
  JwksOptions options;
  options.allowed_algorithms.push_back(Algorithm::kHs256);
  EXPECT_EQ(CauseOf(With(kOct, R"("kid":"k")"), options),
            "symmetric key in a public document");
  options.allow_symmetric = true;
  EXPECT_EQ(CauseOf(With(kOct, R"("kid":"k")"), options), "");
  EXPECT_EQ(CauseOf(R"({"kty":"oct","k":"AAAA"})", options),
            "HMAC secret is shorter than the hash");
}

// jwt-attacks E101: a document with public keys is for everybody to read.
TEST(JwkTest, SecretsBesidePublicKeysAreDropped) {
  JwksOptions options;
  options.allow_symmetric = true;
  options.allowed_algorithms.push_back(Algorithm::kHs256);
  const std::string secret = absl::StrCat("{", kOct, R"(,"kid":"k")", "}");
  for (const absl::string_view neighbour : {kEc, kOkp}) {
    const auto parsed =
        ParseJwks(Set(absl::StrCat(secret, ",{", neighbour, "}")), options);
    ASSERT_THAT(parsed, IsOk());
    EXPECT_EQ(parsed->keys.size(), 1u);
    ASSERT_EQ(parsed->dropped.size(), 1u);
    EXPECT_EQ(parsed->dropped[0].kid, "k");
    EXPECT_EQ(parsed->dropped[0].cause, "symmetric key in a public document");
  }
  // Nor does a neighbour help that is no use itself.
  const auto parsed =
      ParseJwks(Set(absl::StrCat(secret, R"(,{"kty":"AKP"})")), options);
  ASSERT_THAT(parsed, IsOk());
  EXPECT_TRUE(parsed->keys.empty());
}

// jwt-attacks E106-E108.
TEST(JwkTest, NumbersAreStrict) {
  const auto okp = [](absl::string_view x) {
    return CauseOf(
        absl::StrCat(R"({"kty":"OKP","crv":"Ed25519","x":)", x, "}"));
  };
  EXPECT_EQ(okp("null"), "x is not a string");
  EXPECT_EQ(okp("1"), "x is not a string");
  EXPECT_EQ(okp("[\"AA\"]"), "x is not a string");
  EXPECT_EQ(CauseOf(R"({"kty":"OKP","crv":"Ed25519"})"), "x is missing");
  EXPECT_EQ(okp("\"AA\""), "Ed25519 key: not 32 bytes");
  for (absl::string_view x : {"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
                              "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                              "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp",
                              " 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}) {
    EXPECT_EQ(okp(absl::StrCat("\"", x, "\"")), "x is not base64url") << x;
  }
  EXPECT_EQ(CauseOf(With(kEc, R"("kid":{})")), "kid is not a string");
  EXPECT_EQ(CauseOf(With(
                kEc, absl::StrCat(R"("kid":")", std::string(257, 'k'), "\""))),
            "kid is over 256 bytes");
}

// jwt-attacks E103.
TEST(JwkTest, KeysMayShareAKid) {
  const std::string ec = With(kEc, R"("kid":"k")");
  const auto parsed = ParseJwks(
      Set(absl::StrCat(ec, ",", With(kOkp, R"("kid":"k")"), ",", ec)));
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(parsed->keys.size(), 2u);
}

}  // namespace
}  // namespace latchkey
