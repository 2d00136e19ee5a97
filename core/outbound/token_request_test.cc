#include "core/outbound/token_request.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
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
constexpr char kUrl[] = "https://op.example/token";
constexpr char kSecret[] = "p%s:+ &=";

OutboundSettings Settings(ClientAuthMethod method) {
  OutboundSettings settings;
  settings.name = "reports";
  settings.client_id = "id:1 %";
  settings.auth_method = method;
  settings.client_secret = Secret(kSecret);
  settings.scopes = {"reports.read", "a:b"};
  settings.parameters = {{"audience", "https://api.example/"},
                         {"resource", "urn:r"}};
  return settings;
}

FetchOptions Write(const OutboundSettings& settings) {
  FakeRandom random;
  FetchOptions fetch;
  EXPECT_THAT(WriteTokenRequest(settings, kUrl, kNow, &random, &fetch), IsOk());
  EXPECT_EQ(fetch.headers.at("Accept"), "application/json");
  return fetch;
}

constexpr absl::string_view kGrant =
    "grant_type=client_credentials&scope=reports.read%20a%3Ab&"
    "audience=https%3A%2F%2Fapi.example%2F&resource=urn%3Ar";

TEST(TokenRequestTest, BasicEncodesBothBeforeJoining) {
  const FetchOptions fetch = Write(Settings(ClientAuthMethod::kSecretBasic));
  // base64("id%3A1%20%25:p%25s%3A%2B%20%26%3D")
  EXPECT_EQ(fetch.headers.at("Authorization"),
            "Basic aWQlM0ExJTIwJTI1OnAlMjVzJTNBJTJCJTIwJTI2JTNE");
  EXPECT_EQ(*fetch.post_body, kGrant);
}

TEST(TokenRequestTest, PostPutsBothIntoTheBodyAlone) {
  const FetchOptions fetch = Write(Settings(ClientAuthMethod::kSecretPost));
  EXPECT_EQ(fetch.headers.count("Authorization"), 0u);
  EXPECT_EQ(*fetch.post_body,
            absl::StrCat(kGrant,
                         "&client_id=id%3A1%20%25&"
                         "client_secret=p%25s%3A%2B%20%26%3D"));
}

TEST(TokenRequestTest, LeavesOutWhatIsNotSet) {
  OutboundSettings settings = Settings(ClientAuthMethod::kSecretBasic);
  settings.scopes.clear();
  settings.parameters.clear();
  EXPECT_EQ(*Write(settings).post_body, "grant_type=client_credentials");
}

// The assertion of a body whose client proves itself by one.
std::string AssertionOf(const FetchOptions& fetch) {
  EXPECT_EQ(fetch.headers.count("Authorization"), 0u);
  const std::vector<std::string> parts =
      absl::StrSplit(*fetch.post_body, "&client_assertion=");
  EXPECT_EQ(parts.size(), 2u);
  EXPECT_TRUE(absl::EndsWith(
      parts[0],
      "&client_id=id%3A1%20%25&client_assertion_type=urn%3Aietf%3Aparams%3A"
      "oauth%3Aclient-assertion-type%3Ajwt-bearer"))
      << parts[0];
  return parts.back();
}

TEST(TokenRequestTest, AssertionsAreSignedForTheTokenEndpoint) {
  struct Row {
    ClientAuthMethod method;
    Algorithm algorithm;
  };
  for (const Row& row : {
           Row{ClientAuthMethod::kSecretJwt, Algorithm::kHs256},
           Row{ClientAuthMethod::kPrivateKeyJwt, Algorithm::kRs256},
           Row{ClientAuthMethod::kPrivateKeyJwt, Algorithm::kEs256},
       }) {
    OutboundSettings settings = Settings(row.method);
    settings.assertion_key = NewTestKey(row.algorithm, "k1");
    const FetchOptions fetch = Write(settings);
    EXPECT_FALSE(absl::StrContains(*fetch.post_body, "client_secret="));
    const std::string text = AssertionOf(fetch);
    const CompactToken token = *SplitCompact(text);
    EXPECT_EQ(Base64UrlDecode(token.header),
              absl::StrCat(R"({"alg":")", AlgorithmName(row.algorithm),
                           R"(","kid":"k1","typ":"JWT"})"));
    EXPECT_TRUE(absl::StartsWith(
        *Base64UrlDecode(token.payload),
        R"({"iss":"id:1 %","sub":"id:1 %","aud":"https://op.example/token",)"));
    EXPECT_THAT(settings.assertion_key->public_key().Verify(
                    token.signing_input, *Base64UrlDecode(token.signature)),
                IsOk());
  }
}

TEST(TokenRequestTest, TheCertificateCanBeNamed) {
  OutboundSettings settings = Settings(ClientAuthMethod::kPrivateKeyJwt);
  settings.assertion_key = NewTestKey(Algorithm::kPs256);
  settings.assertion_certificate = "dGh1bWI";
  const std::string text = AssertionOf(Write(settings));
  const CompactToken token = *SplitCompact(text);
  EXPECT_TRUE(
      absl::StartsWith(*Base64UrlDecode(token.header), R"({"alg":"PS256",)"));
  EXPECT_TRUE(absl::EndsWith(*Base64UrlDecode(token.header),
                             R"("typ":"JWT","x5t#S256":"dGh1bWI"})"));
  EXPECT_THAT(settings.assertion_key->public_key().Verify(
                  token.signing_input, *Base64UrlDecode(token.signature)),
              IsOk());
}

TEST(TokenRequestTest, TheAudienceCanBeSet) {
  OutboundSettings settings = Settings(ClientAuthMethod::kPrivateKeyJwt);
  settings.assertion_key = NewTestKey(Algorithm::kEs256);
  settings.assertion_audience = "https://op.example";
  const std::string text = AssertionOf(Write(settings));
  EXPECT_TRUE(
      absl::StrContains(*Base64UrlDecode(SplitCompact(text)->payload),
                        R"("aud":"https://op.example","iat":1700000000)"));
}

TEST(TokenRequestTest, WhatCannotBeSignedIsOurMistake) {
  OutboundSettings settings = Settings(ClientAuthMethod::kPrivateKeyJwt);
  settings.assertion_key = NewTestKey(Algorithm::kEs256);
  settings.client_id = "\xFF";
  FakeRandom random;
  FetchOptions fetch;
  EXPECT_THAT(WriteTokenRequest(settings, kUrl, kNow, &random, &fetch),
              HasReason(Reason::kInternal));
}

}  // namespace
}  // namespace latchkey
