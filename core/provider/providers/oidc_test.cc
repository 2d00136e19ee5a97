#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/provider/federated_choice.h"
#include "core/provider/federation.h"
#include "core/provider/provider_registry.h"
#include "core/provider/provider_test_world.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const char kIssuer[] = "https://dev-1.okta.com/oauth2/default";
const char kAudience[] = "api://default";
const char kTenant[] = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const char kOtherTenant[] = "11111111-2222-4333-8444-555555555555";
const char kAnyTenant[] = "https://login.microsoftonline.com/{tenantid}/v2.0";

OidcSettings Okta() {
  OidcSettings settings;
  settings.issuer = kIssuer;
  settings.audience = kAudience;
  settings.auth_name_prefix = "okta";
  settings.key_source.issuer = kIssuer;
  settings.client_id = "0oaclient";
  settings.request_scopes = {"groups"};
  settings.authorization_claim = "groups";
  settings.algorithms = {Algorithm::kRs256, Algorithm::kEs256};
  return settings;
}

std::string logged;

void CaptureLog(const std::string& line) { absl::StrAppend(&logged, line); }

class OidcTest : public testing::Test {
 protected:
  // Publish serves the issuer's discovery document and keys.
  void Publish(const TestIssuer& issuer, absl::string_view discovered_at) {
    const std::string keys = absl::StrCat(discovered_at, "/v1/keys");
    world_.fetcher.Serve(
        absl::StrCat(discovered_at, "/.well-known/openid-configuration"),
        absl::Substitute(R"({"issuer":"$0","jwks_uri":"$1"})", issuer.issuer(),
                         keys));
    world_.fetcher.Serve(keys, issuer.Jwks());
  }
  void Enable(std::vector<OidcSettings> all) {
    std::vector<ProviderSettings> settings;
    for (OidcSettings& oidc : all) {
      settings.emplace_back();
      settings.back().name = ProviderName(oidc.auth_name_prefix);
      settings.back().arm = std::move(oidc);
    }
    auto made = ProviderRegistry::Create(world_.app, settings, world_.deps());
    ASSERT_THAT(made, IsOk());
    registry_ = *std::move(made);
  }
  void EnableOkta(OidcSettings settings = Okta()) {
    Publish(okta_, kIssuer);
    Enable({std::move(settings)});
  }
  // A good token, with members added or replaced; null takes one away.
  std::string Token(absl::string_view changes = "{}",
                    absl::string_view typ = "") {
    return okta_.Token(Claims(okta_, changes), typ);
  }
  json::Value Claims(const TestIssuer& issuer, absl::string_view changes) {
    json::Value claims =
        issuer.Claims("ann@corp.example", kAudience, world_.clock.TimeNow());
    claims.Set("groups", json::Value::Array{"dba", "Everyone"});
    claims.Set("cid", "0oaclient");
    claims.Set("scp", json::Value::Array{"openid", "groups"});
    const json::Value changed = *json::ParseObject(changes);
    for (const auto& [name, value] : *changed.as_object()) {
      if (!value.is_null()) {
        claims.Set(name, value);
        continue;
      }
      auto* members = claims.mutable_object();
      for (auto it = members->begin(); it != members->end(); ++it) {
        if (it->first != name) continue;
        members->erase(it);
        break;
      }
    }
    return claims;
  }
  absl::StatusOr<ProvenIdentity> Login(absl::string_view token,
                                       const char* name = "") {
    Credential credential;
    credential.provider = ProviderName(name);
    credential.arm = OidcCredential{Secret(token)};
    auto provider = registry_.FindFor(credential);
    if (!provider.ok()) return provider.status();
    return (*provider)->Authenticate(credential, world_.ctx());
  }
  void ExpectRejected(absl::string_view token, absl::string_view why) {
    const auto identity = Login(token);
    ASSERT_THAT(identity, HasReason(Reason::kCredentialRejected)) << why;
    EXPECT_THAT(std::string(identity.status().message()),
                HasSubstr(std::string(why)));
  }
  // A token that is good but for what it says of its bearer's groups.
  void ExpectNotAdmitted(absl::string_view token, Reason reason,
                         absl::string_view why) {
    const auto identity = Login(token);
    ASSERT_THAT(identity, HasReason(reason)) << why;
    EXPECT_THAT(std::string(identity.status().message()),
                HasSubstr(std::string(why)));
  }
  std::string ProviderFor(absl::string_view hint) {
    const auto found = FindByHint(registry_.providers(), hint);
    if (!found.ok())
      return std::string(GetReasonInfo(GetReason(found.status())).name);
    return (*found)->name().value();
  }

