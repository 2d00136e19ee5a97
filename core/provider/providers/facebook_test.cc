#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "core/base/reason.h"
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
using testing::Not;

const char kApp[] = "1234567890";
const char kAppSecret[] = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const char kUser[] = "10222333444555666";
const char kToken[] = "EAABsbCS+token/with=odd&characters";

StandInAnswer GraphError(int status, int code) {
  return {status,
          absl::StrCat(R"({"error":{"message":"No.","type":"OAuthException",)",
                       R"("code":)", code, R"(,"fbtrace_id":"A1"}})"),
          ""};
}

// Facebook's side: the Graph API and the keys of Limited Login.
class Graph {
 public:
  Graph() : issuer_("https://limited.facebook.com", Algorithm::kRs256) {
    data.Set("app_id", kApp);
    data.Set("type", "USER");
    data.Set("application", "Example");
    data.Set("is_valid", true);
    data.Set("expires_at", 0);
    data.Set("data_access_expires_at", 0);
    data.Set("user_id", kUser);
    me.Set("id", kUser);
    me.Set("name", "Ann Example");
    me.Set("first_name", "Ann");
    me.Set("email", "ann@example.org");
    me.Set(
        "picture",
        json::ParseObject(R"({"data":{"url":"https://p.example/a"}})").value());
    me.Set("age_range", json::ParseObject(R"({"min":21,"max":25})").value());
  }

  const TestIssuer& issuer() const { return issuer_; }

  StandInAnswer operator()(const StandInRequest& request) {
    if (request.path == "/jwks/") return {200, issuer_.Jwks(), ""};
    absl::MutexLock lock(&mu);
    auto query = request.query;
    if (request.method != "GET" || !request.form.empty()) {
      return GraphError(400, 100);
    }
    if (request.path == "/v23.0/debug_token") return DebugToken(query);
    if (request.path == "/v23.0/me") return Me(query);
    return GraphError(404, 2500);
  }

  absl::Mutex mu;
  json::Value data ABSL_GUARDED_BY(mu){json::Value::Object{}};
  json::Value me ABSL_GUARDED_BY(mu){json::Value::Object{}};
  std::string fields ABSL_GUARDED_BY(mu);  // that /me was asked for
  std::map<std::string, StandInAnswer> broken ABSL_GUARDED_BY(mu);

 private:
  using Query = std::map<std::string, std::string>;

  StandInAnswer DebugToken(Query& query) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    if (broken.count("debug_token") > 0) return broken["debug_token"];
    if (query.size() != 2) return GraphError(400, 100);
    if (query["access_token"] != absl::StrCat(kApp, "|", kAppSecret)) {
      return GraphError(400, 190);
    }
    if (query["input_token"] != kToken) {
      return {200,
              R"({"data":{"is_valid":false,"error":{"code":190},"scopes":[]}})",
              ""};
    }
    return {200, absl::StrCat(R"({"data":)", json::Write(data), "}"), ""};
  }

  StandInAnswer Me(Query& query) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    if (broken.count("me") > 0) return broken["me"];
    if (query.size() != 3) return GraphError(400, 100);
    if (query["access_token"] != kToken) return GraphError(400, 190);
    const std::string proof =
        absl::BytesToHexString(AsStringView(HmacSha256(kAppSecret, kToken)));
    if (query["appsecret_proof"] != proof) return GraphError(400, 100);
    fields = query["fields"];
    // Only what was asked for.
    json::Value answer(json::Value::Object{});
    for (const absl::string_view field : absl::StrSplit(fields, ',')) {
      if (me.Find(field) != nullptr) answer.Set(field, *me.Find(field));
    }
    return {200, json::Write(answer), ""};
  }

  const TestIssuer issuer_;
};

class FacebookTest : public SocialTest {
 protected:
  FacebookTest()
      : server_([this](const StandInRequest& request) {
          return graph_(request);
        }) {}

