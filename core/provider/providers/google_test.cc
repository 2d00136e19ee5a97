#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/base/work_queue.h"
#include "core/crypto/digest.h"
#include "core/provider/social_test_base.h"
#include "core/provider/stand_in.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using testing::HasSubstr;

const char kClient[] = "web.apps.googleusercontent.com";
const char kAndroid[] = "android.apps.googleusercontent.com";
const char kSecret[] = "GOCSPX-a+b/c&d%e=f";
const char kRedirect[] = "https://app.example/callback?x=1";
const char kAccessToken[] = "ya29.opaque";

// Google's side: codes it gave out, and what it would say of them.
class Google {
 public:
  Google() : issuer_("https://accounts.google.com", Algorithm::kRs256) {}

  const TestIssuer& issuer() const { return issuer_; }

  void GiveCode(const std::string& code, const std::string& redirect_uri,
                const std::string& id_token) {
    absl::MutexLock lock(&mu_);
    codes_[code] = {redirect_uri, id_token};
  }
  // Answer is what every further request gets.
  void Break(StandInAnswer answer) {
    absl::MutexLock lock(&mu_);
    broken_ = std::make_unique<StandInAnswer>(std::move(answer));
  }
  // Hold makes the next request for tokens say `held`, and wait for `go`.
  void Hold(absl::Notification* held, absl::Notification* go) {
    absl::MutexLock lock(&mu_);
    held_ = held;
    go_ = go;
  }

  StandInAnswer operator()(const StandInRequest& request) {
    if (request.path == "/oauth2/v3/certs") return {200, issuer_.Jwks(), ""};
    if (request.path != "/token") return {404, "Not found", ""};
    absl::Notification* held = nullptr;
    absl::Notification* go = nullptr;
    {
      absl::MutexLock lock(&mu_);
      if (broken_ != nullptr) return *broken_;
      std::swap(held, held_);
      std::swap(go, go_);
    }
    if (held != nullptr) {
      held->Notify();
      go->WaitForNotification();
    }
    return Exchange(request);
  }

 private:
  struct Code {
    std::string redirect_uri;
    std::string id_token;
  };

  StandInAnswer Exchange(const StandInRequest& request) {
    absl::MutexLock lock(&mu_);
    auto form = request.form;
    if (request.method != "POST" || !request.query.empty() ||
        request.content_type != "application/x-www-form-urlencoded" ||
        form.size() != 5) {
      return OAuthError(400, "invalid_request");
    }
    if (form["grant_type"] != "authorization_code") {
      return OAuthError(400, "unsupported_grant_type");
    }
    if (form["client_id"] != kClient || form["client_secret"] != kSecret) {
      return OAuthError(401, "invalid_client");
    }
    const auto found = codes_.find(form["code"]);
    if (found == codes_.end()) return OAuthError(400, "invalid_grant");
    const Code code = found->second;
    codes_.erase(found);
    if (form.count("redirect_uri") == 0 ||
        form["redirect_uri"] != code.redirect_uri) {
      return OAuthError(400, "redirect_uri_mismatch");
    }
    return {200,
            absl::StrCat(R"({"access_token":")", kAccessToken,
                         R"(","expires_in":3599,"scope":"openid email",)",
                         R"("token_type":"Bearer","id_token":")", code.id_token,
                         R"("})"),
            ""};
  }

  const TestIssuer issuer_;
  absl::Mutex mu_;
  std::map<std::string, Code> codes_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<StandInAnswer> broken_ ABSL_GUARDED_BY(mu_);
  absl::Notification* held_ ABSL_GUARDED_BY(mu_) = nullptr;
  absl::Notification* go_ ABSL_GUARDED_BY(mu_) = nullptr;
};

class GoogleTest : public SocialTest {
 protected:
  GoogleTest()
      : server_([this](const StandInRequest& request) {
          return google_(request);
        }) {}

