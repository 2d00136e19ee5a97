#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/crypto/signing_key.h"
#include "core/jwt/jwk.h"
#include "core/provider/provider_registry.h"
#include "core/provider/provider_test_world.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const char kKey1[] = "key-one-0123456789012345678901234567";
const char kKey2[] = "key-two-0123456789012345678901234567";
const char kKey3[] = "key-three-01234567890123456789012345";
const char kJwksUri[] = "https://issuer.example/keys";
const char kIssuer[] = "https://issuer.example";
// exp is half an hour after the world's clock.
const char kClaims[] =
    R"({"sub":"24601","aud":"myapp-abcde","exp":1800001800})";
const char kJeanValjean[] =
    R"({"aud":"myapp-abcde","exp":1800001800,"sub":"24601",)"
    R"("user_data":{"name":"Jean Valjean","aliases":["Monsieur Madeleine",)"
    R"("Ultime Fauchelevent","Urbain Fabre"]}})";

CustomJwtSettings FixedKeys() {
  CustomJwtSettings settings;
  settings.signing_keys.push_back({"one", Secret(kKey1)});
  settings.audience = {"myapp-abcde"};
  settings.algorithms = {Algorithm::kHs256};
  return settings;
}

CustomJwtSettings PublishedKeys() {
  CustomJwtSettings settings;
  settings.key_source =
      KeySourceSpec{kJwksUri, "", absl::ZeroDuration(), false};
  settings.audience = {"myapp-abcde"};
  settings.algorithms = {Algorithm::kEs256};
  return settings;
}

std::string Sign(const SigningKey& key, absl::string_view payload) {
  const std::string header =
      absl::Substitute(R"({"alg":"$0","kid":"$1","typ":"JWT"})",
                       std::string(AlgorithmName(key.algorithm())), key.kid());
  const std::string input =
      absl::StrCat(Base64UrlEncode(header), ".", Base64UrlEncode(payload));
  std::string signature;
  EXPECT_THAT(key.Sign(input, &signature), IsOk());
  return absl::StrCat(input, ".", Base64UrlEncode(signature));
}

std::string Jwks(const SigningKey& key) {
  return WriteJwks(KeyTable(std::vector<PublicKey>{key.public_key()}));
}

class CustomJwtTest : public testing::Test {
 protected:
  void Enable(CustomJwtSettings jwt) {
    auto made = Make(std::move(jwt));
    ASSERT_THAT(made, IsOk());
    registry_ = *std::move(made);
  }
  absl::StatusOr<ProviderRegistry> Make(CustomJwtSettings jwt) {
    ProviderSettings settings;
    settings.name = ProviderName("okta");
    settings.arm = std::move(jwt);
    return world_.Make(std::move(settings));
  }
  Provider* provider() { return registry_.providers().at(0).get(); }
  absl::StatusOr<ProvenIdentity> Login(absl::string_view token) {
    Credential credential;
    credential.arm = CustomJwtCredential{Secret(token)};
    return provider()->Authenticate(credential, world_.ctx());
  }
  std::optional<absl::StatusOr<DirectPrincipal>> Direct(absl::string_view token,
                                                        bool may_wait) {
    return provider()->direct_verifier()->VerifyDirectly(token, world_.ctx(),
                                                         may_wait);
  }
  // The login fails with the one public reason; the log learns `why`.
  void ExpectRejected(absl::string_view token, absl::string_view why) {
    const auto identity = Login(token);
    ASSERT_THAT(identity, HasReason(Reason::kCredentialRejected));
    EXPECT_THAT(std::string(identity.status().message()),
                StartsWith(std::string(why)));
  }

  ProviderTestWorld world_;
  ProviderRegistry registry_;
};

TEST_F(CustomJwtTest, JeanValjean) {
  CustomJwtSettings settings = FixedKeys();
  settings.metadata = {{"user_data.name", "name", false},
                       {"user_data.aliases", "aliases", false}};
  Enable(std::move(settings));
  const auto identity = Login(Hs256Token(kJeanValjean, kKey1));
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->subject, "24601");
  const char expected[] =
      R"({"name":"Jean Valjean","aliases":["Monsieur Madeleine",)"
      R"("Ultime Fauchelevent","Urbain Fabre"]})";
  EXPECT_EQ(identity->data_json, expected);
  EXPECT_EQ(identity->user_data_json, expected);
  EXPECT_EQ(identity->provider.value(), "okta");
  EXPECT_EQ(identity->kind, ProviderKind::kCustomJwt);
  EXPECT_FALSE(identity->owner.has_value());
}

