// Published examples, from the RFC named at each.
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/jwt/jwk.h"
#include "core/jwt/token_verifier.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

KeyTable Keys(absl::string_view jwk, Algorithm algorithm) {
  JwksOptions options;
  options.allowed_algorithms = {algorithm};
  options.allow_symmetric = true;
  auto parsed = ParseJwks(jwk, options);
  EXPECT_THAT(parsed, IsOk());
  EXPECT_EQ(parsed->keys.size(), 1u);
  return KeyTable(parsed->keys);
}

// RFC 7515 A.1: HS256; the header has odd spacing and a line break.
constexpr absl::string_view kA1Key =
    R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75)"
    R"(aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})";
constexpr absl::string_view kA1Token =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

// RFC 7515 A.3: ES256.
constexpr absl::string_view kA3Key =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVE)"
    R"(U","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr absl::string_view kA3Token =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA"
    "pmWQxfKTUJqPP3-Kg6NU1Q";

// RFC 7515 A.1 and A.3 carry the same claims: iss joe, exp 1300819380.
void ExpectJoe(absl::string_view token, const KeyTable& keys) {
  Expectations expected;
  expected.issuers = {"joe"};
  expected.require_subject = false;
  const TokenVerifier verifier;
  const auto verified =
      verifier.Verify(token, expected, keys, absl::FromUnixSeconds(1300819379));
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(*verified->claims().payload.Find("http://example.com/is_root"),
            json::Value(true));
  EXPECT_THAT(
      verifier.Verify(token, expected, keys, absl::FromUnixSeconds(1300819380)),
      HasReason(Reason::kTokenExpired));
}

TEST(RfcVectorsTest, Rfc7515A1) {
  ExpectJoe(kA1Token, Keys(kA1Key, Algorithm::kHs256));
}

TEST(RfcVectorsTest, Rfc7515A3) {
  ExpectJoe(kA3Token, Keys(kA3Key, Algorithm::kEs256));
}

// RFC 8037 A.4, A.5: the signature is good; its payload is no JWT.
TEST(RfcVectorsTest, Rfc8037A4) {
  const KeyTable keys =
      Keys(R"({"kty":"OKP","crv":"Ed25519",)"
           R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
           Algorithm::kEdDsa);
  EXPECT_TRUE(keys.Contains("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
  const std::string input =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  const std::string signature =
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9"
      "g7sVvpAr_MuM0KAg";
  const TokenVerifier verifier;
  EXPECT_THAT(verifier.Verify(absl::StrCat(input, ".", signature), {}, keys,
                              absl::UnixEpoch()),
              HasReason(Reason::kTokenMalformed));
  EXPECT_THAT(verifier.Verify(absl::StrCat(input, "A.", signature), {}, keys,
                              absl::UnixEpoch()),
              HasReason(Reason::kTokenSignatureInvalid));
}

}  // namespace
}  // namespace latchkey