  GoogleSettings Settings() {
    GoogleSettings settings;
    settings.social.client_ids = {kClient, kAndroid};
    settings.social.key_source.jwks_uri = server_.Url("/oauth2/v3/certs");
    settings.social.token_uri = server_.Url("/token");
    settings.social.redirect_uris = {kRedirect, ""};
    settings.social.metadata = {{"name", "", false},
                                {"email", "mail", false},
                                {"first_name", "", false},
                                {"picture", "", false}};
    settings.client_secret = Secret(kSecret);
    return settings;
  }
  // A token of Ann's, as Google makes them.
  json::Value Claims() {
    json::Value claims =
        google_.issuer().Claims("110248495921238986420", kClient, world_.now());
    claims.Set("azp", kClient);
    claims.Set("email", "Ann@Example.ORG");
    claims.Set("email_verified", true);
    claims.Set("name", "Ann Example");
    claims.Set("given_name", "Ann");
    claims.Set("family_name", "Example");
    claims.Set("picture", "https://lh3.example/ann");
    return claims;
  }
  std::string Token(const json::Value& claims) {
    return google_.issuer().Token(claims);
  }
  absl::StatusOr<ProvenIdentity> LoginByToken(const std::string& token,
                                              const std::string& nonce = "") {
    GoogleCredential proof;
    proof.id_token = Secret(token);
    proof.nonce = nonce;
    return Login(std::move(proof));
  }
  absl::StatusOr<ProvenIdentity> LoginByCode(
      const std::string& code, const std::string& redirect_uri = kRedirect) {
    GoogleCredential proof;
    proof.auth_code = Secret(code);
    proof.redirect_uri = redirect_uri;
    return Login(std::move(proof));
  }
  json::Value With(const char* name, json::Value value) {
    return Changed(Claims(), name, std::move(value));
  }

  Google google_;
  StandIn server_;
};

TEST_F(GoogleTest, IdTokenOfEitherIssuer) {
  Enable(Settings());
  for (const char* issuer :
       {"https://accounts.google.com", "accounts.google.com"}) {
    const auto identity = LoginByToken(Token(With("iss", issuer)));
    ASSERT_THAT(identity, IsOk()) << issuer;
    EXPECT_EQ(identity->subject, "110248495921238986420");
    EXPECT_EQ(identity->kind, ProviderKind::kGoogle);
    EXPECT_EQ(identity->data_json,
              R"({"name":"Ann Example","mail":"Ann@Example.ORG",)"
              R"("first_name":"Ann","picture":"https://lh3.example/ann"})");
    EXPECT_EQ(identity->user_data_json, identity->data_json);
  }
  for (const char* issuer :
       {"http://accounts.google.com", "https://accounts.google.com/",
        "https://accounts.google.com.evil.example"}) {
    ExpectRejected(LoginByToken(Token(With("iss", issuer))),
                   "TOKEN_ISSUER_MISMATCH");
  }
}

TEST_F(GoogleTest, EmailOnlyWhenVerified) {
  GoogleSettings settings = Settings();
  settings.social.metadata = {{"email", "", false}};
  Enable(std::move(settings));
  EXPECT_EQ(LoginByToken(Token(With("email_verified", "true")))->data_json,
            R"({"email":"Ann@Example.ORG"})");
  for (const json::Value& no :
       {json::Value(false), json::Value("false"), json::Value(1),
        json::Value(nullptr), json::Value("True")}) {
    EXPECT_EQ(LoginByToken(Token(With("email_verified", no)))->data_json, "{}");
  }
}

TEST_F(GoogleTest, ARequiredFieldThatIsMissingKeepsOut) {
  GoogleSettings settings = Settings();
  settings.social.metadata = {{"email", "", true}};
  Enable(std::move(settings));
  EXPECT_THAT(LoginByToken(Token(Claims())), IsOk());
  ExpectRejected(LoginByToken(Token(With("email_verified", false))),
                 "required email is missing");
}

// An Android app's token has its own client as azp, and the server's as aud.
TEST_F(GoogleTest, C71_AudienceAndAuthorizedPartyAreOurs) {
  Enable(Settings());
  RefusesTokensOfOtherClients(
      [this](const json::Value& claims) { return LoginByToken(Token(claims)); },
      Claims(), {kClient, kAndroid});
}

TEST_F(GoogleTest, RefusesOtherTokens) {
  Enable(Settings());
  ExpectRejected(LoginByToken("ya29.a.b"), "TOKEN_MALFORMED");
  ExpectRejected(LoginByToken(std::string(8193, 'x')), "TOKEN_TOO_LARGE");
  ExpectRejected(
      LoginByToken(Token(With("exp", absl::ToUnixSeconds(world_.now())))),
      "TOKEN_EXPIRED");
  ExpectRejected(LoginByToken(google_.issuer().Token(Claims(), "at+jwt")),
                 "TOKEN_TYPE_MISMATCH");
  const TestIssuer other("https://accounts.google.com",
                         NewTestKey(Algorithm::kRs256, "", 1));
  ExpectRejected(LoginByToken(other.Token(Claims())), "TOKEN_KEY_UNKNOWN");
  const TestIssuer forger(
      "https://accounts.google.com",
      NewTestKey(Algorithm::kRs256, google_.issuer().key().kid(), 1));
  ExpectRejected(LoginByToken(forger.Token(Claims())),
                 "TOKEN_SIGNATURE_INVALID");
  ExpectRejected(
      LoginByToken(SignCompact(R"({"alg":"RS256"})", R"({"sub":"1"})",
                               google_.issuer().key())),
      "TOKEN_KEY_UNKNOWN");
}

TEST_F(GoogleTest, NonceWhenOneIsExpected) {
  Enable(Settings());
  EXPECT_THAT(LoginByToken(Token(With("nonce", "n-1")), "n-1"), IsOk());
  EXPECT_THAT(LoginByToken(Token(With("nonce", "n-1"))), IsOk());
  ExpectRejected(LoginByToken(Token(With("nonce", "n-2")), "n-1"), "nonce");
  ExpectRejected(LoginByToken(Token(Claims()), "n-1"), "nonce");
  // What Apple may say means nothing here.
  ExpectRejected(LoginByToken(Token(With("nonce_supported", false)), "n-1"),
                 "nonce");
}

TEST_F(GoogleTest, DomainRestrictions) {
  GoogleSettings settings = Settings();
  settings.social.domains = {"example.org", "workspace.example"};
  Enable(std::move(settings));
  EXPECT_THAT(LoginByToken(Token(Claims())), IsOk());
  for (const char* email :
       {"ann@other.example", "ann@sub.example.org", "ann@notexample.org",
        "ann@example.org@other.example", "@example.org", "example.org"}) {
    ExpectRejected(LoginByToken(Token(With("email", email))),
                   "domain not allowed");
  }
  ExpectRejected(LoginByToken(Token(With("email_verified", false))),
                 "domain not allowed");
  json::Value member = With("email_verified", false);
  member.Set("hd", "Workspace.example");
  EXPECT_THAT(LoginByToken(Token(member)), IsOk());
  member.Set("hd", json::Value(json::Value::Array{"workspace.example"}));
  ExpectRejected(LoginByToken(Token(member)), "domain not allowed");
}

TEST_F(GoogleTest, CodeIsExchangedOnce) {
  Enable(Settings());
  google_.GiveCode("4/0A&b+c", kRedirect, Token(Claims()));
  const auto identity = LoginByCode("4/0A&b+c");
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->subject, "110248495921238986420");
  ExpectRejected(LoginByCode("4/0A&b+c"), "invalid_grant");
}