TEST_F(CustomJwtTest, AnyOfThreeKeysWillDo) {
  CustomJwtSettings settings = FixedKeys();
  settings.signing_keys.push_back({"two", Secret(kKey2)});
  Enable(std::move(settings));
  EXPECT_THAT(Login(Hs256Token(kClaims, kKey1)), IsOk());
  EXPECT_THAT(Login(Hs256Token(kClaims, kKey2)), IsOk());
  ExpectRejected(Hs256Token(kClaims, kKey3), "TOKEN_SIGNATURE_INVALID");
}

TEST_F(CustomJwtTest, FixedKeysIgnoreTheKid) {
  Enable(FixedKeys());
  EXPECT_THAT(
      Login(Hs256Token(kClaims, kKey1, R"({"alg":"HS256","kid":"k-9"})")),
      IsOk());
}

TEST_F(CustomJwtTest, RejectionsNameTheirCauseInTheLogOnly) {
  Enable(FixedKeys());
  ExpectRejected("", "TOKEN_MALFORMED");
  ExpectRejected("a.b.c", "TOKEN_MALFORMED");
  ExpectRejected(
      Hs256Token(R"({"sub":"1","aud":"myapp-abcde","exp":1800000000})", kKey1),
      "TOKEN_EXPIRED");
  ExpectRejected(Hs256Token(R"({"sub":"1","aud":"myapp-abcde"})", kKey1),
                 "TOKEN_CLAIM_INVALID");
  ExpectRejected(Hs256Token(R"({"aud":"myapp-abcde","exp":1800001800})", kKey1),
                 "TOKEN_CLAIM_INVALID");
  ExpectRejected(
      Hs256Token(R"({"sub":24601,"aud":"myapp-abcde","exp":1800001800})",
                 kKey1),
      "TOKEN_CLAIM_INVALID");
  ExpectRejected(
      Hs256Token(R"({"sub":"1","aud":"myapp-abcd","exp":1800001800})", kKey1),
      "TOKEN_AUDIENCE_MISMATCH");
  ExpectRejected(Hs256Token(kClaims, kKey1, R"({"alg":"none"})"),
                 "TOKEN_UNSUPPORTED");
  ExpectRejected(
      Hs256Token(kClaims, kKey1, R"({"alg":"HS256","typ":"logout+jwt"})"),
      "TOKEN_TYPE_MISMATCH");
}

