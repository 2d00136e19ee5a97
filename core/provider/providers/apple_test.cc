#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "core/base/reason.h"
#include "core/jwt/compact.h"
#include "core/jwt/key_table.h"
#include "core/jwt/token_verifier.h"
#include "core/provider/social_test_base.h"
#include "core/provider/stand_in.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using testing::HasSubstr;

const char kServices[] = "org.example.web";
const char kBundle[] = "org.example.ios";
const char kTeam[] = "TEAM123456";
const char kKeyId[] = "KEY9876543";
const char kRedirect[] = "https://app.example/apple";
const char kAnn[] = "001234.5e6f7a8b.0910";
const char kAnnsName[] = R"({"name":{"firstName":"Ann","lastName":"Example"},)"
                         R"("email":"forged@example.org"})";
// A key of a test's own, and what belongs to it.
const char kPrivateKey[] = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgj3R6zEQ5RHz00EEf
zqWSSNk9ep2YFYa1z2usWzDs6NGhRANCAATsUD/R46Y7YrhCRyim5HG1Oc6gSeC1
8AapkehgLP9ZicuWCheelJhkGxslZU/FErmGp55dDP372FGbskgF5vk3
-----END PRIVATE KEY-----
)";
const char kPublicKey[] = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7FA/0eOmO2K4QkcopuRxtTnOoEng
tfAGqZHoYCz/WYnLlgoXnpSYZBsbJWVPxRK5hqeeXQz9+9hRm7JIBeb5Nw==
-----END PUBLIC KEY-----
)";

// Apple's side.
class Apple {
 public:
  explicit Apple(SimulatedClock* clock)
      : issuer_("https://appleid.apple.com", Algorithm::kRs256),
        client_key_(std::vector<PublicKey>{
            PublicKey::FromPem(Algorithm::kEs256, kKeyId, kPublicKey).value()}),
        clock_(clock) {}

  const TestIssuer& issuer() const { return issuer_; }

  // An empty redirect URI is a native app's.
  void GiveCode(const std::string& code, const std::string& redirect_uri,
                const std::string& id_token) {
    absl::MutexLock lock(&mu_);
    codes_[code] = {redirect_uri, id_token};
  }

  StandInAnswer operator()(const StandInRequest& request) {
    if (request.path == "/auth/keys") return {200, issuer_.Jwks(), ""};
    if (request.path != "/auth/token") return {404, "", ""};
    absl::MutexLock lock(&mu_);
    auto form = request.form;
    if (request.method != "POST" || !request.query.empty() ||
        request.content_type != "application/x-www-form-urlencoded") {
      return OAuthError(400, "invalid_request");
    }
    if (form["grant_type"] != "authorization_code") {
      return OAuthError(400, "unsupported_grant_type");
    }
    if (form["client_id"] != kServices || !IsOurs(form["client_secret"])) {
      return OAuthError(400, "invalid_client");
    }
    const auto found = codes_.find(form["code"]);
    if (found == codes_.end()) return OAuthError(400, "invalid_grant");
    const Code code = found->second;
    codes_.erase(found);
    const bool native = code.redirect_uri.empty();
    if (form.size() != (native ? 4u : 5u) ||
        (!native && form["redirect_uri"] != code.redirect_uri)) {
      return OAuthError(400, "invalid_grant");
    }
    return {200,
            absl::StrCat(R"({"access_token":"a1","token_type":"Bearer",)",
                         R"("expires_in":3600,"refresh_token":"r1",)",
                         R"("id_token":")", code.id_token, R"("})"),
            ""};
  }

 private:
  struct Code {
    std::string redirect_uri;
    std::string id_token;
  };

  // What Apple asks of a client secret.
  bool IsOurs(absl::string_view client_secret) const {
    Expectations expected;
    expected.issuers = {kTeam};
    expected.audiences = {"https://appleid.apple.com"};
    expected.audience_match = Expectations::AudienceMatch::kAll;
    expected.algorithms = {Algorithm::kEs256};
    expected.max_lifetime = absl::Seconds(15'777'000);
    expected.require_kid = true;
    const auto verified = TokenVerifier().Verify(
        client_secret, expected, client_key_, clock_->TimeNow());
    EXPECT_THAT(verified, IsOk());
    return verified.ok() && verified->header().kid == kKeyId &&
           verified->claims().subject == kServices &&
           verified->claims().audience.size() == 1 &&
           verified->claims().issued_at.has_value();
  }

  const TestIssuer issuer_;
  const KeyTable client_key_;
  SimulatedClock* const clock_;
  absl::Mutex mu_;
  std::map<std::string, Code> codes_ ABSL_GUARDED_BY(mu_);
};

class AppleTest : public SocialTest {
 protected:
  AppleTest()
      : apple_(&world_.base.clock),
        server_([this](const StandInRequest& request) {
          return apple_(request);
        }) {}

