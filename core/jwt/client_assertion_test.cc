#include "core/jwt/client_assertion.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/jwt/compact.h"
#include "core/testing/fake_random.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

ClientAssertion Example() {
  ClientAssertion assertion;
  assertion.issuer = "client-1";
  assertion.subject = "client-1";
  assertion.audience = "https://op.example/token";
  return assertion;
}

TEST(ClientAssertionTest, SaysWhoToWhomAndHowLong) {
  for (const Algorithm algorithm :
       {Algorithm::kRs256, Algorithm::kEs256, Algorithm::kHs256}) {
    const SigningKey key = NewTestKey(algorithm, "k1");
    FakeRandom random(7);
    const auto made = MakeClientAssertion(Example(), key, kNow, &random);
    ASSERT_THAT(made, IsOk());
    const CompactToken token = *SplitCompact(made->RevealSecret());
    EXPECT_EQ(Base64UrlDecode(token.header),
              absl::StrCat(R"({"alg":")", AlgorithmName(algorithm),
                           R"(","kid":"k1","typ":"JWT"})"));
    FakeRandom same(7);
    EXPECT_EQ(Base64UrlDecode(token.payload),
              absl::StrCat(R"({"iss":"client-1","sub":"client-1",)",
                           R"("aud":"https://op.example/token",)",
                           R"("iat":1700000000,"exp":1700000300,"jti":")",
                           Base64UrlEncode(same.Bytes(16)), R"("})"));
    EXPECT_THAT(key.public_key().Verify(token.signing_input,
                                        *Base64UrlDecode(token.signature)),
                IsOk());
  }
}

TEST(ClientAssertionTest, EachIsUsableOnce) {
  const SigningKey key = NewTestKey(Algorithm::kHs256);
  FakeRandom random;
  const auto first = MakeClientAssertion(Example(), key, kNow, &random);
  const auto second = MakeClientAssertion(Example(), key, kNow, &random);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_FALSE(*first == *second);
}

TEST(ClientAssertionTest, RefusesTextThatIsNotUtf8) {
  const SigningKey key = NewTestKey(Algorithm::kHs256);
  FakeRandom random;
  ClientAssertion assertion = Example();
  assertion.subject = "\xFF";
  EXPECT_THAT(MakeClientAssertion(assertion, key, kNow, &random),
              HasReason(Reason::kInvalidRequest));
}

}  // namespace
}  // namespace latchkey
