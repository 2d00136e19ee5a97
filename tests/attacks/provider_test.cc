// Cases of sections B and C that need a provider: keys of issuers that are
// fetched, and what a login makes of the claims.
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/secret.h"
#include "core/provider/credential.h"
#include "core/provider/provider_registry.h"
#include "core/provider/provider_settings.h"
#include "core/provider/provider_test_world.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;

constexpr char kIssuerA[] = "https://a.example";
constexpr char kIssuerB[] = "https://b.example";
constexpr absl::Duration kCooldown = absl::Seconds(30);

// Two issuers that know nothing of each other, each with a provider "a" or "b"
// of one app.
class JwtAttacks : public ::testing::Test {
 protected:
  JwtAttacks()
      : a_(kIssuerA, NewTestKey(Algorithm::kEs256, "k")),
        b_(kIssuerB, NewTestKey(Algorithm::kEs256, "k")) {
    for (const TestIssuer* issuer : {&a_, &b_}) {
      const std::string keys = absl::StrCat(issuer->issuer(), "/keys");
      world_.fetcher.Serve(
          absl::StrCat(issuer->issuer(), "/.well-known/openid-configuration"),
          absl::StrCat(R"({"issuer":")", issuer->issuer(), R"(","jwks_uri":")",
                       keys, "\"}"));
      world_.fetcher.Serve(keys, issuer->Jwks());
    }
    Enable({});
    // Both have their keys, so that nothing is under way when fetches are
    // counted.
    EXPECT_THAT(Login(0, a_.Token(Claims(a_))), IsOk());
    EXPECT_THAT(Login(1, b_.Token(Claims(b_))), IsOk());
  }

  void Enable(const std::vector<MetadataField>& metadata) {
    std::vector<ProviderSettings> all;
    for (const TestIssuer* issuer : {&a_, &b_}) {
      CustomJwtSettings jwt;
      jwt.key_source =
          KeySourceSpec{"", issuer->issuer(), absl::ZeroDuration(), false};
      jwt.audience = {world_.app.value()};
      jwt.algorithms = {Algorithm::kEs256};
      jwt.metadata = metadata;
      ProviderSettings settings;
      settings.name = ProviderName(issuer == &a_ ? "a" : "b");
      settings.arm = std::move(jwt);
      all.push_back(std::move(settings));
    }
    auto registry = ProviderRegistry::Create(world_.app, all, world_.deps());
    ASSERT_THAT(registry, IsOk());
    registry_ = *std::move(registry);
  }

  json::Value Claims(const TestIssuer& issuer) {
    return issuer.Claims("24601", world_.app.value(), world_.clock.TimeNow());
  }
  absl::StatusOr<ProvenIdentity> Login(size_t provider,
                                       const std::string& token) {
    Credential credential;
    credential.arm = CustomJwtCredential{Secret(token)};
    return registry_.providers().at(provider)->Authenticate(credential,
                                                            world_.ctx());
  }
  // The caller learns one reason; the log has the other.
  void Rejects(size_t provider, const std::string& token,
               const std::string& cause) {
    const auto identity = Login(provider, token);
    ASSERT_THAT(identity, HasReason(Reason::kCredentialRejected));
    EXPECT_THAT(std::string(identity.status().message()), HasSubstr(cause));
  }

  ProviderTestWorld world_;
  TestIssuer a_;
  TestIssuer b_;
  ProviderRegistry registry_;
};

TEST_F(JwtAttacks, B44_FloodOfUnknownKids) {
  const auto with_kid = [this](int i) {
    return SignCompact(absl::StrCat(R"({"alg":"ES256","kid":"x)", i, "\"}"),
                       json::Write(Claims(a_)), a_.key());
  };
  int fetches = world_.fetcher.fetches();
  int kid = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 300; ++i) {
      Rejects(0, with_kid(kid++), "TOKEN_KEY_UNKNOWN");
    }
    EXPECT_LE(world_.fetcher.fetches(), fetches + 1);
    fetches = world_.fetcher.fetches();
    world_.clock.AdvanceTime(kCooldown + absl::Seconds(1));
  }
  EXPECT_THAT(Login(0, a_.Token(Claims(a_))), IsOk());
}

