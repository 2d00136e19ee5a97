#include "core/jwt/token_minter.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/jwt/compact.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

json::Value Payload(absl::string_view text) { return *json::Parse(text); }

TEST(TokenMinterTest, SignsHeaderAndPayload) {
  const SigningKey key = NewTestKey(Algorithm::kEs256, "k1");
  const json::Value payload = Payload(R"({"sub":"é\u2028\"\\","n":1.50})");
  const auto text = MintToken(payload, "at+jwt", key);
  ASSERT_THAT(text, IsOk());
  const CompactToken token = *SplitCompact(*text);
  EXPECT_EQ(Base64UrlDecode(token.header),
            R"({"alg":"ES256","kid":"k1","typ":"at+jwt"})");
  EXPECT_THAT(json::Parse(*Base64UrlDecode(token.payload)),
              IsOkAndHolds(payload));
  EXPECT_THAT(key.public_key().Verify(token.signing_input,
                                      *Base64UrlDecode(token.signature)),
              IsOk());
}

// jwt-attacks G127, G128.
TEST(TokenMinterTest, RefusesWhatAVerifierWould) {
  const SigningKey key = NewTestKey(Algorithm::kEs256);
  const json::Value twice(json::Value::Object{{"sub", json::Value("a")},
                                              {"sub", json::Value("b")}});
  for (const json::Value& payload :
       {twice, json::Value("text"), json::Value(), Payload("[]"),
        json::Value(json::Value::Object{{"sub", json::Value("\xFF")}}),
        json::Value(json::Value::Object{
            {"n", json::Value(json::Value::Number{"01"})}})}) {
    EXPECT_THAT(MintToken(payload, "JWT", key),
                HasReason(Reason::kInvalidRequest));
  }
}

// jwt-attacks G129.
TEST(TokenMinterTest, KeepsTheLimit) {
  const SigningKey key = NewTestKey(Algorithm::kEs256);
  const json::Value payload(
      json::Value::Object{{"x", json::Value(std::string(1000, 'x'))}});
  const auto text = MintToken(payload, "JWT", key, 4096);
  ASSERT_THAT(text, IsOk());
  EXPECT_THAT(MintToken(payload, "JWT", key, text->size()), IsOk());
  EXPECT_THAT(MintToken(payload, "JWT", key, text->size() - 1),
              HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(MintToken(payload, "JWT", key, 100),
              HasReason(Reason::kInvalidRequest));
}

}  // namespace
}  // namespace latchkey