TEST_F(CustomJwtTest, LengthLimitIsConfigurableAndNamed) {
  CustomJwtSettings settings = FixedKeys();
  const std::string token = Hs256Token(kClaims, kKey1);
  settings.max_token_bytes = token.size() - 1;
  Enable(std::move(settings));
  const auto refused = Login(token);
  ASSERT_THAT(refused, HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(std::string(refused.status().message()),
              testing::AllOf(StartsWith("TOKEN_TOO_LARGE"),
                             HasSubstr(absl::StrCat(token.size() - 1))));

  CustomJwtSettings enough = FixedKeys();
  enough.max_token_bytes = token.size();
  Enable(std::move(enough));
  EXPECT_THAT(Login(token), IsOk());
}

TEST_F(CustomJwtTest, AllOrAnyAudience) {
  const std::string both =
      Hs256Token(R"({"sub":"1","aud":["a","b","c"],"exp":1800001800})", kKey1);
  const std::string one =
      Hs256Token(R"({"sub":"1","aud":["b"],"exp":1800001800})", kKey1);
  CustomJwtSettings all = FixedKeys();
  all.audience = {"a", "b"};
  Enable(std::move(all));
  EXPECT_THAT(Login(both), IsOk());
  ExpectRejected(one, "TOKEN_AUDIENCE_MISMATCH");

  CustomJwtSettings any = FixedKeys();
  any.audience = {"a", "b"};
  any.require_any_audience = true;
  Enable(std::move(any));
  EXPECT_THAT(Login(both), IsOk());
  EXPECT_THAT(Login(one), IsOk());

  CustomJwtSettings none = FixedKeys();
  none.audience.clear();  // the app's id is expected then
  Enable(std::move(none));
  EXPECT_THAT(Login(Hs256Token(kClaims, kKey1)), IsOk());
  ExpectRejected(one, "TOKEN_AUDIENCE_MISMATCH");
}

TEST_F(CustomJwtTest, RequiredMetadataMustBeThereAndFit) {
  CustomJwtSettings settings = FixedKeys();
  settings.metadata = {{"user_data.rank", "rank", true}};
  settings.max_metadata_value_bytes = 4;
  Enable(std::move(settings));
  const auto missing = Login(Hs256Token(kJeanValjean, kKey1));
  ASSERT_THAT(missing, HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(std::string(missing.status().message()),
              HasSubstr("user_data.rank"));
  const char claims[] = R"({"sub":"1","aud":"myapp-abcde","exp":1800001800,)"
                        R"("user_data":{"rank":"$0"}})";
  EXPECT_THAT(Login(Hs256Token(absl::Substitute(claims, "1234"), kKey1)),
              IsOk());
  ExpectRejected(Hs256Token(absl::Substitute(claims, "12345"), kKey1),
                 "TOKEN_CLAIM_INVALID");
}

TEST_F(CustomJwtTest, KeysOfTheIssuer) {
  const auto key = SigningKey::Generate(Algorithm::kEs256);
  ASSERT_THAT(key, IsOk());
  world_.fetcher.Serve(kJwksUri, Jwks(*key));
  Enable(PublishedKeys());
  EXPECT_THAT(Login(Sign(*key, kClaims)), IsOk());

  const auto other = SigningKey::Generate(Algorithm::kEs256);
  ASSERT_THAT(other, IsOk());
  ExpectRejected(Sign(*other, kClaims), "TOKEN_KEY_UNKNOWN");
  std::string tampered = Sign(*key, kClaims);
  tampered[tampered.size() - 10] =
      tampered[tampered.size() - 10] == 'A' ? 'B' : 'A';
  ExpectRejected(tampered, "TOKEN_SIGNATURE_INVALID");
}

TEST_F(CustomJwtTest, DisallowedAlgorithmCausesNoFetch) {
  const auto key = SigningKey::Generate(Algorithm::kEs256);
  ASSERT_THAT(key, IsOk());
  world_.fetcher.Serve(kJwksUri, Jwks(*key));
  Enable(PublishedKeys());
  ASSERT_THAT(Login(Sign(*key, kClaims)), IsOk());
  const int fetches = world_.fetcher.fetches();
  world_.clock.AdvanceTime(absl::Seconds(31));  // past the cooldown
  ExpectRejected(
      Hs256Token(kClaims, kKey1, R"({"alg":"HS256","kid":"never-seen"})"),
      "TOKEN_ALGORITHM_MISMATCH");
  EXPECT_EQ(world_.fetcher.fetches(), fetches);
}

TEST_F(CustomJwtTest, UnreachableIssuerIsNoVerdict) {
  const auto key = SigningKey::Generate(Algorithm::kEs256);
  ASSERT_THAT(key, IsOk());
  Enable(PublishedKeys());
  EXPECT_THAT(Login(Sign(*key, kClaims)),
              HasReason(Reason::kIssuerUnavailable));
}

TEST_F(CustomJwtTest, DiscoveredIssuerMustBeTheTokens) {
  const auto key = SigningKey::Generate(Algorithm::kEs256);
  ASSERT_THAT(key, IsOk());
  world_.fetcher.Serve(
      absl::StrCat(kIssuer, "/.well-known/openid-configuration"),
      absl::Substitute(R"({"issuer":"$0","jwks_uri":"$1"})", kIssuer,
                       kJwksUri));
  world_.fetcher.Serve(kJwksUri, Jwks(*key));
  CustomJwtSettings settings = PublishedKeys();
  settings.key_source = KeySourceSpec{"", kIssuer, absl::ZeroDuration(), false};
  Enable(std::move(settings));
  const char claims[] =
      R"({"iss":"$0","sub":"1","aud":"myapp-abcde","exp":1800001800})";
  EXPECT_THAT(Login(Sign(*key, absl::Substitute(claims, kIssuer))), IsOk());
  ExpectRejected(
      Sign(*key, absl::Substitute(claims, "https://issuer.example/")),
      "TOKEN_ISSUER_MISMATCH");
  ExpectRejected(Sign(*key, kClaims), "TOKEN_ISSUER_MISMATCH");
}

TEST_F(CustomJwtTest, DirectVerificationGivesThePreciseReason) {
  CustomJwtSettings settings = FixedKeys();
  settings.metadata = {{"name", "name", true}};
  Enable(std::move(settings));
  const auto good =
      Direct(Hs256Token(R"({"iss":"i","sub":"1","aud":["myapp-abcde","b"],)"
                        R"("iat":1799999999,"exp":1800001800,"name":"N"})",
                        kKey1),
             /*may_wait=*/false);
  ASSERT_TRUE(good.has_value());
  ASSERT_THAT(*good, IsOk());
  EXPECT_EQ((*good)->subject, "1");
  EXPECT_EQ((*good)->issuer, "i");
  EXPECT_EQ((*good)->audience, (std::vector<std::string>{"myapp-abcde", "b"}));
  EXPECT_EQ((*good)->issued_at, absl::FromUnixSeconds(1'799'999'999));
  EXPECT_EQ((*good)->expires_at, absl::FromUnixSeconds(1'800'001'800));
  EXPECT_EQ((*good)->user_data_json, R"({"name":"N"})");

  EXPECT_THAT(*Direct(Hs256Token(kClaims, kKey1), false),
              HasReason(Reason::kTokenClaimInvalid));
  EXPECT_THAT(*Direct(Hs256Token(kClaims, kKey2), false),
              HasReason(Reason::kTokenSignatureInvalid));
  EXPECT_THAT(*Direct("x", false), HasReason(Reason::kTokenMalformed));
}

TEST_F(CustomJwtTest, DirectVerificationWaitsOnlyWhenItMay) {
  const auto key = SigningKey::Generate(Algorithm::kEs256);
  ASSERT_THAT(key, IsOk());
  world_.fetcher.Serve(kJwksUri, Jwks(*key));
  Enable(PublishedKeys());
  const std::string token = Sign(*key, kClaims);
  const auto waited = Direct(token, /*may_wait=*/true);
  ASSERT_TRUE(waited.has_value());
  EXPECT_THAT(*waited, IsOk());
  const auto known = Direct(token, /*may_wait=*/false);
  ASSERT_TRUE(known.has_value());
  EXPECT_THAT(*known, IsOk());
  world_.clock.AdvanceTime(absl::Seconds(31));  // past the cooldown
  const auto other = SigningKey::Generate(Algorithm::kEs256);
  ASSERT_THAT(other, IsOk());
  EXPECT_FALSE(Direct(Sign(*other, kClaims), /*may_wait=*/false).has_value());
}

TEST_F(CustomJwtTest, SettingsAreChecked) {
  const Reason bad = Reason::kInvalidRequest;
  EXPECT_THAT(Make(CustomJwtSettings()), HasReason(bad));

  CustomJwtSettings both = FixedKeys();
  both.key_source = PublishedKeys().key_source;
  EXPECT_THAT(Make(std::move(both)), HasReason(bad));

  CustomJwtSettings four = FixedKeys();
  for (int i = 0; i < 3; ++i) {
    four.signing_keys.push_back({"more", Secret(kKey2)});
  }
  EXPECT_THAT(Make(std::move(four)), HasReason(bad));

  for (size_t size : {size_t{31}, size_t{513}}) {
    CustomJwtSettings odd = FixedKeys();
    odd.signing_keys[0].key = Secret(std::string(size, 'k'));
    const auto refused = Make(std::move(odd));
    ASSERT_THAT(refused, HasReason(bad));
    EXPECT_THAT(std::string(refused.status().message()),
                testing::AllOf(HasSubstr("signing key one"),
                               testing::Not(HasSubstr("kkk"))));
  }
  CustomJwtSettings no_pem = FixedKeys();
  no_pem.signing_algorithm = Algorithm::kRs256;
  EXPECT_THAT(Make(std::move(no_pem)), HasReason(bad));

  CustomJwtSettings open_mac = PublishedKeys();
  open_mac.algorithms = {Algorithm::kEs256, Algorithm::kHs256};
  EXPECT_THAT(Make(std::move(open_mac)), HasReason(bad));
}

}  // namespace
}  // namespace latchkey