TEST_F(GoogleTest, CodeOfANativeAppHasAnEmptyRedirectUri) {
  Enable(Settings());
  google_.GiveCode("native", "", Token(Claims()));
  EXPECT_THAT(LoginByCode("native", ""), IsOk());
}

TEST_F(GoogleTest, TheTokenOfACodeIsCheckedLikeAnyOther) {
  Enable(Settings());
  google_.GiveCode("1", kRedirect, Token(With("aud", "other")));
  ExpectRejected(LoginByCode("1"), "TOKEN_AUDIENCE_MISMATCH");
  const std::string hash =
      Base64UrlEncode(AsStringView(Sha256(kAccessToken)).substr(0, 16));
  google_.GiveCode("2", kRedirect, Token(With("at_hash", hash)));
  EXPECT_THAT(LoginByCode("2"), IsOk());
  google_.GiveCode("3", kRedirect, Token(With("at_hash", "AAAAAAAAAAAAAAAA")));
  ExpectRejected(LoginByCode("3"), "at_hash");
  google_.GiveCode("4", kRedirect, "");
  ExpectRejected(LoginByCode("4"), "no ID token");
}

TEST_F(GoogleTest, RedirectUriIsOneOfOurs) {
  GoogleSettings settings = Settings();
  settings.social.redirect_uris = {kRedirect};
  Enable(std::move(settings));
  google_.GiveCode("code", kRedirect, Token(Claims()));
  for (const std::string uri : {"https://app.example/callback?x=1/", "",
                                "https://app.example/callback"}) {
    const auto identity = LoginByCode("code", uri);
    ASSERT_THAT(identity, HasReason(Reason::kInvalidRequest));
    EXPECT_EQ(GetFieldViolations(identity.status()).at(0).field,
              "credential.google.redirect_uri");
  }
  // The code was not used up.
  EXPECT_THAT(LoginByCode("code"), IsOk());
  // One of ours, but not the code's.
  google_.GiveCode("code", "https://other.example/", Token(Claims()));
  ExpectRejected(LoginByCode("code"), "redirect_uri_mismatch");
}

TEST_F(GoogleTest, OurOwnClientBeingRefusedIsNotTheCallersFault) {
  GoogleSettings settings = Settings();
  settings.client_secret = Secret("old");
  Enable(std::move(settings));
  google_.GiveCode("code", kRedirect, Token(Claims()));
  EXPECT_THAT(LoginByCode("code"), HasReason(Reason::kOutboundRejected));
}