  AppleSettings Settings() {
    AppleSettings settings;
    settings.social.client_ids = {kServices, kBundle};
    settings.social.key_source.jwks_uri = server_.Url("/auth/keys");
    settings.social.token_uri = server_.Url("/auth/token");
    settings.social.redirect_uris = {kRedirect, ""};
    settings.social.metadata = {{"name", "", false},
                                {"first_name", "first", false},
                                {"email", "", false}};
    settings.team_id = kTeam;
    settings.key_id = kKeyId;
    settings.private_key = Secret(kPrivateKey);
    return settings;
  }
  json::Value Claims() {
    json::Value claims = apple_.issuer().Claims(kAnn, kServices, world_.now());
    claims.Set("email", "ann@example.org");
    claims.Set("email_verified", "true");
    return claims;
  }
  std::string Token(const json::Value& claims) {
    return apple_.issuer().Token(claims, "");
  }
  absl::StatusOr<ProvenIdentity> LoginByToken(const json::Value& claims,
                                              const std::string& user = "",
                                              const std::string& nonce = "") {
    AppleCredential proof;
    proof.id_token = Secret(Token(claims));
    proof.user_json = user;
    proof.nonce = nonce;
    return Login(std::move(proof));
  }
  absl::StatusOr<ProvenIdentity> LoginByCode(
      const std::string& code, const std::string& redirect_uri = kRedirect) {
    AppleCredential proof;
    proof.auth_code = Secret(code);
    proof.redirect_uri = redirect_uri;
    return Login(std::move(proof));
  }
  // Stores what a login proved, as the login service does.
  void Keep(const ProvenIdentity& identity) {
    UserRecord user;
    user.id = UserId("0123456789abcdef01234567");
    user.app = world_.base.app;
    user.created_at = world_.now();
    user.identities.push_back({identity.provider, identity.kind,
                               identity.subject, identity.data_json,
                               world_.now()});
    ASSERT_THAT(world_.base.store->users()->Insert(user), IsOk());
  }

  Apple apple_;
  StandIn server_;
};

TEST_F(AppleTest, NameComesOnceAndIsKept) {
  AppleSettings settings = Settings();
  settings.social.metadata[0].required = true;
  Enable(std::move(settings));
  // Nobody has told the name yet.
  ExpectRejected(LoginByToken(Claims()), "required name is missing");
  const char all[] =
      R"({"name":"Ann Example","first":"Ann","email":"ann@example.org"})";
  const auto first = LoginByToken(Claims(), kAnnsName);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->subject, kAnn);
  EXPECT_EQ(first->kind, ProviderKind::kApple);
  EXPECT_EQ(first->data_json, all);
  Keep(*first);
  // Apps send empty names later on.
  for (const char* user :
       {"", "{}", R"({"name":{"firstName":"","lastName":null}})",
        R"({"name":null})"}) {
    const auto later = LoginByToken(Claims(), user);
    ASSERT_THAT(later, IsOk()) << user;
    EXPECT_EQ(later->data_json, all) << user;
  }
  // Who begins anew with Apple may give another name; nothing of the old one
  // is mixed into it.
  EXPECT_EQ(
      LoginByToken(Claims(), R"({"name":{"lastName":"Other"}})")->data_json,
      R"({"name":"Other","email":"ann@example.org"})");
  // Somebody else has no name.
  json::Value other = Claims();
  other.Set("sub", "002");
  ExpectRejected(LoginByToken(other), "required name is missing");
}

TEST_F(AppleTest, UserIsBoundedText) {
  Enable(Settings());
  for (const std::string& user :
       {std::string("nonsense"), std::string("[]"),
        std::string(R"({"name":"Ann"})"),
        std::string(R"({"name":{"firstName":7}})"),
        std::string(R"({"name":{"firstName":"a\u0000b"}})"),
        absl::StrCat(R"({"name":{"lastName":")", std::string(256, 'x'),
                     R"("}})"),
        absl::StrCat(R"({"x":")", std::string(2048, 'x'), R"("})")}) {
    const auto identity = LoginByToken(Claims(), user);
    ASSERT_THAT(identity, HasReason(Reason::kInvalidRequest));
    EXPECT_EQ(GetFieldViolations(identity.status()).at(0).field,
              "credential.apple.user");
  }
}

TEST_F(AppleTest, BooleansMayBeText) {
  Enable(Settings());
  const char with_mail[] = R"({"email":"ann@example.org"})";
  for (const auto& [verified, data] :
       std::vector<std::pair<json::Value, std::string>>{{true, with_mail},
                                                        {"true", with_mail},
                                                        {false, "{}"},
                                                        {"false", "{}"},
                                                        {nullptr, "{}"}}) {
    json::Value claims = Claims();
    claims.Set("email_verified", verified);
    EXPECT_EQ(LoginByToken(claims)->data_json, data);
  }
}

