#include "core/jwt/token_verifier.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/secret.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

constexpr absl::string_view kIssuer = "https://issuer.example";
constexpr absl::string_view kHeader = R"({"alg":"ES256","kid":"k1"})";

absl::Time Now() { return absl::FromUnixSeconds(1'700'000'000); }

Expectations Expected() {
  Expectations expected;
  expected.issuers = {std::string(kIssuer)};
  expected.audiences = {"app"};
  return expected;
}

class TokenVerifierTest : public ::testing::Test {
 protected:
  TokenVerifierTest()
      : issuer_(std::string(kIssuer), NewTestKey(Algorithm::kEs256, "k1")),
        keys_(issuer_.Keys()),
        claims_(issuer_.Claims("24601", "app", Now())) {}

  absl::StatusOr<VerifiedToken> Verify(absl::string_view token) const {
    return verifier_.Verify(token, expected_, keys_, now_);
  }
  absl::StatusOr<VerifiedToken> VerifyClaims() const {
    return Verify(issuer_.Token(claims_));
  }
  // WithClaim verifies the usual token with one claim changed.
  absl::StatusOr<VerifiedToken> WithClaim(absl::string_view name,
                                          json::Value value) const {
    json::Value claims = claims_;
    claims.Set(name, std::move(value));
    return Verify(issuer_.Token(claims));
  }
  absl::StatusOr<VerifiedToken> WithHeader(absl::string_view header) const {
    return Verify(SignCompact(header, json::Write(claims_), issuer_.key()));
  }
  void Remove(absl::string_view name) {
    json::Value kept(json::Value::Object{});
    for (const auto& [claim, value] : *claims_.as_object()) {
      if (claim != name) kept.Set(claim, value);
    }
    claims_ = std::move(kept);
  }

  TestIssuer issuer_;
  KeyTable keys_;
  json::Value claims_;
  Expectations expected_ = Expected();
  absl::Time now_ = Now();
  TokenVerifier verifier_;
};

TEST_F(TokenVerifierTest, AcceptsAGoodToken) {
  const auto token = VerifyClaims();
  ASSERT_THAT(token, IsOk());
  EXPECT_EQ(token->key_id(), "k1");
  EXPECT_EQ(token->claims().subject, "24601");
  EXPECT_EQ(token->claims().payload, claims_);
  EXPECT_EQ(token->header().typ, "jwt");
}

TEST_F(TokenVerifierTest, SizeAndShapeComeFirst) {
  EXPECT_THAT(Verify(""), HasReason(Reason::kTokenMalformed));
  EXPECT_THAT(Verify("a.b.c.d.e"), HasReason(Reason::kTokenUnsupported));
  expected_.max_token_bytes = 100;
  EXPECT_THAT(VerifyClaims(), HasReason(Reason::kTokenTooLarge));
}

// jwt-attacks B42, B44.
TEST_F(TokenVerifierTest, KeyComesFromKid) {
  EXPECT_THAT(WithHeader(R"({"alg":"ES256","kid":"k2"})"),
              HasReason(Reason::kTokenKeyUnknown));
  EXPECT_THAT(WithHeader(R"({"alg":"ES256","kid":""})"),
              HasReason(Reason::kTokenKeyUnknown));
  EXPECT_THAT(WithHeader(R"({"alg":"ES256"})"), IsOk());
  expected_.require_kid = true;
  EXPECT_THAT(WithHeader(R"({"alg":"ES256"})"),
              HasReason(Reason::kTokenKeyUnknown));
  EXPECT_THAT(WithHeader(kHeader), IsOk());
}

TEST_F(TokenVerifierTest, WithoutKidTwoKeysAreNoChoice) {
  keys_ = KeyTable({issuer_.key().public_key(),
                    NewTestKey(Algorithm::kEs256, "k2").public_key()});
  EXPECT_THAT(WithHeader(R"({"alg":"ES256"})"),
              HasReason(Reason::kTokenKeyUnknown));
  EXPECT_THAT(WithHeader(kHeader), IsOk());
}

TEST_F(TokenVerifierTest, KeysOfOneKidAreEachTried) {
  keys_ = KeyTable({NewTestKey(Algorithm::kEs256, "k1").public_key(),
                    NewTestKey(Algorithm::kEs384, "k1").public_key(),
                    issuer_.key().public_key()});
  EXPECT_THAT(VerifyClaims(), IsOk());
}

TEST_F(TokenVerifierTest, NoKeysMeansNoToken) {
  keys_ = KeyTable();
  EXPECT_THAT(VerifyClaims(), HasReason(Reason::kTokenKeyUnknown));
}

// jwt-attacks B26, B43: the key decides.
TEST_F(TokenVerifierTest, HeaderDoesNotChooseTheAlgorithm) {
  for (absl::string_view alg :
       {"RS256", "ES384", "HS256", "EdDSA", "PS256", "HS512"}) {
    EXPECT_THAT(
        WithHeader(absl::StrCat(R"({"alg":")", alg, R"(","kid":"k1"})")),
        HasReason(Reason::kTokenAlgorithmMismatch))
        << alg;
    EXPECT_THAT(WithHeader(absl::StrCat(R"({"alg":")", alg, "\"}")),
                HasReason(Reason::kTokenAlgorithmMismatch))
        << alg;
  }
  EXPECT_THAT(WithHeader(R"({"alg":"none","kid":"k1"})"),
              HasReason(Reason::kTokenUnsupported));
}

TEST_F(TokenVerifierTest, ExpectedAlgorithmsNarrow) {
  expected_.algorithms = {Algorithm::kRs256};
  EXPECT_THAT(VerifyClaims(), HasReason(Reason::kTokenAlgorithmMismatch));
  expected_.algorithms = {Algorithm::kRs256, Algorithm::kEs256};
  EXPECT_THAT(VerifyClaims(), IsOk());
}

// jwt-attacks B24, B25: a MAC keyed with what everybody knows of the key.
TEST_F(TokenVerifierTest, PublicKeyIsNoSecret) {
  const SigningKey rsa = NewTestKey(Algorithm::kRs256, "k1");
  keys_ = KeyTable({rsa.public_key()});
  const auto forger = SigningKey::FromSerialized(
      Algorithm::kHs256, "k1", Secret(rsa.public_key().CanonicalJwk()));
  ASSERT_THAT(forger, IsOk());
  for (absl::string_view header :
       {R"({"alg":"HS256","kid":"k1"})", R"({"alg":"HS256"})"}) {
    EXPECT_THAT(Verify(SignCompact(header, json::Write(claims_), *forger)),
                HasReason(Reason::kTokenAlgorithmMismatch));
  }
  EXPECT_THAT(Verify(SignCompact(R"({"alg":"RS256","kid":"k1"})",
                                 json::Write(claims_), *forger)),
              HasReason(Reason::kTokenSignatureInvalid));
}

// jwt-attacks B45-B47: members that carry keys are not read.
TEST_F(TokenVerifierTest, KeysInTheHeaderAreIgnored) {
  const SigningKey attacker = NewTestKey(Algorithm::kEs256, "k1");
  const std::string jwk = attacker.public_key().CanonicalJwk();
  const std::string header = absl::StrCat(
      R"({"alg":"ES256","kid":"k1","jku":"http://127.0.0.1:1/","jwk":)", jwk,
      R"(,"x5u":"http://127.0.0.1:1/","x5c":["AA=="]})");
  EXPECT_THAT(Verify(SignCompact(header, json::Write(claims_), attacker)),
              HasReason(Reason::kTokenSignatureInvalid));
  EXPECT_THAT(WithHeader(header), IsOk());
}

// A token with every claim wrong fails by its signature.
TEST_F(TokenVerifierTest, SignatureBeforeClaims) {
  const SigningKey other = NewTestKey(Algorithm::kEs256, "k1");
  EXPECT_THAT(Verify(SignCompact(kHeader, R"({"exp":1,"iss":"x"})", other)),
              HasReason(Reason::kTokenSignatureInvalid));
  EXPECT_THAT(Verify(SignCompact(kHeader, "not json", other)),
              HasReason(Reason::kTokenSignatureInvalid));
  EXPECT_THAT(Verify(SignCompact(kHeader, "not json", issuer_.key())),
              HasReason(Reason::kTokenMalformed));
}

// jwt-attacks A19: what is signed is the text as received.
TEST_F(TokenVerifierTest, OddSpacingVerifies) {
  EXPECT_THAT(WithHeader("{ \"typ\":\"JWT\" ,\r\n \"kid\":\"k1\", "
                         "\"alg\":\"ES256\"}"),
              IsOk());
}

// jwt-attacks B48, B49.
TEST_F(TokenVerifierTest, TypeIsOneOfTheAccepted) {
  const auto with_type = [this](absl::string_view typ) {
    return Verify(issuer_.Token(claims_, typ));
  };
  EXPECT_THAT(with_type("anything"), IsOk());
  expected_.types = {"at+jwt"};
  EXPECT_THAT(with_type("at+jwt"), IsOk());
  EXPECT_THAT(with_type("application/AT+JWT"), IsOk());
  for (absl::string_view typ : {"JWT", "", "logout+jwt", "secevent+jwt",
                                "dpop+jwt", "at+jwt ", "x/at+jwt"}) {
    EXPECT_THAT(with_type(typ), HasReason(Reason::kTokenTypeMismatch)) << typ;
  }
  expected_.types = {"", "jwt"};
  EXPECT_THAT(with_type(""), IsOk());
  EXPECT_THAT(with_type("JWT"), IsOk());
}

// jwt-attacks C67.
TEST_F(TokenVerifierTest, IssuerIsExact) {
  for (const char* issuer :
       {"https://issuer.example/", "https://ISSUER.example",
        "https://issuer.exampl", "https://issuer.example.evil", ""}) {
    EXPECT_THAT(WithClaim("iss", issuer),
                HasReason(Reason::kTokenIssuerMismatch))
        << issuer;
  }
  EXPECT_THAT(WithClaim("iss", std::string("https://issuer.example\0x", 24)),
              HasReason(Reason::kTokenIssuerMismatch));
  EXPECT_THAT(WithClaim("iss", json::Value::Array{json::Value(kIssuer)}),
              HasReason(Reason::kTokenClaimInvalid));
  Remove("iss");
  EXPECT_THAT(VerifyClaims(), HasReason(Reason::kTokenIssuerMismatch));
  expected_.issuers.clear();
  EXPECT_THAT(VerifyClaims(), IsOk());
}

// jwt-attacks C56, C61: expired at the very second.
TEST_F(TokenVerifierTest, ExpiresAtTheSecondOfExp) {
  now_ = Now() + absl::Minutes(5) - absl::Milliseconds(1);
  EXPECT_THAT(VerifyClaims(), IsOk());
  now_ = Now() + absl::Minutes(5);
  EXPECT_THAT(VerifyClaims(), HasReason(Reason::kTokenExpired));
  expected_.leeway = absl::Seconds(10);
  EXPECT_THAT(VerifyClaims(), IsOk());
  now_ += absl::Seconds(10);
  EXPECT_THAT(VerifyClaims(), HasReason(Reason::kTokenExpired));
  expected_.leeway = absl::InfiniteDuration();
  EXPECT_THAT(VerifyClaims(), IsOk());
  now_ = Now() + absl::Minutes(15);
  EXPECT_THAT(VerifyClaims(), HasReason(Reason::kTokenExpired));
  EXPECT_THAT(WithClaim("exp", 0), HasReason(Reason::kTokenExpired));
}

TEST_F(TokenVerifierTest, ExpirationIsRequiredUnlessAllowed) {
  Remove("exp");
  EXPECT_THAT(VerifyClaims(), HasReason(Reason::kTokenClaimInvalid));
  expected_.allow_missing_expiration = true;
  EXPECT_THAT(VerifyClaims(), IsOk());
  EXPECT_THAT(WithClaim("exp", "1"), HasReason(Reason::kTokenClaimInvalid));
}

// jwt-attacks C61, C63.
TEST_F(TokenVerifierTest, NotYetValidBeforeNbfAndIat) {
  const int64_t now = absl::ToUnixSeconds(Now());
  for (absl::string_view name : {"nbf", "iat"}) {
    EXPECT_THAT(WithClaim(name, now), IsOk());
    EXPECT_THAT(WithClaim(name, now + 1), HasReason(Reason::kTokenNotYetValid));
  }
  expected_.leeway = absl::Seconds(1);
  EXPECT_THAT(WithClaim("nbf", now + 1), IsOk());
  EXPECT_THAT(WithClaim("iat", now + 2), HasReason(Reason::kTokenNotYetValid));
  expected_.leeway = -absl::Hours(1);
  EXPECT_THAT(WithClaim("nbf", now), IsOk());
}

TEST_F(TokenVerifierTest, ExpBeforeIatOrNbfIsNoLife) {
  const int64_t now = absl::ToUnixSeconds(Now());
  expected_.leeway = absl::Minutes(10);
  for (absl::string_view name : {"nbf", "iat"}) {
    claims_ = issuer_.Claims("24601", "app", Now());
    claims_.Set("exp", now);
    EXPECT_THAT(WithClaim(name, now + 1),
                HasReason(Reason::kTokenClaimInvalid));
  }
}

// jwt-attacks C62.
TEST_F(TokenVerifierTest, LifetimeIsBounded) {
  const int64_t now = absl::ToUnixSeconds(Now());
  expected_.max_lifetime = absl::Hours(24);
  EXPECT_THAT(WithClaim("exp", now + 86400), IsOk());
  EXPECT_THAT(WithClaim("exp", now + 86401),
              HasReason(Reason::kTokenLifetimeTooLong));
  EXPECT_THAT(WithClaim("exp", int64_t{253402300799}),
              HasReason(Reason::kTokenLifetimeTooLong));
  Remove("iat");
  EXPECT_THAT(WithClaim("exp", now + 86400), IsOk());
  EXPECT_THAT(WithClaim("exp", now + 86401),
              HasReason(Reason::kTokenLifetimeTooLong));
}

// jwt-attacks C65, C66.
TEST_F(TokenVerifierTest, AudienceIsExact) {
  using Array = json::Value::Array;
  EXPECT_THAT(WithClaim("aud", Array{json::Value("x"), json::Value("app")}),
              IsOk());
  for (const json::Value& aud :
       {json::Value(Array{}), json::Value(""), json::Value("App"),
        json::Value("app/"), json::Value("app "), json::Value("ap"),
        json::Value("app,evil"), json::Value("%61pp")}) {
    EXPECT_THAT(WithClaim("aud", aud),
                HasReason(Reason::kTokenAudienceMismatch));
  }
  EXPECT_THAT(WithClaim("aud", Array{json::Value("app"), json::Value(1)}),
              HasReason(Reason::kTokenClaimInvalid));
  Remove("aud");
  EXPECT_THAT(VerifyClaims(), HasReason(Reason::kTokenAudienceMismatch));
  expected_.audiences.clear();
  EXPECT_THAT(VerifyClaims(), IsOk());
}

TEST_F(TokenVerifierTest, AudiencesMatchAnyOrAll) {
  expected_.audiences = {"app", "other"};
  EXPECT_THAT(VerifyClaims(), IsOk());
  expected_.audience_match = Expectations::AudienceMatch::kAll;
  EXPECT_THAT(VerifyClaims(), HasReason(Reason::kTokenAudienceMismatch));
  EXPECT_THAT(WithClaim("aud", json::Value::Array{json::Value("other"),
                                                  json::Value("app"),
                                                  json::Value("third")}),
              IsOk());
}

// An empty expectation is a mistake in a configuration, not a match.
TEST_F(TokenVerifierTest, EmptyAudienceNeverMatches) {
  expected_.audiences = {""};
  EXPECT_THAT(WithClaim("aud", ""), HasReason(Reason::kTokenAudienceMismatch));
}

TEST_F(TokenVerifierTest, SubjectIsRequiredUnlessNot) {
  Remove("sub");
  EXPECT_THAT(VerifyClaims(), HasReason(Reason::kTokenClaimInvalid));
  expected_.require_subject = false;
  EXPECT_THAT(VerifyClaims(), IsOk());
}

}  // namespace
}  // namespace latchkey