TEST_F(GoogleTest, WithoutSecretThereAreNoCodes) {
  GoogleSettings settings = Settings();
  settings.client_secret = Secret();
  Enable(std::move(settings));
  EXPECT_THAT(LoginByCode("code"), HasReason(Reason::kProviderNotEnabled));
  EXPECT_THAT(LoginByToken(Token(Claims())), IsOk());
}

TEST_F(GoogleTest, BrokenAnswersAreNoVerdict) {
  struct Row {
    StandInAnswer answer;
    Reason reason;
  };
  const std::vector<Row> rows = {
      {{503, "down", "Retry-After: 7\r\n"}, Reason::kIssuerUnavailable},
      {{500, "{}", ""}, Reason::kIssuerUnavailable},
      {{302, "", "Location: https://other.example/\r\n"},
       Reason::kIssuerUnavailable},
      {{200, "<html>", ""}, Reason::kIssuerUnavailable},
      {{200, "[]", ""}, Reason::kIssuerUnavailable},
      {{200, std::string(600 * 1024, ' '), ""}, Reason::kIssuerUnavailable},
      {{200, R"({"id_token":"a","id_token":"b"})", ""},
       Reason::kIssuerUnavailable},
      {{204, "", ""}, Reason::kIssuerUnavailable},
      {{429, "", "Retry-After: 9\r\n"}, Reason::kOverloaded},
      {{400, "<html>", ""}, Reason::kCredentialRejected},
      {{400, R"({"error":"unauthorized_client"})", ""},
       Reason::kOutboundRejected},
      {{403, R"({"error":"code-s3cret"})", ""}, Reason::kCredentialRejected},
      {{200, "{}", ""}, Reason::kCredentialRejected},
      {{200, R"({"id_token":7})", ""}, Reason::kCredentialRejected},
  };
  Enable(Settings());
  for (const Row& row : rows) {
    google_.Break(row.answer);
    const auto identity = LoginByCode("code-s3cret");
    EXPECT_THAT(identity, HasReason(row.reason))
        << row.answer.status << row.answer.body.substr(0, 40);
    EXPECT_THAT(std::string(identity.status().message()),
                testing::Not(HasSubstr("s3cret")));
  }
  google_.Break({429, "", "Retry-After: 9\r\n"});
  EXPECT_EQ(GetRetryAfter(LoginByCode("x").status()), absl::Seconds(9));
  google_.Break({429, "", "Retry-After: 999999\r\n"});
  EXPECT_EQ(GetRetryAfter(LoginByCode("x").status()), absl::Minutes(5));
}

TEST_F(GoogleTest, NobodyThereIsNoVerdict) {
  GoogleSettings settings = Settings();
  settings.social.token_uri = "http://127.0.0.1:1/token";
  Enable(std::move(settings));
  EXPECT_THAT(LoginByCode("code"), HasReason(Reason::kIssuerUnavailable));
}

TEST_F(GoogleTest, CallsAtOnceAreBounded) {
  GoogleSettings settings = Settings();
  settings.social.max_concurrency = 1;
  Enable(std::move(settings));
  // The keys first, as the stand-in serves one request at a time.
  ASSERT_THAT(LoginByToken(Token(Claims())), IsOk());
  absl::Notification held;
  absl::Notification go;
  google_.GiveCode("slow", kRedirect, Token(Claims()));
  google_.Hold(&held, &go);
  WorkQueue queue({"lk-test", 1, 1, 0});
  ASSERT_TRUE(
      queue.TrySubmit([this] { EXPECT_THAT(LoginByCode("slow"), IsOk()); }));
  held.WaitForNotification();
  EXPECT_THAT(LoginByCode("second"), HasReason(Reason::kOverloaded));
  // Tokens need no call.
  EXPECT_THAT(LoginByToken(Token(Claims())), IsOk());
  go.Notify();
  EXPECT_TRUE(queue.Drain(absl::Seconds(60)));
  ExpectRejected(LoginByCode("second"), "invalid_grant");
}

TEST_F(GoogleTest, RefusesSettingsThatCannotWork) {
  const auto make = [this](void (*change)(GoogleSettings*)) {
    GoogleSettings google = Settings();
    change(&google);
    return Make(std::move(google));
  };
  const auto invalid = HasReason(Reason::kInvalidRequest);
  EXPECT_THAT(make([](GoogleSettings* g) { g->social.client_ids.clear(); }),
              invalid);
  EXPECT_THAT(make([](GoogleSettings* g) { g->social.issuers.clear(); }),
              invalid);
  EXPECT_THAT(make([](GoogleSettings* g) { g->social.max_concurrency = 0; }),
              invalid);
  EXPECT_EQ(GoogleSettings().social.token_uri,
            "https://oauth2.googleapis.com/token");
}

}  // namespace
}  // namespace latchkey
