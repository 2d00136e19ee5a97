// Federated providers: in `providers`, and in MongoDB's own spelling.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "core/base/clock.h"
#include "core/config/config.h"
#include "core/config/config_test_yaml.h"
#include "core/config/import_oidc.h"
#include "core/crypto/test_certificate.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr char kGood[] =
    "issuer: 'https://id.example.com', audience: api, auth_name_prefix: corp, "
    "client_id: c, authorization_claim: groups";

// A file with these providers: each on a line of its own from line 7 on.
std::string WithProviders(const std::vector<std::string>& oidc) {
  std::string yaml = absl::StrCat(kTop, "apps:\n- id: app\n  providers:\n");
  for (const std::string& fields : oidc) {
    absl::StrAppend(&yaml, "  - oidc: {", fields, "}\n");
  }
  return yaml;
}

// A file with MongoDB's array, which begins at line 6, after one provider.
std::string WithMongoDb(absl::string_view array) {
  return absl::StrCat(
      kTop, "apps:\n- id: app\n  oidc_identity_providers: ", array, "\n");
}

std::vector<ProviderSettings> Load(const std::string& yaml) {
  auto result = ParseConfig(yaml, TestOptions());
  if (auto* problems = std::get_if<std::vector<ConfigProblem>>(&result)) {
    ADD_FAILURE() << FormatProblems("FILE", *problems);
    return std::vector<ProviderSettings>(1);
  }
  return std::move(std::get<Config>(result).apps[0].providers);
}

OidcSettings Read(absl::string_view fields) {
  auto providers = Load(WithProviders({std::string(fields)}));
  return std::get<OidcSettings>(std::move(providers[0].arm));
}

// The good fields with `more`, and without those that `more` begins with.
std::string Good(absl::string_view more = "") {
  return absl::StrCat(kGood, more.empty() ? "" : ", ", more);
}

std::vector<std::string> ProblemsIn(absl::string_view fields) {
  return ProblemsOf(WithProviders({std::string(fields)}));
}

TEST(OidcConfigTest, Defaults) {
  const auto providers = Load(WithProviders({kGood}));
  EXPECT_EQ(providers[0].name.value(), "corp");
  const auto& oidc = std::get<OidcSettings>(providers[0].arm);
  EXPECT_EQ(oidc.issuer, "https://id.example.com");
  EXPECT_EQ(oidc.key_source.issuer, oidc.issuer);
  EXPECT_EQ(oidc.key_source.jwks_uri, "");
  EXPECT_EQ(oidc.key_source.poll, absl::ZeroDuration());
  EXPECT_EQ(oidc.key_source.rsa_default, std::nullopt);
  EXPECT_TRUE(oidc.supports_human_flows);
  EXPECT_EQ(oidc.match_pattern, "");
  EXPECT_EQ(oidc.principal_name, "sub");
  EXPECT_TRUE(oidc.use_authorization_claim);
  EXPECT_THAT(oidc.log_claims, ElementsAre("iss", "sub"));
  EXPECT_TRUE(oidc.cap_session_at_token_expiry);
  EXPECT_THAT(oidc.types, ElementsAre("", "jwt", "at+jwt"));
  EXPECT_THAT(oidc.allowed_tenants, IsEmpty());
  EXPECT_THAT(
      oidc.algorithms,
      ElementsAre(Algorithm::kRs256, Algorithm::kRs384, Algorithm::kRs512,
                  Algorithm::kPs256, Algorithm::kEs256, Algorithm::kEs384));
}

TEST(OidcConfigTest, EverySettingArrives) {
  const OidcSettings oidc = Read(
      "issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0', "
      "audience: a, auth_name_prefix: A-z_9, match_pattern: '@corp$', "
      "client_id: c, request_scopes: ['api://x/y', z], principal_name: oid, "
      "use_authorization_claim: false, log_claims: [iss, oid], "
      "jwks_poll_secs: 90, cap_session_at_token_expiry: false, "
      "require_typ: [application/AT+JWT], algorithms: [EdDSA, PS384], "
      "allowed_tenants: [72F988BF-86f1-41af-91ab-2d7cd011db47]");
  EXPECT_EQ(oidc.auth_name_prefix, "A-z_9");
  EXPECT_EQ(oidc.match_pattern, "@corp$");
  EXPECT_EQ(oidc.client_id, "c");
  EXPECT_THAT(oidc.request_scopes, ElementsAre("api://x/y", "z"));
  EXPECT_EQ(oidc.principal_name, "oid");
  EXPECT_FALSE(oidc.use_authorization_claim);
  EXPECT_THAT(oidc.log_claims, ElementsAre("iss", "oid"));
  EXPECT_EQ(oidc.key_source.poll, absl::Seconds(90));
  EXPECT_EQ(oidc.key_source.rsa_default, Algorithm::kPs384);
  EXPECT_FALSE(oidc.cap_session_at_token_expiry);
  EXPECT_THAT(oidc.types, ElementsAre("at+jwt"));
  EXPECT_THAT(oidc.algorithms,
              ElementsAre(Algorithm::kEdDsa, Algorithm::kPs384));
  EXPECT_THAT(oidc.allowed_tenants,
              ElementsAre("72f988bf-86f1-41af-91ab-2d7cd011db47"));
}

