// A good token is verified in place without one allocation of ours.
#include <string>

#include "absl/time/time.h"
#include "core/crypto/algorithm.h"
#include "core/jwt/key_table.h"
#include "core/jwt/token_verifier.h"
#include "core/testing/allocation_counter.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

constexpr char kIssuer[] = "https://login.example.com/oauth2/default";
constexpr char kAudience[] = "api://orders.example.com";
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class AllocationTest : public testing::TestWithParam<Algorithm> {};

TEST_P(AllocationTest, AGoodTokenCostsNone) {
  const TestIssuer issuer(kIssuer, NewTestKey(GetParam()));
  json::Value claims = issuer.Claims("00u1abcdEFGH2ijkl5d7", kAudience, kNow);
  claims.Set("scp", json::Value::Array{"openid", "profile", "a longer scope"});
  claims.Set("name", "Jean Valjean, known as Monsieur Madeleine \u00e9");
  const std::string token = issuer.Token(claims, "at+jwt");
  const KeyTable keys({issuer.key().public_key()});
  Expectations expected;
  expected.issuers = {"https://other.example.com/with/a/long/path", kIssuer};
  expected.audiences = {kAudience};
  expected.types = {"jwt", "at+jwt"};
  const TokenVerifier verifier;
  VerifyBuffers buffers;
  const auto verify = [&] {
    return verifier.VerifyInPlace(token, expected, keys, kNow, &buffers);
  };
  ASSERT_THAT(verify().status(), IsOk());
  issuer.key().public_key().BuildTable();
  ASSERT_THAT(verify().status(), IsOk());

  const size_t before = AllocationsOfThisThread();
  const bool ok = verify().ok();
  EXPECT_EQ(AllocationsOfThisThread() - before, 0u);
  EXPECT_TRUE(ok);
  EXPECT_GT(before, 0u);
}

INSTANTIATE_TEST_SUITE_P(Algorithms, AllocationTest,
                         testing::Values(Algorithm::kRs256, Algorithm::kRs384,
                                         Algorithm::kRs512, Algorithm::kPs256,
                                         Algorithm::kPs384, Algorithm::kPs512,
                                         Algorithm::kEs256, Algorithm::kEs384,
                                         Algorithm::kEs512, Algorithm::kEdDsa,
                                         Algorithm::kHs256, Algorithm::kHs384,
                                         Algorithm::kHs512),
                         [](const testing::TestParamInfo<Algorithm>& test) {
                           return std::string(AlgorithmName(test.param));
                         });

}  // namespace
}  // namespace latchkey