  FacebookSettings Settings() {
    FacebookSettings settings;
    settings.social.client_ids = {kApp};
    settings.social.key_source.jwks_uri = server_.Url("/jwks/");
    settings.graph = server_.Url("/v23.0");
    settings.social.metadata = {{"name", "", false},
                                {"picture", "", false},
                                {"min_age", "", false},
                                {"max_age", "", false}};
    settings.app_secret = Secret(kAppSecret);
    return settings;
  }
  absl::StatusOr<ProvenIdentity> LoginClassic(
      const std::string& token = kToken) {
    FacebookCredential proof;
    proof.access_token = Secret(token);
    return Login(std::move(proof));
  }
  absl::StatusOr<ProvenIdentity> LoginLimited(const json::Value& claims,
                                              const std::string& nonce = "") {
    FacebookCredential proof;
    proof.id_token = Secret(graph_.issuer().Token(claims));
    proof.nonce = nonce;
    return Login(std::move(proof));
  }
  // Changes what Facebook says of the token.
  void Say(const char* name, json::Value value) {
    absl::MutexLock lock(&graph_.mu);
    graph_.data.Set(name, std::move(value));
  }
  void Break(const std::string& path, StandInAnswer answer) {
    absl::MutexLock lock(&graph_.mu);
    graph_.broken[path] = std::move(answer);
  }

  Graph graph_;
  StandIn server_;
};

TEST_F(FacebookTest, ClassicLogin) {
  Enable(Settings());
  const auto identity = LoginClassic();
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->subject, kUser);
  EXPECT_EQ(identity->kind, ProviderKind::kFacebook);
  EXPECT_EQ(identity->data_json,
            R"({"name":"Ann Example","picture":"https://p.example/a",)"
            R"("min_age":21,"max_age":25})");
  absl::MutexLock lock(&graph_.mu);
  EXPECT_EQ(graph_.fields, "id,name,picture,age_range");
}

TEST_F(FacebookTest, AsksForTheAddressWhereDomainsAreRestricted) {
  FacebookSettings settings = Settings();
  settings.social.metadata.clear();
  settings.social.domains = {"example.org"};
  Enable(std::move(settings));
  const auto identity = LoginClassic();
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->data_json, "{}");
  absl::ReleasableMutexLock lock(&graph_.mu);
  EXPECT_EQ(graph_.fields, "id,email");
  graph_.me.Set("email", "ann@other.example");
  lock.Release();
  ExpectRejected(LoginClassic(), "domain not allowed");
}

TEST_F(FacebookTest, TokensThatFacebookDoesNotVouchFor) {
  Enable(Settings());
  ExpectRejected(LoginClassic("other"), "not valid");
  const int64_t now = absl::ToUnixSeconds(world_.now());
  struct Row {
    const char* name;
    json::Value bad;
    json::Value good;
    const char* why;
  };
  for (const Row& row : {
           Row{"is_valid", false, true, "not valid"},
           Row{"is_valid", "true", true, "not valid"},
           Row{"app_id", "999", kApp, "another app"},
           Row{"app_id", nullptr, kApp, "another app"},
           Row{"type", "PAGE", "USER", "not the token of a user"},
           Row{"type", nullptr, "USER", "not the token of a user"},
           Row{"expires_at", now, now + 1, "expired"},
           Row{"expires_at", nullptr, 0, "expired"},
           Row{"data_access_expires_at", now - 1, now + 1, "expired"},
           Row{"user_id", "", kUser, "no user"},
           Row{"user_id", "../1", kUser, "no user"},
           Row{"user_id", "777", kUser, "not the user of the token"},
       }) {
    Say(row.name, row.bad);
    ExpectRejected(LoginClassic(), row.why);
    Say(row.name, row.good);
    EXPECT_THAT(LoginClassic(), IsOk()) << row.name;
  }
}