TEST(OidcConfigTest, MongoDbsArrayIsTakenAsItIs) {
  // JSON is YAML: pasted from a mongod.conf or a command line.
  const auto providers = Load(WithMongoDb(R"([ {
    "issuer": "https://dev-1.okta.com/oauth2/default",
    "audience": "api://default", "authNamePrefix": "okta",
    "matchPattern": "@mongodb.com$", "clientId": "0oa1",
    "requestScopes": ["groups"], "principalName": "email",
    "useAuthorizationClaim": true, "authorizationClaim": "groups",
    "logClaims": [], "JWKSPollSecs": 0, "supportsHumanFlows": true
  }, {
    "issuer": "https://dev-1.okta.com/oauth2/default",
    "audience": "api://machines", "authNamePrefix": "okta",
    "matchPattern": "^svc", "principalName": "email",
    "useAuthorizationClaim": false, "supportsHumanFlows": false,
    "JWKSPollSecs": 0
  } ])"));
  ASSERT_EQ(providers.size(), 2u);
  const auto& people = std::get<OidcSettings>(providers[0].arm);
  EXPECT_EQ(people.auth_name_prefix, "okta");
  EXPECT_EQ(people.match_pattern, "@mongodb.com$");
  EXPECT_EQ(people.client_id, "0oa1");
  EXPECT_EQ(people.principal_name, "email");
  EXPECT_EQ(people.authorization_claim, "groups");
  EXPECT_THAT(people.log_claims, IsEmpty());
  // As seldom as the cache allows.
  EXPECT_EQ(people.key_source.poll, absl::InfiniteDuration());
  const auto& machines = std::get<OidcSettings>(providers[1].arm);
  EXPECT_FALSE(machines.supports_human_flows);
  EXPECT_FALSE(machines.use_authorization_claim);
  // Both prove the same people, under one name.
  EXPECT_EQ(providers[0].name.value(), "okta");
  EXPECT_EQ(providers[1].name.value(), "okta");
}

TEST(OidcConfigTest, MongoDbsSpellingIsUsedInItsProblems) {
  EXPECT_THAT(
      ProblemsOf(WithMongoDb("[{audience: a}]")),
      ElementsAre(
          "6 apps[0].oidc_identity_providers[0].issuer: is required",
          "6 apps[0].oidc_identity_providers[0].authNamePrefix: is required",
          "6 apps[0].oidc_identity_providers[0].clientId: is required unless "
          "supportsHumanFlows is false",
          "6 apps[0].oidc_identity_providers[0].authorizationClaim: is "
          "required unless useAuthorizationClaim is false"));
  // One problem for a value of a wrong type.
  EXPECT_THAT(
      ProblemsOf(WithMongoDb(
          "[{issuer: 'https://i.example', audience: a, authNamePrefix: [], "
          "clientId: c, authorizationClaim: g, JWKSPollSecs: -1}]")),
      ElementsAre(
          HasSubstr("authNamePrefix: must be text, is a list"),
          HasSubstr("JWKSPollSecs: must be a whole number, at least 0")));
  EXPECT_THAT(
      ProblemsOf(WithMongoDb("'[]'")),
      ElementsAre(HasSubstr("providers: an app needs a provider"),
                  HasSubstr("oidc_identity_providers: must be a list")));
}