  ProviderTestWorld world_;
  ProviderRegistry registry_;
  TestIssuer okta_{kIssuer};
};

TEST_F(OidcTest, NamesOfPeopleAndRolesHaveThePrefix) {
  EnableOkta();
  const auto identity = Login(Token());
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->subject, "okta/ann@corp.example");
  EXPECT_THAT(identity->roles, ElementsAre("okta/dba", "okta/Everyone"));
  EXPECT_EQ(identity->provider.value(), "okta");
  EXPECT_EQ(identity->kind, ProviderKind::kOidc);
  EXPECT_EQ(identity->session_not_after,
            world_.clock.TimeNow() + absl::Minutes(5));
  EXPECT_EQ(identity->data_json,
            absl::StrCat(R"({"issuer":")", kIssuer,
                         R"(","client_id":"0oaclient",)"
                         R"("scopes":["openid","groups"]})"));
  EXPECT_EQ(identity->user_data_json, "{}");
}

TEST_F(OidcTest, PrincipalAndGroupsComeFromTheNamedClaims) {
  OidcSettings settings = Okta();
  settings.principal_name = "https://corp.example/mail";
  settings.authorization_claim = "roles";
  settings.cap_session_at_token_expiry = false;
  EnableOkta(std::move(settings));
  const auto identity =
      Login(Token(R"({"https://corp.example/mail":"a@b","roles":"/admins"})"));
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->subject, "okta/a@b");
  EXPECT_THAT(identity->roles, ElementsAre("okta/admins"));
  EXPECT_FALSE(identity->session_not_after.has_value());
  // `sub` stays mandatory.
  ExpectRejected(
      Token(R"({"https://corp.example/mail":"a","roles":"b","sub":null})"),
      "TOKEN_CLAIM_INVALID: sub");
  ExpectRejected(Token(R"({"https://corp.example/mail":7,"roles":"b"})"),
                 "TOKEN_CLAIM_INVALID: claim https://corp.example/mail is not");
  ExpectRejected(Token(R"({"roles":"b"})"),
                 "claim https://corp.example/mail is missing");
}

TEST_F(OidcTest, GroupsThatAreNoneOrWrong) {
  EnableOkta();
  const auto none = Login(Token(R"({"groups":[]})"));
  ASSERT_THAT(none, IsOk());
  EXPECT_THAT(none->roles, IsEmpty());
  // A reason of its own: another token of the same issuer would not help.
  for (const auto& [changes, why] :
       std::vector<std::pair<const char*, const char*>>{
           {R"({"groups":null})", "claim groups is missing"},
           {R"({"groups":{"a":1}})", "neither a text nor a list"},
           {R"({"groups":7})", "neither a text nor a list"},
           {R"({"groups":["a",{}]})", "element that is not a text"},
           {R"({"groups":["a",null]})", "element that is not a text"},
           {R"({"groups":[""]})", "without a printable name"},
           {R"({"groups":null,"_claim_names":{"groups":"src1"}})", "overage"},
           {R"({"groups":null,"hasgroups":"true"})", "overage"}}) {
    ExpectNotAdmitted(Token(changes), Reason::kAuthorizationClaimInvalid, why);
  }
  // Who may not learn it: whose token does not hold otherwise.
  ExpectRejected(Token(R"({"groups":null,"exp":1800000000})"), "TOKEN_EXPIRED");
  ExpectRejected(
      TestIssuer(kIssuer).Token(Claims(okta_, R"({"groups":null})"), ""),
      "TOKEN_KEY_UNKNOWN");
}

TEST_F(OidcTest, RolesFitIntoAnAccessToken) {
  EnableOkta();
  const auto with = [this](size_t count, size_t size) {
    json::Value claims = Claims(okta_, "{}");
    json::Value::Array groups;
    for (size_t i = 0; i < count; ++i) {
      groups.push_back(json::Value(
          absl::StrCat(i, std::string(size - absl::StrCat(i).size(), 'g'))));
    }
    claims.Set("groups", std::move(groups));
    return okta_.Token(claims, "");
  };
  // Entra's most: 200 GUIDs.
  const auto entra = Login(with(200, 36));
  ASSERT_THAT(entra, IsOk());
  EXPECT_EQ(entra->roles.size(), 200u);
  EXPECT_THAT(Login(with(256, 10)), IsOk());
  ExpectNotAdmitted(with(257, 10), Reason::kTooManyRoles, "makes 257 roles");
  ExpectNotAdmitted(with(200, 50), Reason::kTooManyRoles, "of 10240");
  // What the configuration's limits leave: here for two with the prefix, each
  // in quotes, with the comma and the brackets.
  OidcSettings settings = Okta();
  settings.max_roles_bytes = 2 * (5 + 10 + 2) + 1 + 2;
  Enable({settings});
  EXPECT_THAT(Login(with(2, 10)), IsOk());
  ExpectNotAdmitted(with(2, 11), Reason::kTooManyRoles, "of 37");
  settings.max_roles_bytes = 0;
  Enable({settings});
  EXPECT_THAT(Login(with(0, 10)), IsOk());
  ExpectNotAdmitted(with(1, 10), Reason::kTooManyRoles, "makes 1 roles");
}

TEST_F(OidcTest, WithoutAuthorizationClaimGroupsAreIgnored) {
  OidcSettings settings = Okta();
  settings.use_authorization_claim = false;
  EnableOkta(std::move(settings));
  const auto identity = Login(Token(R"({"groups":7})"));
  ASSERT_THAT(identity, IsOk());
  EXPECT_THAT(identity->roles, IsEmpty());
}

TEST_F(OidcTest, AcceptsWhatMongodAcceptsAndAccessTokenTypes) {
  EnableOkta();
  EXPECT_THAT(Login(Token("{}", "JWT")), IsOk());
  EXPECT_THAT(Login(Token("{}", "at+jwt")), IsOk());
  EXPECT_THAT(Login(Token("{}", "application/at+jwt")), IsOk());
  EXPECT_THAT(Login(Token(R"({"aud":["x","api://default"]})")), IsOk());
  // `nbf` and `iat` have a minute's grace, `exp` none.
  EXPECT_THAT(Login(Token(R"({"nbf":1800000060,"iat":1800000060})")), IsOk());
  EXPECT_THAT(Login(Token(R"({"iat":null})")), IsOk());
  ExpectRejected(Token(R"({"nbf":1800000061})"), "TOKEN_NOT_YET_VALID");
  EXPECT_THAT(Login(Token(R"({"exp":1800000001})")), IsOk());
  ExpectRejected(Token(R"({"exp":1800000000})"), "TOKEN_EXPIRED");
  ExpectRejected(Token(R"({"exp":null})"), "TOKEN_CLAIM_INVALID");
}

TEST_F(OidcTest, RefusesOtherTokens) {
  EnableOkta();
  ExpectRejected("", "TOKEN_MALFORMED");
  ExpectRejected("a.b.c", "TOKEN_MALFORMED");
  ExpectRejected(std::string(16 * 1024 + 1, 'a'), "TOKEN_TOO_LARGE: ");
  ExpectRejected(Token(R"({"aud":"api://other"})"), "TOKEN_AUDIENCE_MISMATCH");
  ExpectRejected(Token(R"({"aud":null})"), "TOKEN_AUDIENCE_MISMATCH");
  ExpectRejected(Token(R"({"iss":"https://evil.example"})"),
                 "TOKEN_ISSUER_MISMATCH");
  ExpectRejected(Token(R"({"iss":null})"), "TOKEN_ISSUER_MISMATCH");
  ExpectRejected(Token("{}", "logout+jwt"), "TOKEN_TYPE_MISMATCH");
  ExpectRejected(Token("{}", "dpop+jwt"), "TOKEN_TYPE_MISMATCH");
  ExpectRejected(TestIssuer(kIssuer).Token(Claims(okta_, "{}"), ""),
                 "TOKEN_KEY_UNKNOWN");
  // No kid, though there is just one key.
  ExpectRejected(SignCompact(R"({"alg":"ES256"})",
                             json::Write(Claims(okta_, "{}")), okta_.key()),
                 "TOKEN_KEY_UNKNOWN: no kid");
  std::string tampered = Token();
  char& last = tampered[tampered.size() - 10];
  last = last == 'A' ? 'B' : 'A';
  ExpectRejected(tampered, "TOKEN_SIGNATURE_INVALID");
  Credential other;
  other.arm = GoogleCredential();
  EXPECT_THAT(registry_.providers().at(0)->Authenticate(other, world_.ctx()),
              HasReason(Reason::kInternal));
}

TEST_F(OidcTest, RefusesIdTokens) {
  EnableOkta();
  ExpectRejected(Token(R"({"nonce":"n"})"), "TOKEN_TYPE_MISMATCH: an ID token");
  ExpectRejected(Token(R"({"at_hash":"x"})"), "TOKEN_TYPE_MISMATCH");
  ExpectRejected(Token(R"({"jti":"ID.1"})"), "TOKEN_TYPE_MISMATCH");
  ExpectRejected(Token(R"({"aud":"0oaclient"})"),
                 "TOKEN_AUDIENCE_MISMATCH: aud is the client, as in an ID");

  // The client and the API are one registration (usual with Entra).
  OidcSettings one = Okta();
  one.client_id = one.audience;
  Enable({std::move(one)});
  EXPECT_THAT(Login(Token()), IsOk());
  ExpectRejected(Token(R"({"cid":null,"scp":null})"),
                 "TOKEN_TYPE_MISMATCH: neither a scope nor a client");
  EXPECT_THAT(Login(Token(R"({"cid":null,"scp":null,"idtyp":"app"})")), IsOk());
}

TEST_F(OidcTest, HopelessTokensAskNoIssuer) {
  Publish(okta_, kIssuer);
  Enable({Okta()});
  ASSERT_THAT(Login(Token()), IsOk());
  const int fetches = world_.fetcher.fetches();
  world_.clock.AdvanceTime(absl::Seconds(31));  // past the cooldown
  TestIssuer unknown(kIssuer);
  for (const char* changes : {R"({"iss":"https://other.example"})",
                              R"({"aud":"x"})", R"({"exp":1800000000})"}) {
    EXPECT_THAT(Login(unknown.Token(Claims(unknown, changes), "")),
                HasReason(Reason::kCredentialRejected));
  }
  EXPECT_EQ(world_.fetcher.fetches(), fetches);
  EXPECT_THAT(Login(unknown.Token(Claims(unknown, "{}"), "")),
              HasReason(Reason::kCredentialRejected));
  EXPECT_EQ(world_.fetcher.fetches(), fetches + 1);
}

// A key wants a table after 1,024 good checks (PublicKey::WantsTable): no more
// and no fewer were made than there were logins, and none asked the issuer.
TEST_F(OidcTest, ALoginCostsOneSignatureCheck) {
  EnableOkta();
  const std::string token = Token();
  ASSERT_THAT(Login(token), IsOk());
  const int fetches = world_.fetcher.fetches();
  const auto wants_table = [this] {
    return world_.jwks.Tables().at(0)->keys().at(0).WantsTable();
  };
  for (int login = 2; login <= 1023; ++login) {
    ASSERT_THAT(Login(token), IsOk());
  }
  EXPECT_FALSE(wants_table());
  ASSERT_THAT(Login(token), IsOk());
  EXPECT_TRUE(wants_table());
  EXPECT_EQ(world_.fetcher.fetches(), fetches);
}

TEST_F(OidcTest, AnUnreachableIssuerHarmsNobodyElse) {
  Publish(okta_, kIssuer);
  OidcSettings down = Okta();
  down.issuer = down.key_source.issuer = "https://down.example";
  down.auth_name_prefix = "down";
  Enable({std::move(down), Okta()});
  EXPECT_THAT(Login(Token(R"({"iss":"https://down.example"})")),
              HasReason(Reason::kIssuerUnavailable));
  EXPECT_THAT(Login(Token()), IsOk());
}

TEST_F(OidcTest, TokensChooseAmongSeveral) {
  const TestIssuer other("https://other.example");
  Publish(okta_, kIssuer);
  Publish(other, "https://other.example");
  OidcSettings second = Okta();  // same issuer and prefix, another audience
  second.audience = "api://second";
  OidcSettings third = Okta();
  third.issuer = third.key_source.issuer = other.issuer();
  third.auth_name_prefix = "other";
  third.supports_human_flows = false;
  Enable({Okta(), std::move(second), std::move(third)});
  EXPECT_EQ(Login(Token())->subject, "okta/ann@corp.example");
  // The same person by another audience.
  const auto by_second = Login(Token(R"({"aud":"api://second"})"));
  ASSERT_THAT(by_second, IsOk());
  EXPECT_EQ(by_second->subject, "okta/ann@corp.example");
  EXPECT_EQ(by_second->provider.value(), "okta");
  EXPECT_EQ(Login(other.Token(Claims(other, "{}"), ""))->provider.value(),
            "other");
  // A key of one issuer proves nothing of another's.
  ExpectRejected(
      other.Token(Claims(other, absl::StrCat(R"({"iss":")", kIssuer, R"("})")),
                  ""),
      "TOKEN_KEY_UNKNOWN");
  ExpectRejected(Token(R"({"aud":"api://third"})"),
                 "unsupported issuer or audience");
  ExpectRejected(Token(R"({"iss":"https://dev-1.okta.com"})"),
                 "okta: iss is not the configured issuer: the token is from "
                 "the organisation's own authorization server");
  ExpectRejected("x", "TOKEN_MALFORMED");
  // By name only those of the name are asked.
  EXPECT_THAT(Login(Token(R"({"aud":"api://second"})"), "okta"), IsOk());
  EXPECT_THAT(Login(Token(), "other"), HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(Login(Token(), "nobody"), HasReason(Reason::kProviderNotEnabled));
}

TEST_F(OidcTest, OnlyAudiencesOfOneIssuerShareAName) {
  const auto create = [this](OidcSettings second) {
    std::vector<ProviderSettings> settings(2);
    settings[0].name = settings[1].name = ProviderName("okta");
    settings[0].arm = Okta();
    settings[1].arm = std::move(second);
    return ProviderRegistry::Create(world_.app, settings, world_.deps())
        .status();
  };
  OidcSettings second = Okta();
  second.audience = "api://second";
  EXPECT_THAT(create(second), IsOk());
  OidcSettings by_mail = second;
  by_mail.principal_name = "mail";
  EXPECT_THAT(create(by_mail), HasReason(Reason::kInvalidRequest));
  OidcSettings prefixed = second;
  prefixed.auth_name_prefix = "okta2";
  EXPECT_THAT(create(prefixed), HasReason(Reason::kInvalidRequest));
  second.issuer = second.key_source.issuer = "https://other.example";
  EXPECT_THAT(create(second), HasReason(Reason::kInvalidRequest));
}

TEST_F(OidcTest, HintsChooseAmongThoseForPeople) {
  Publish(okta_, kIssuer);  // before anybody asks for its keys
  OidcSettings machines = Okta();
  machines.auth_name_prefix = "machines";
  machines.supports_human_flows = false;
  OidcSettings corp = Okta();
  corp.auth_name_prefix = "corp";
  corp.match_pattern = "@corp\\.example$";
  OidcSettings guests = Okta();
  guests.auth_name_prefix = "guests";
  guests.match_pattern = "@";

  Enable({machines});
  EXPECT_EQ(ProviderFor(""), "PROVIDER_NOT_ENABLED");
  EXPECT_EQ(ProviderFor("ann@corp.example"), "PROVIDER_NOT_ENABLED");

  // One for people: no hint is needed, and its pattern is not asked then.
  Enable({machines, corp});
  EXPECT_EQ(ProviderFor(""), "corp");
  EXPECT_EQ(ProviderFor("ann@corp.example"), "corp");
  EXPECT_EQ(ProviderFor("ann@elsewhere.example"), "PROVIDER_NOT_ENABLED");

  // Those for people count, wherever they stand among machines.
  Enable({corp, machines, guests});
  EXPECT_EQ(ProviderFor(""), "INVALID_REQUEST");
  EXPECT_EQ(ProviderFor("ann@corp.example"), "corp");
  EXPECT_EQ(ProviderFor("bob@elsewhere.example"), "guests");
  EXPECT_EQ(ProviderFor("nobody"), "PROVIDER_NOT_ENABLED");

  // Advisory: whoever does not match may log in all the same.
  EnableOkta([&] {
    OidcSettings settings = Okta();
    settings.match_pattern = "@nowhere$";
    return settings;
  }());
  EXPECT_THAT(Login(Token()), IsOk());
  OidcSettings plain = Okta();
  Enable({plain});
  EXPECT_EQ(ProviderFor("anybody"), "okta");
  const Invitation* invitation =
      registry_.providers()[0]->federation()->invitation();
  EXPECT_EQ(invitation->issuer, kIssuer);
  EXPECT_EQ(invitation->client_id, "0oaclient");
  EXPECT_THAT(invitation->request_scopes, ElementsAre("groups"));
}

TEST_F(OidcTest, NamedClaimsAreLogged) {
  OidcSettings settings = Okta();
  settings.log_claims = {"iss", "cid", "nested", "absent"};
  EnableOkta(std::move(settings));
  logged.clear();
  SetLogSinkForTest(&CaptureLog);
  const std::string token = Token(R"({"nested":{"a":[1]}})");
  EXPECT_THAT(Login(token), IsOk());
  SetLogSinkForTest(nullptr);
  EXPECT_THAT(logged, HasSubstr(R"("event":"oidc_token_accepted")"));
  EXPECT_THAT(logged, HasSubstr(R"("claim.cid":"0oaclient")"));
  EXPECT_THAT(logged, HasSubstr(R"("claim.nested":"{\"a\":[1]}")"));
  EXPECT_THAT(logged, Not(HasSubstr("claim.absent")));
  EXPECT_THAT(logged, Not(HasSubstr("ann@corp")));
  EXPECT_THAT(logged, Not(HasSubstr(token)));

  settings = Okta();
  settings.log_claims.clear();
  Enable({std::move(settings)});
  logged.clear();
  SetLogSinkForTest(&CaptureLog);
  EXPECT_THAT(Login(Token()), IsOk());
  SetLogSinkForTest(nullptr);
  EXPECT_THAT(logged, Not(HasSubstr("oidc_token_accepted")));
}

// Okta: the organisation's own server and a custom one.
TEST_F(OidcTest, OktasServersAreToldApart) {
  EnableOkta();
  ExpectRejected(Token(R"({"iss":"https://dev-1.okta.com"})"),
                 "the organisation's own authorization server");
  ExpectRejected(Token(R"({"iss":"https://id.corp.example/oauth2/default"})"),
                 "issuer mode");
  // A token of Okta's shape: ver is a number, uid the user, no typ.
  const auto person = Login(Token(
      R"({"ver":1,"jti":"AT.x","uid":"00u1","scp":["openid","groups"]})"));
  EXPECT_THAT(person, IsOk());
  // Of a service: sub is the client.
  const auto service = Login(
      Token(R"({"ver":1,"jti":"AT.y","sub":"0oaservice","cid":"0oaservice",)"
            R"("groups":[],"scp":["api:read"]})"));
  ASSERT_THAT(service, IsOk());
  EXPECT_EQ(service->subject, "okta/0oaservice");
}

// Workloads: what the platforms give to their machines.
TEST_F(OidcTest, TokensOfPlatforms) {
  const auto settings = [](const char* issuer, const char* prefix) {
    OidcSettings machines = Okta();
    machines.issuer = machines.key_source.issuer = issuer;
    machines.auth_name_prefix = prefix;
    machines.supports_human_flows = false;
    machines.use_authorization_claim = false;
    return machines;
  };
  // The metadata server of Google Cloud: an ID token by name, for any audience.
  const TestIssuer google("https://accounts.google.com", Algorithm::kRs256);
  // A projected token of Kubernetes: no client, no scope.
  const TestIssuer cluster("https://kubernetes.default.svc.cluster.local");
  Publish(google, google.issuer());
  Publish(cluster, cluster.issuer());
  Enable({settings("https://accounts.google.com", "gcp"),
          settings("https://kubernetes.default.svc.cluster.local", "k8s")});
  const auto by_google = Login(google.Token(
      Claims(google, R"({"sub":"113","azp":"113","email":"s@p.example",)"
                     R"("email_verified":true,"scp":null,"cid":null})"),
      "JWT"));
  ASSERT_THAT(by_google, IsOk());
  EXPECT_EQ(by_google->subject, "gcp/113");
  const auto by_cluster = Login(cluster.Token(
      Claims(cluster,
             R"({"sub":"system:serviceaccount:jobs:nightly","scp":null,)"
             R"("cid":null,"aud":["api://default"],"nbf":1799999990,)"
             R"("kubernetes.io":{"namespace":"jobs"}})"),
      ""));
  ASSERT_THAT(by_cluster, IsOk());
  EXPECT_EQ(by_cluster->subject, "k8s/system:serviceaccount:jobs:nightly");
  EXPECT_EQ(by_cluster->data_json,
            R"({"issuer":"https://kubernetes.default.svc.cluster.local",)"
            R"("scopes":[]})");
}

OidcSettings Entra(std::vector<std::string> tenants) {
  OidcSettings settings = Okta();
  settings.issuer = settings.key_source.issuer = kAnyTenant;
  settings.allowed_tenants = std::move(tenants);
  settings.auth_name_prefix = "entra";
  return settings;
}

class EntraTest : public OidcTest {
 protected:
  static std::string IssuerOf(const char* tenant) {
    return absl::StrCat("https://login.microsoftonline.com/", tenant, "/v2.0");
  }
  // A person's token of version 2: ver is a text, azp the client, scp words.
  std::string EntraToken(const char* issuer_tenant, const char* tid,
                         const TestIssuer& signer) {
    return signer.Token(
        Claims(signer,
               absl::Substitute(
                   R"({"iss":"$0","tid":"$1","ver":"2.0","azp":"0oaclient",)"
                   R"("cid":null,"scp":"User.Read api","oid":"o-1",)"
                   R"("groups":["d6b3e5a0-0000-4000-8000-000000000001"]})",
                   IssuerOf(issuer_tenant), tid)),
        "JWT");
  }
  TestIssuer entra_{kAnyTenant, Algorithm::kRs256};
};

TEST_F(EntraTest, AllowedTenantsOfTheTemplateLogIn) {
  // The document of all tenants names the issuer with the placeholder.
  Publish(entra_, "https://login.microsoftonline.com/common/v2.0");
  Enable({Entra({kTenant})});
  const auto identity = Login(EntraToken(kTenant, kTenant, entra_));
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->subject, "entra/ann@corp.example");
  EXPECT_THAT(identity->roles,
              ElementsAre("entra/d6b3e5a0-0000-4000-8000-000000000001"));
  EXPECT_EQ(identity->data_json,
            absl::StrCat(R"({"issuer":")", IssuerOf(kTenant),
                         R"(","client_id":"0oaclient",)"
                         R"("scopes":["User.Read","api"]})"));
  ExpectRejected(EntraToken(kOtherTenant, kOtherTenant, entra_),
                 "not among allowed_tenants");
  ExpectRejected(EntraToken(kTenant, kOtherTenant, entra_),
                 "TOKEN_ISSUER_MISMATCH: tid is not the tenant of iss");
  ExpectRejected(EntraToken("{tenantid}", "{tenantid}", entra_),
                 "TOKEN_ISSUER_MISMATCH");
  EXPECT_EQ(registry_.providers()[0]->federation()->invitation()->issuer,
            IssuerOf(kTenant));
  Enable({Entra({kTenant, kOtherTenant})});
  EXPECT_THAT(Login(EntraToken(kOtherTenant, kOtherTenant, entra_)), IsOk());
  EXPECT_EQ(registry_.providers()[0]->federation()->invitation()->issuer,
            "https://login.microsoftonline.com/organizations/v2.0");
}

TEST_F(EntraTest, KeysOfOtherIssuersVerifyNothing) {
  // As Entra publishes them: a key of all tenants, and one of the tenant of
  // personal accounts.
  Publish(entra_, "https://login.microsoftonline.com/common/v2.0");
  const TestIssuer personal(kAnyTenant, NewTestKey(Algorithm::kRs256, "p", 1));
  const auto one_of = [](const TestIssuer& issuer, const std::string& owner) {
    json::Value jwks = *json::ParseObject(issuer.Jwks());
    json::Value jwk = jwks.Find("keys")->as_array()->at(0);
    jwk.Set("issuer", owner);
    return jwk;
  };
  json::Value jwks(json::Value::Object{});
  jwks.Set("keys", json::Value::Array{
                       one_of(entra_, kAnyTenant),
                       one_of(personal, IssuerOf("9188040d-6c67-4c5b-b112-"
                                                 "36a304b66dad"))});
  world_.fetcher.Serve("https://login.microsoftonline.com/common/v2.0/v1/keys",
                       json::Write(jwks));
  Enable({Entra({kTenant})});
  EXPECT_THAT(Login(EntraToken(kTenant, kTenant, entra_)), IsOk());
  ExpectRejected(EntraToken(kTenant, kTenant, personal), "TOKEN_KEY_UNKNOWN");
}

TEST_F(EntraTest, VersionsAreToldApart) {
  OidcSettings settings = Entra({});
  settings.issuer = settings.key_source.issuer = IssuerOf(kTenant);
  const TestIssuer issuer(settings.issuer, Algorithm::kRs256);
  Publish(issuer, settings.issuer);
  Enable({settings});
  const std::string v1 = absl::StrCat("https://sts.windows.net/", kTenant, "/");
  ExpectRejected(issuer.Token(Claims(issuer, absl::StrCat(R"({"iss":")", v1,
                                                          R"(","ver":"1.0"})")),
                              "JWT"),
                 "version 1");
  // Version 1, where it is wanted: the issuer ends in a slash, appid is the
  // client.
  const TestIssuer first(v1, Algorithm::kRs256);
  world_.fetcher.Serve(
      absl::StrCat(v1, ".well-known/openid-configuration"),
      absl::Substitute(R"({"issuer":"$0","jwks_uri":"$0keys"})", v1));
  world_.fetcher.Serve(absl::StrCat(v1, "keys"), first.Jwks());
  settings.issuer = settings.key_source.issuer = v1;
  Enable({settings});
  const auto identity = Login(first.Token(
      Claims(first, R"({"cid":null,"appid":"app-1","ver":"1.0"})"), "JWT"));
  ASSERT_THAT(identity, IsOk());
  EXPECT_THAT(identity->data_json, HasSubstr(R"("client_id":"app-1")"));
}

// An ID token of an API that is a client itself: its audience is the right one,
// though no client of people is configured here.
TEST_F(EntraTest, TokensThatSayNotWhatTheyAreForAreIdTokens) {
  Publish(entra_, "https://login.microsoftonline.com/common/v2.0");
  OidcSettings settings = Entra({kTenant});
  settings.supports_human_flows = false;
  settings.client_id.clear();
  Enable({settings});
  const auto token = [this](const char* more) {
    json::Value claims =
        Claims(entra_, absl::Substitute(R"({"iss":"$0","tid":"$1","scp":null,)"
                                        R"("cid":null,"ver":"2.0"})",
                                        IssuerOf(kTenant), kTenant));
    if (*more != '\0') claims.Set(more, "1");
    return entra_.Token(claims, "JWT");
  };
  ExpectRejected(token(""), "TOKEN_TYPE_MISMATCH: neither a scope nor");
  EXPECT_THAT(Login(token("azpacr")), IsOk());
  EXPECT_THAT(Login(token("appidacr")), IsOk());
}

TEST_F(EntraTest, ApplicationsHaveRolesInsteadOfScopes) {
  Publish(entra_, "https://login.microsoftonline.com/common/v2.0");
  OidcSettings settings = Entra({kTenant});
  settings.supports_human_flows = false;
  settings.authorization_claim = "roles";
  Enable({settings});
  const std::string token = entra_.Token(
      Claims(entra_, absl::Substitute(
                         R"({"iss":"$0","tid":"$1","azp":"a","idtyp":"app",)"
                         R"("groups":null,"scp":null,"roles":["Jobs.Run"]})",
                         IssuerOf(kTenant), kTenant)),
      "JWT");
  const auto identity = Login(token);
  ASSERT_THAT(identity, IsOk());
  EXPECT_THAT(identity->roles, ElementsAre("entra/Jobs.Run"));
}

TEST_F(OidcTest, SettingsAreChecked) {
  const auto make = [this](const OidcSettings& oidc) {
    ProviderSettings settings;
    settings.name = ProviderName("okta");
    settings.arm = oidc;
    return world_.Make(std::move(settings)).status();
  };
  EXPECT_THAT(make(Okta()), IsOk());
  const auto refuses = [&](auto change) {
    OidcSettings settings = Okta();
    change(&settings);
    EXPECT_THAT(make(settings), HasReason(Reason::kInvalidRequest));
  };
  refuses([](OidcSettings* s) { s->issuer.clear(); });
  refuses([](OidcSettings* s) { s->audience.clear(); });
  refuses([](OidcSettings* s) { s->auth_name_prefix.clear(); });
  refuses([](OidcSettings* s) { s->principal_name.clear(); });
  refuses([](OidcSettings* s) { s->authorization_claim.clear(); });
  refuses([](OidcSettings* s) { s->client_id.clear(); });
  refuses([](OidcSettings* s) { s->algorithms.clear(); });
  refuses([](OidcSettings* s) { s->algorithms = {Algorithm::kHs256}; });
  refuses([](OidcSettings* s) { s->match_pattern = "("; });
  refuses([](OidcSettings* s) { s->allowed_tenants = {kTenant}; });
  refuses([](OidcSettings* s) { s->issuer = kAnyTenant; });
}

}  // namespace
}  // namespace latchkey
