#include "clients/demo/demo_issuer.h"

#include "absl/time/time.h"
#include "core/json/json.h"
#include "core/jwt/jwk.h"
#include "core/jwt/key_table.h"
#include "core/jwt/token_verifier.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

TEST(DemoIssuerTest, ItsTokenVerifiesWithItsKeysForADay) {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  const auto issuer = DemoIssuer::Create("http://127.0.0.1:9090");
  ASSERT_THAT(issuer, IsOk());
  const auto token = issuer->Token(now);
  ASSERT_THAT(token, IsOk());
  const auto parsed = ParseJwks(issuer->Jwks());
  ASSERT_THAT(parsed, IsOk());
  const KeyTable keys(parsed->keys);

  Expectations expectations;
  expectations.issuers = {"http://127.0.0.1:9090/oauth2/default"};
  expectations.audiences = {"myapp-abcde"};
  expectations.algorithms = {Algorithm::kRs256};
  const auto verified = TokenVerifier().Verify(
      *token, expectations, keys, now + absl::Hours(24) - absl::Seconds(1));
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->claims().subject, "24601");
  EXPECT_EQ(json::Write(*verified->claims().payload.Find("user_data")),
            "{\"name\":\"Jean Valjean\",\"aliases\":[\"Monsieur Madeleine\","
            "\"Ultime Fauchelevent\",\"Urbain Fabre\"]}");
  EXPECT_THAT(
      TokenVerifier().Verify(*token, expectations, keys, now + absl::Hours(24)),
      HasReason(Reason::kTokenExpired));
}

TEST(DemoIssuerTest, EveryRunHasANewKey) {
  const auto one = DemoIssuer::Create("http://127.0.0.1:9090");
  const auto two = DemoIssuer::Create("http://127.0.0.1:9090");
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(two, IsOk());
  EXPECT_NE(one->Jwks(), two->Jwks());
}

}  // namespace
}  // namespace latchkey