TEST(OidcConfigTest, RefusesOneByOne) {
  struct Row {
    const char* more;  // replaces the field of that name
    const char* path;
    const char* message;
  };
  const std::string place = "7 apps[0].providers[0].oidc";
  for (const Row& row : {
           Row{"issuer: 'http://id.example.com'", "issuer", "must be https"},
           Row{"issuer: x", "issuer", "must be a URL"},
           Row{"issuer: 'https://a.b/?c'", "issuer", "must have no query"},
           Row{"issuer: 'https://dev-1.okta.com'", "issuer",
               "is the organisation's own authorization server"},
           Row{"issuer: 'https://dev-1-admin.okta.com/oauth2/default'",
               "issuer", "is the host of Okta's console"},
           Row{"issuer: 'https://login.microsoftonline.com/common/v2.0'",
               "issuer", "no token is from tenant \"common\""},
           Row{"issuer: 'https://e.example/{tenantid}'", "allowed_tenants",
               "is required"},
           Row{"allowed_tenants: [72f988bf-86f1-41af-91ab-2d7cd011db47]",
               "allowed_tenants", "is for an issuer that holds"},
           Row{"audience: ''", "audience", "is required"},
           Row{"auth_name_prefix: 'a/b'", "auth_name_prefix",
               "must be 1-64 ASCII letters"},
           Row{"auth_name_prefix: ''", "auth_name_prefix", "is required"},
           Row{"client_id: ''", "client_id",
               "is required unless supports_human_flows is false"},
           Row{"authorization_claim: ''", "authorization_claim",
               "is required unless use_authorization_claim is false"},
           Row{"match_pattern: '(a'", "match_pattern",
               "must be a regular expression of RE2: unbalanced parentheses"},
           Row{"request_scopes: ['a b']", "request_scopes[0]", "must be 1-256"},
           Row{"request_scopes: ['']", "request_scopes[0]", "must be 1-256"},
           Row{"log_claims: ['']", "log_claims[0]", "must be 1-256 bytes"},
           Row{"log_no_claims: true, log_claims: [iss]", "log_no_claims",
               "contradicts log_claims"},
           Row{"jwks_poll_secs: 2592001", "jwks_poll_secs",
               "must be from 0 to 2592000"},
           Row{"algorithms: [HS256]", "algorithms[0]", "must be no HS"},
           Row{"algorithms: [RS256, none]", "algorithms[1]", "must be a JWS"},
           Row{"name: 'a b'", "name", "must be 1-64 ASCII letters"},
           Row{"server_ca_file: ca.pem", "server_ca_file",
               "the file cannot be read"},
           Row{"require_typ: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, "
               "q]",
               "require_typ", "at most 16"},
       }) {
    const std::string name(row.more, std::string(row.more).find(':'));
    std::string fields = Good();
    const size_t at = fields.find(name + ":");
    if (at != std::string::npos) {
      const size_t end = fields.find(", ", at);
      fields.replace(at, end - at, row.more);
    } else {
      absl::StrAppend(&fields, ", ", row.more);
    }
    EXPECT_THAT(ProblemsIn(fields),
                ElementsAre(StartsWith(
                    absl::StrCat(place, ".", row.path, ": ", row.message))))
        << fields;
  }
  EXPECT_THAT(
      ProblemsIn(absl::StrReplaceAll(
          Good("allowed_tenants: [x, 72f988bf-86f1-41af-91ab-2d7cd011db47, "
               "72F988BF-86f1-41af-91ab-2d7cd011db47, "
               "9188040d-6c67-4c5b-b112-36a304b66dad]"),
          {{"https://id.example.com", "https://e.example/{tenantid}/v2.0"}})),
      ElementsAre(HasSubstr("[0]: must be a tenant's id"),
                  HasSubstr("[2]: is listed twice"),
                  HasSubstr("[3]: personal accounts")));
}

