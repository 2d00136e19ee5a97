// jwt-attacks A17, A18: only the exact text that was signed verifies.
#include <string>

#include "absl/strings/str_cat.h"
#include "core/jwt/token_verifier.h"
#include "core/testing/jwt_fixture.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

class TokenTamperingTest : public ::testing::TestWithParam<Algorithm> {
 protected:
  TokenTamperingTest()
      : issuer_("https://issuer.example", NewTestKey(GetParam())),
        keys_(issuer_.Keys()),
        token_(issuer_.Token(issuer_.Claims("s", "a", Now()))) {}

  static absl::Time Now() { return absl::FromUnixSeconds(1'700'000'000); }

  // Verifies says whether anything at all was accepted: claims are not looked
  // at, so that nothing but shape, key and signature can refuse.
  bool Verifies(absl::string_view token) const {
    Expectations lenient;
    lenient.allow_missing_expiration = true;
    lenient.require_subject = false;
    return TokenVerifier().Verify(token, lenient, keys_, Now()).ok();
  }

  TestIssuer issuer_;
  KeyTable keys_;
  std::string token_;
};

TEST_P(TokenTamperingTest, EachBitCounts) {
  ASSERT_TRUE(Verifies(token_));
  for (size_t bit = 0; bit < 8 * token_.size(); ++bit) {
    std::string bad = token_;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(Verifies(bad)) << "bit " << bit << ": " << bad;
  }
}

TEST_P(TokenTamperingTest, EachLengthCounts) {
  for (size_t size = 0; size < token_.size(); ++size) {
    ASSERT_FALSE(Verifies(token_.substr(0, size))) << size;
    ASSERT_FALSE(Verifies(token_.substr(token_.size() - size))) << size;
  }
}

TEST_P(TokenTamperingTest, EachExtensionCounts) {
  const size_t first = token_.find('.');
  const size_t second = token_.rfind('.');
  for (int byte = 0; byte < 256; ++byte) {
    const std::string extra(1, static_cast<char>(byte));
    for (const size_t position :
         {size_t{0}, first, first + 1, second, second + 1, token_.size()}) {
      std::string bad = token_;
      bad.insert(position, extra);
      ASSERT_FALSE(Verifies(bad)) << byte << " at " << position;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, TokenTamperingTest,
                         ::testing::Values(Algorithm::kRs256, Algorithm::kEs256,
                                           Algorithm::kEdDsa,
                                           Algorithm::kHs256),
                         [](const ::testing::TestParamInfo<Algorithm>& test) {
                           return std::string(AlgorithmName(test.param));
                         });

}  // namespace
}  // namespace latchkey