TEST_F(AppleTest, NonceUnlessThePlatformHasNone) {
  Enable(Settings());
  json::Value claims = Claims();
  ExpectRejected(LoginByToken(claims, "", "n-1"), "nonce");
  for (const json::Value& supported :
       {json::Value(true), json::Value("true")}) {
    claims.Set("nonce_supported", supported);
    ExpectRejected(LoginByToken(claims, "", "n-1"), "nonce");
  }
  for (const json::Value& supported :
       {json::Value(false), json::Value("false")}) {
    claims.Set("nonce_supported", supported);
    EXPECT_THAT(LoginByToken(claims, "", "n-1"), IsOk());
  }
  // One that is there is compared in any case.
  claims.Set("nonce", "n-2");
  ExpectRejected(LoginByToken(claims, "", "n-1"), "nonce");
  claims.Set("nonce", "n-1");
  EXPECT_THAT(LoginByToken(claims, "", "n-1"), IsOk());
}

TEST_F(AppleTest, TokensOfWebAndNativeApps) {
  Enable(Settings());
  json::Value claims = Claims();
  claims.Set("aud", kBundle);
  EXPECT_THAT(LoginByToken(claims), IsOk());
  claims.Set("aud", "org.example.other");
  ExpectRejected(LoginByToken(claims), "TOKEN_AUDIENCE_MISMATCH");
  claims = Claims();
  claims.Set("iss", "https://appleid.apple.com/");
  ExpectRejected(LoginByToken(claims), "TOKEN_ISSUER_MISMATCH");
}

TEST_F(AppleTest, C71_AudienceAndAuthorizedPartyAreOurs) {
  Enable(Settings());
  RefusesTokensOfOtherClients(
      [this](const json::Value& claims) { return LoginByToken(claims); },
      Claims(), {kServices, kBundle});
  // What comes for a code is judged the same way.
  apple_.GiveCode("c", kRedirect, Token(Changed(Claims(), "azp", "another")));
  ExpectRejected(LoginByCode("c"), "TOKEN_AUDIENCE_MISMATCH");
}

TEST_F(AppleTest, DomainRestrictions) {
  AppleSettings settings = Settings();
  settings.social.domains = {"privaterelay.appleid.com"};
  settings.social.metadata.clear();
  Enable(std::move(settings));
  ExpectRejected(
      LoginByToken(Claims(), R"({"email":"a@privaterelay.appleid.com"})"),
      "domain not allowed");
  json::Value claims = Claims();
  claims.Set("email", "abc@privaterelay.appleid.com");
  claims.Set("is_private_email", "true");
  EXPECT_THAT(LoginByToken(claims), IsOk());
}

TEST_F(AppleTest, CodeIsExchangedWithAClientSecretOfOurs) {
  Enable(Settings());
  apple_.GiveCode("c0de.0", kRedirect, Token(Claims()));
  const auto identity = LoginByCode("c0de.0");
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->subject, kAnn);
  ExpectRejected(LoginByCode("c0de.0"), "invalid_grant");
  apple_.GiveCode("native", "", Token(Claims()));
  EXPECT_THAT(LoginByCode("native", ""), IsOk());
  EXPECT_THAT(LoginByCode("x", "https://other.example/"),
              HasReason(Reason::kInvalidRequest));
  // The names come beside a code, too.
  apple_.GiveCode("named", kRedirect, Token(Claims()));
  AppleCredential proof;
  proof.auth_code = Secret("named");
  proof.redirect_uri = kRedirect;
  proof.user_json = kAnnsName;
  EXPECT_THAT(Login(std::move(proof))->data_json, HasSubstr("Ann Example"));
}

TEST_F(AppleTest, AClientThatAppleDoesNotKnow) {
  AppleSettings settings = Settings();
  settings.social.client_ids = {kBundle};
  Enable(std::move(settings));
  EXPECT_THAT(LoginByCode("code"), HasReason(Reason::kOutboundRejected));
}

TEST_F(AppleTest, WithoutKeyThereAreNoCodes) {
  AppleSettings settings = Settings();
  settings.private_key = Secret();
  Enable(std::move(settings));
  EXPECT_THAT(LoginByCode("code"), HasReason(Reason::kProviderNotEnabled));
  EXPECT_THAT(LoginByToken(Claims()), IsOk());
}

TEST_F(AppleTest, RefusesAKeyThatIsNone) {
  AppleSettings settings = Settings();
  settings.private_key = Secret(kPublicKey);
  EXPECT_THAT(Make(std::move(settings)), HasReason(Reason::kInvalidRequest));
}

}  // namespace
}  // namespace latchkey