TEST(OidcConfigTest, AuthoritiesOfOneIssuer) {
  const absl::Time now = Clock::RealClock()->TimeNow();
  const TestAuthority authority("ca", now);
  const TestAuthority old("old", now - absl::Hours(24 * 365 * 50));
  const ConfigOptions options = TestOptions({}, {{"ca.pem", authority.pem()},
                                                 {"old.pem", old.pem()},
                                                 {"x.pem", "nothing"}});
  const auto problems = [&options](const std::string& yaml) {
    return ProblemsOf(yaml, options);
  };
  auto result =
      ParseConfig(WithProviders({Good("server_ca_file: ca.pem")}), options);
  ASSERT_TRUE(std::holds_alternative<Config>(result));
  const auto& read =
      std::get<OidcSettings>(std::get<Config>(result).apps[0].providers[0].arm);
  EXPECT_EQ(read.key_source.ca_pem, authority.pem());
  const std::string place = "7 apps[0].providers[0].oidc.server_ca_file: ";
  EXPECT_THAT(problems(WithProviders({Good("server_ca_file: x.pem")})),
              ElementsAre(StartsWith(
                  absl::StrCat(place, "the file has no certificate"))));
  EXPECT_THAT(problems(WithProviders({Good("server_ca_file: old.pem")})),
              ElementsAre(StartsWith(
                  absl::StrCat(place, "the file has only expired"))));
  // MongoDB's spelling, and one set of keys for the issuer.
  EXPECT_THAT(
      problems(WithMongoDb(R"([
    {"issuer": "https://i.example", "audience": "a", "authNamePrefix": "p",
     "supportsHumanFlows": false, "useAuthorizationClaim": false,
     "serverCAFile": "ca.pem"},
    {"issuer": "https://i.example", "audience": "b", "authNamePrefix": "p",
     "supportsHumanFlows": false, "useAuthorizationClaim": false} ])")),
      ElementsAre(HasSubstr("oidc_identity_providers[1].serverCAFile: must be "
                            "the same as that of")));
}

TEST(OidcConfigTest, TenantsCannotTakeEachOthersNames) {
  const std::string tenants =
      "allowed_tenants: [72f988bf-86f1-41af-91ab-2d7cd011db47, "
      "11111111-2222-4333-8444-555555555555]";
  const auto with = [](const std::string& more) {
    return ProblemsIn(absl::StrReplaceAll(
        Good(more),
        {{"https://id.example.com", "https://e.example/{tenantid}/v2.0"}}));
  };
  EXPECT_THAT(with(tenants), IsEmpty());
  EXPECT_THAT(with(absl::StrCat("principal_name: oid, ", tenants)), IsEmpty());
  for (const char* claim : {"email", "preferred_username", "upn"}) {
    EXPECT_THAT(with(absl::StrCat("principal_name: ", claim, ", ", tenants)),
                ElementsAre(HasSubstr("principal_name: must be \"sub\" or")));
  }
  EXPECT_THAT(with("principal_name: email, allowed_tenants: "
                   "[72f988bf-86f1-41af-91ab-2d7cd011db47]"),
              IsEmpty());
}

TEST(OidcConfigTest, RolesLeaveRoomForABearer) {
  const auto budget = [](const std::string& more) {
    auto result =
        ParseConfig(absl::StrCat(WithProviders({Good()}), more), TestOptions());
    EXPECT_TRUE(std::holds_alternative<Config>(result)) << more;
    const auto* const config = std::get_if<Config>(&result);
    return config == nullptr
               ? 0
               : std::get<OidcSettings>(config->apps[0].providers[0].arm)
                     .max_roles_bytes;
  };
  const size_t preset = budget("");
  // Some hundred groups of Entra, "PREFIX/GUID" each.
  EXPECT_GE(preset, 95u * 45);
  // What everything else of a token and of a call may take was left out.
  EXPECT_LE((preset + 800 + 25) * 4 / 3 + 640 + 512, 8192u);
  EXPECT_EQ(budget("limits: {max_metadata_bytes: 65536}\n"), 10u * 1024);
  EXPECT_EQ(budget("limits: {max_metadata_bytes: 1024}\n"), 0u);
  EXPECT_LT(budget("http: {address: 127.0.0.1:0, limits: {max_header_bytes: "
                   "4096}}\n"),
            preset);
}

TEST(OidcConfigTest, MachinesNeedNoClient) {
  const OidcSettings oidc = Read(
      "issuer: 'https://id.example.com', audience: a, auth_name_prefix: "
      "ci, authorization_claim: g, supports_human_flows: false");
  EXPECT_EQ(oidc.client_id, "");
}