TEST_F(FacebookTest, AnswersOfTheGraph) {
  struct Row {
    const char* path;
    StandInAnswer answer;
    Reason reason;
  };
  const std::vector<Row> rows = {
      {"debug_token", GraphError(400, 190), Reason::kOutboundRejected},
      {"debug_token", GraphError(400, 101), Reason::kOutboundRejected},
      {"debug_token", GraphError(400, 100), Reason::kCredentialRejected},
      {"debug_token", GraphError(400, 4), Reason::kOverloaded},
      {"debug_token", GraphError(400, 2), Reason::kIssuerUnavailable},
      {"debug_token", GraphError(500, 1), Reason::kIssuerUnavailable},
      {"debug_token", {200, "{}", ""}, Reason::kIssuerUnavailable},
      {"debug_token", {200, R"({"data":[]})", ""}, Reason::kIssuerUnavailable},
      {"debug_token", {429, "", ""}, Reason::kOverloaded},
      {"me", GraphError(400, 190), Reason::kCredentialRejected},
      {"me", GraphError(403, 613), Reason::kOverloaded},
      {"me", GraphError(400, 1), Reason::kIssuerUnavailable},
      {"me", {200, "{}", ""}, Reason::kCredentialRejected},
      {"me", {503, "", ""}, Reason::kIssuerUnavailable},
  };
  Enable(Settings());
  for (const Row& row : rows) {
    Break(row.path, row.answer);
    const auto identity = LoginClassic();
    EXPECT_THAT(identity, HasReason(row.reason))
        << row.path << row.answer.status << row.answer.body;
    EXPECT_THAT(std::string(identity.status().message()),
                Not(testing::AnyOf(HasSubstr("EAAB"), HasSubstr(kAppSecret))));
    absl::MutexLock lock(&graph_.mu);
    graph_.broken.clear();
  }
  EXPECT_THAT(LoginClassic(), IsOk());
}

TEST_F(FacebookTest, AWrongAppSecretIsNotTheCallersFault) {
  FacebookSettings settings = Settings();
  settings.app_secret = Secret("0123456789abcdef0123456789abcdef");
  Enable(std::move(settings));
  EXPECT_THAT(LoginClassic(), HasReason(Reason::kOutboundRejected));
}

TEST_F(FacebookTest, WithoutSecretThereIsLimitedLoginOnly) {
  FacebookSettings settings = Settings();
  settings.app_secret = Secret();
  Enable(std::move(settings));
  EXPECT_THAT(LoginClassic(), HasReason(Reason::kProviderNotEnabled));
  EXPECT_THAT(LoginLimited(graph_.issuer().Claims(kUser, kApp, world_.now())),
              IsOk());
}

TEST_F(FacebookTest, C71_TokensOfLimitedLoginAreOurs) {
  Enable(Settings());
  RefusesTokensOfOtherClients(
      [this](const json::Value& claims) { return LoginLimited(claims); },
      graph_.issuer().Claims(kUser, kApp, world_.now()), {kApp});
}

TEST_F(FacebookTest, LimitedLogin) {
  FacebookSettings settings = Settings();
  for (const char* path :
       {"first_name", "last_name", "email", "gender", "birthday"}) {
    settings.social.metadata.push_back({path, "", false});
  }
  Enable(std::move(settings));
  json::Value claims = graph_.issuer().Claims(kUser, kApp, world_.now());
  claims.Set("nonce", "n-1");
  claims.Set("name", "Ann Example");
  claims.Set("given_name", "Ann");
  claims.Set("family_name", "Example");
  claims.Set("email", "ann@example.org");
  claims.Set("picture", "https://p.example/l");
  claims.Set("user_gender", "female");
  claims.Set("user_birthday", "01/02/1990");
  claims.Set("user_age_range", json::ParseObject(R"({"min":21})").value());
  const auto identity = LoginLimited(claims, "n-1");
  ASSERT_THAT(identity, IsOk());
  // The same person as by the classic login.
  EXPECT_EQ(identity->subject, kUser);
  EXPECT_EQ(identity->data_json,
            R"({"name":"Ann Example","picture":"https://p.example/l",)"
            R"("min_age":21,"first_name":"Ann","last_name":"Example",)"
            R"("email":"ann@example.org","gender":"female",)"
            R"("birthday":"01/02/1990"})");
  ExpectRejected(LoginLimited(claims, "n-2"), "nonce");
  claims.Set("iss", "https://www.facebook.com");
  EXPECT_THAT(LoginLimited(claims), IsOk());
  claims.Set("iss", "https://graph.facebook.com");
  ExpectRejected(LoginLimited(claims), "TOKEN_ISSUER_MISMATCH");
  claims.Set("iss", "https://limited.facebook.com");
  claims.Set("aud", "999");
  ExpectRejected(LoginLimited(claims), "TOKEN_AUDIENCE_MISMATCH");
}

}  // namespace
}  // namespace latchkey