TEST_F(JwtAttacks, B45_UrlsInTheHeaderAreNotFetched) {
  const SigningKey attacker = NewTestKey(Algorithm::kEs256, "k");
  const char url[] = "https://evil.example/keys";
  world_.fetcher.Serve(url, WriteJwks(KeyTable({attacker.public_key()})));
  const int fetches = world_.fetcher.fetches();
  for (absl::string_view place :
       {"https://evil.example/keys", "http://127.0.0.1:8080/keys",
        "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd"}) {
    for (absl::string_view member : {"jku", "x5u"}) {
      const std::string header = absl::StrCat(R"({"alg":"ES256","kid":"k",")",
                                              member, R"(":")", place, "\"}");
      Rejects(0, SignCompact(header, json::Write(Claims(a_)), attacker),
              "TOKEN_SIGNATURE_INVALID");
      EXPECT_THAT(
          Login(0, SignCompact(header, json::Write(Claims(a_)), a_.key())),
          IsOk());
    }
  }
  EXPECT_EQ(world_.fetcher.fetches(), fetches);
}

TEST_F(JwtAttacks, C70_KeysOfOneIssuerAreNeverTriedForAnother) {
  EXPECT_THAT(Login(0, a_.Token(Claims(a_))), IsOk());
  EXPECT_THAT(Login(1, b_.Token(Claims(b_))), IsOk());
  // B says that it is A, under the kid that both use.
  Rejects(0, b_.Token(Claims(a_)), "TOKEN_SIGNATURE_INVALID");
  Rejects(1, b_.Token(Claims(a_)), "TOKEN_ISSUER_MISMATCH");
  // A's token at B, and the reverse.
  Rejects(1, a_.Token(Claims(a_)), "TOKEN_SIGNATURE_INVALID");
  Rejects(0, b_.Token(Claims(b_)), "TOKEN_SIGNATURE_INVALID");
}

// latchkey starts no OpenID Connect login of its own, so that there is no
// nonce, no at_hash and no max_age to compare; an ID token is a credential like
// another, and is accepted for its audience only.
TEST_F(JwtAttacks, C71_IdTokenOfAnotherClient) {
  json::Value claims = Claims(a_);
  claims.Set("aud", "other-client");
  claims.Set("azp", world_.app.value());
  Rejects(0, a_.Token(claims), "TOKEN_AUDIENCE_MISMATCH");
  claims.Set("aud", json::Value::Array{json::Value("other-client")});
  Rejects(0, a_.Token(claims), "TOKEN_AUDIENCE_MISMATCH");
  // Clients are the business of the providers that know them: to custom_jwt
  // `azp` is a claim like any other, and its audience rule alone decides.
  claims.Set("aud", json::Value::Array{json::Value(world_.app.value()),
                                       json::Value("other-client")});
  claims.Set("azp", "other-client");
  EXPECT_THAT(Login(0, a_.Token(claims)), IsOk());
  // Other kinds of token are not taken for one.
  for (const char* typ : {"logout+jwt", "secevent+jwt", "dpop+jwt"}) {
    Rejects(0, a_.Token(Claims(a_), typ), "TOKEN_TYPE_MISMATCH");
  }
  EXPECT_THAT(Login(0, a_.Token(Claims(a_), "")), IsOk());
}

TEST_F(JwtAttacks, C72_EmailIsDataAndNoIdentity) {
  Enable(
      {{"email", "email", false}, {"email_verified", "email_verified", false}});
  for (const json::Value& verified :
       {json::Value("true"), json::Value(1), json::Value("false"),
        json::Value(), json::Value(true)}) {
    json::Value claims = Claims(a_);
    claims.Set("email", "victim@example.com");
    claims.Set("email_verified", verified);
    const auto identity = Login(0, a_.Token(claims));
    ASSERT_THAT(identity, IsOk());
    // Whatever it says: who it is, the issuer's sub says.
    EXPECT_EQ(identity->subject, "24601");
    EXPECT_EQ(identity->provider.value(), "a");
    EXPECT_FALSE(identity->owner.has_value());
    EXPECT_TRUE(identity->roles.empty());
    // And it comes through as it was said, never as true for "true".
    const json::Value data = json::Parse(identity->data_json).value();
    const json::Value* kept = data.Find("email_verified");
    if (verified.is_null()) {
      EXPECT_EQ(kept, nullptr);
      continue;
    }
    ASSERT_NE(kept, nullptr) << json::Write(verified);
    EXPECT_EQ(*kept, verified);
  }
}

}  // namespace
}  // namespace latchkey