TEST(OidcConfigTest, RulesBetweenEntriesNameThem) {
  const std::string issuer = "issuer: 'https://id.example.com', ";
  const std::string human = "client_id: c, authorization_claim: g";
  const std::string machine =
      "supports_human_flows: false, authorization_claim: g";
  const auto problems = [](const std::vector<std::string>& entries) {
    return ProblemsOf(WithProviders(entries));
  };
  // Two for people: both need a pattern.
  EXPECT_THAT(
      problems({issuer + "audience: a, auth_name_prefix: a, " + human,
                issuer + "audience: b, auth_name_prefix: b, " + human}),
      ElementsAre("7 apps[0].providers[0].oidc.match_pattern: is required: "
                  "apps[0].providers[1].oidc is for people too",
                  "8 apps[0].providers[1].oidc.match_pattern: is required: "
                  "apps[0].providers[0].oidc is for people too"));
  // Machines do not count, wherever they stand.
  EXPECT_THAT(
      problems({issuer + "audience: a, auth_name_prefix: a, " + machine,
                issuer + "audience: b, auth_name_prefix: b, " + human,
                issuer + "audience: c, auth_name_prefix: c, " + machine}),
      IsEmpty());
  // Entries with a pattern come first.
  EXPECT_THAT(
      problems({issuer + "audience: a, auth_name_prefix: a, " + machine,
                issuer +
                    "audience: b, auth_name_prefix: b, match_pattern: x, " +
                    human}),
      ElementsAre("8 apps[0].providers[1].oidc.match_pattern: must come before "
                  "apps[0].providers[0].oidc, which has no match_pattern"));
  // One issuer: other audiences, the same polling.
  EXPECT_THAT(
      problems({issuer + "audience: a, auth_name_prefix: a, " + machine,
                issuer +
                    "audience: a, auth_name_prefix: b, jwks_poll_secs: 0, " +
                    machine}),
      ElementsAre("8 apps[0].providers[1].oidc.audience: must be another one "
                  "than that of apps[0].providers[0].oidc, which has the same "
                  "issuer",
                  "8 apps[0].providers[1].oidc.jwks_poll_secs: must be the "
                  "same as that of apps[0].providers[0].oidc, which has the "
                  "same issuer"));
  // A disabled one is in nobody's way.
  EXPECT_THAT(
      problems({issuer + "audience: a, auth_name_prefix: a, disabled: true, " +
                    machine,
                issuer +
                    "audience: a, auth_name_prefix: b, match_pattern: x, " +
                    human}),
      IsEmpty());
}

TEST(OidcConfigTest, RulesReachAcrossBothLists) {
  EXPECT_THAT(
      ProblemsOf(absl::StrCat(
          WithProviders({Good()}),
          "  oidc_identity_providers: [{issuer: 'https://id.example.com', "
          "audience: api, authNamePrefix: x, clientId: c, matchPattern: x, "
          "authorizationClaim: g}]\n")),
      ElementsAre(
          HasSubstr("providers[0].oidc.match_pattern: is required: "
                    "apps[0].oidc_identity_providers[0] is for people too"),
          "8 apps[0].oidc_identity_providers[0].matchPattern: must come before "
          "apps[0].providers[0].oidc, which has no match_pattern",
          "8 apps[0].oidc_identity_providers[0].audience: must be another one "
          "than that of apps[0].providers[0].oidc, which has the same issuer"));
}

TEST(OidcConfigTest, OnlyAudiencesOfOneIssuerShareAName) {
  const std::string second = absl::StrReplaceAll(
      Good("supports_human_flows: false"), {{"audience: api", "audience: b"}});
  EXPECT_THAT(ProblemsOf(WithProviders({Good(), second})), IsEmpty());
  const std::string other = absl::StrReplaceAll(
      second, {{"https://id.example.com", "https://other.example.com"}});
  const std::string taken =
      "8 apps[0].providers[1].oidc.name: another provider of this app has this "
      "name (auth_name_prefix by default)";
  EXPECT_THAT(ProblemsOf(WithProviders({Good(), other})),
              ElementsAre(StartsWith(taken)));
  EXPECT_THAT(
      ProblemsOf(WithProviders({Good(), absl::StrCat(other, ", name: x")})),
      IsEmpty());
  EXPECT_THAT(ProblemsOf(WithProviders(
                  {Good(), absl::StrCat(second, ", principal_name: mail")})),
              ElementsAre(StartsWith(taken)));
}

TEST(OidcConfigTest, IssuersCanBeRequired) {
  auto result = ParseConfig(
      absl::StrCat(WithProviders({Good()}),
                   "key_sources: {required: ['https://id.example.com']}\n"),
      TestOptions());
  ASSERT_TRUE(std::holds_alternative<Config>(result));
  EXPECT_TRUE(
      std::get<OidcSettings>(std::get<Config>(result).apps[0].providers[0].arm)
          .key_source.required);
}

constexpr char kArray[] = R"([ {
  "issuer": "https://id.example.com", "audience": "api",
  "authNamePrefix": "corp", "clientId": "0oa1", "matchPattern": "\\d${x}",
  "authorizationClaim": "groups", "requestScopes": ["a", "b"],
  "logClaims": [], "JWKSPollSecs": 86400
}, {
  "issuer": "https://other.example.com", "audience": "api",
  "authNamePrefix": "corp", "supportsHumanFlows": false,
  "useAuthorizationClaim": false
} ])";

TEST(ImportOidcTest, GivesProvidersThatLoad) {
  const auto result = ImportOidc(absl::StrReplaceAll(kArray, {{"${x}", "$"}}));
  ASSERT_TRUE(std::holds_alternative<ImportedOidc>(result));
  const ImportedOidc& imported = std::get<ImportedOidc>(result);
  EXPECT_EQ(imported.yaml, R"(providers:
  - oidc:
      issuer: "https://id.example.com"
      audience: "api"
      auth_name_prefix: "corp"
      match_pattern: "\\d$"
      client_id: "0oa1"
      request_scopes: ["a","b"]
      authorization_claim: "groups"
      jwks_poll_secs: 86400
      log_no_claims: true
  - oidc:
      name: "corp-2"
      issuer: "https://other.example.com"
      audience: "api"
      auth_name_prefix: "corp"
      use_authorization_claim: false
      supports_human_flows: false
)");
  EXPECT_EQ(*imported.providers.Find("providers")
                 ->as_array()
                 ->at(1)
                 .Find("oidc")
                 ->Find("name"),
            json::Value("corp-2"));
  const std::string indented =
      absl::StrReplaceAll(imported.yaml, {{"\n", "\n  "}});
  const auto providers =
      Load(absl::StrCat(kTop, "apps:\n- id: app\n  ", indented, "\n"));
  ASSERT_EQ(providers.size(), 2u);
  EXPECT_EQ(std::get<OidcSettings>(providers[0].arm).match_pattern, "\\d$");
}

TEST(ImportOidcTest, FindsTheArrayWhereMongoDbKeepsIt) {
  const std::string array =
      R"([{"issuer":"https://i.example","audience":"a","authNamePrefix":"p",)"
      R"("supportsHumanFlows":false,"useAuthorizationClaim":false}])";
  for (const std::string& text : std::vector<std::string>{
           array, absl::StrCat(R"({"oidcIdentityProviders":)", array, "}"),
           absl::StrCat("net: {port: 1}\nsetParameter:\n  "
                        "oidcIdentityProviders: '",
                        array, "'\n"),
           absl::StrCat("setParameter:\n  oidcIdentityProviders: ", array)}) {
    const auto result = ImportOidc(text);
    ASSERT_TRUE(std::holds_alternative<ImportedOidc>(result)) << text;
    EXPECT_THAT(std::get<ImportedOidc>(result).yaml,
                HasSubstr(R"(auth_name_prefix: "p")"));
  }
}

TEST(ImportOidcTest, NamesEveryMistake) {
  const auto problems = [](absl::string_view text) {
    const auto result = ImportOidc(text);
    const auto* const list = std::get_if<std::vector<ConfigProblem>>(&result);
    return list == nullptr ? "" : FormatProblems("F", *list);
  };
  EXPECT_EQ(
      problems("[\n{\"issuer\": \"https://i.example\",\n\"clientID\": 1}]"),
      "F:2: oidc_identity_providers[0].audience: is required\n"
      "F:2: oidc_identity_providers[0].authNamePrefix: is required\n"
      "F:2: oidc_identity_providers[0].clientId: is required unless "
      "supportsHumanFlows is false\n"
      "F:2: oidc_identity_providers[0].authorizationClaim: is required "
      "unless useAuthorizationClaim is false\n"
      "F:3: oidc_identity_providers[0].clientID: unknown field; did you "
      "mean \"clientId\"?\n");
  for (const char* text : {"{}", "7", "setParameter: {a: b}", "'x'"}) {
    EXPECT_EQ(problems(text),
              "F:1: must be the array oidcIdentityProviders, or hold it, also "
              "inside setParameter\n")
        << text;
  }
  EXPECT_THAT(problems("[{"), StartsWith("F:1: "));
  // What looks like a reference to the environment is none of MongoDB's.
  EXPECT_THAT(problems(kArray), HasSubstr("matchPattern"));
}

}  // namespace
}  // namespace latchkey
