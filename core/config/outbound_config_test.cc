// outbound and outbound_credentials: presets, proofs, callers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/clock.h"
#include "core/config/config.h"
#include "core/config/config_test_yaml.h"
#include "core/crypto/test_certificate.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// Made with: openssl ecparam -name prime256v1 -genkey | openssl pkcs8 -topk8
// -nocrypt
constexpr char kP256[] = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgffqFxJj45ROdidvG
VnP45wWJDt7fF0mQTBpSRFrgL+6hRANCAARVCYY2VEhjiTXFvagk/ZLrmdFG1mpZ
Csfxc+YKJfV2Dx43Whlyph6grGNCycMzq+YGoVyJKtLv7xocFYeUslgy
-----END PRIVATE KEY-----
)";
constexpr char kSecretText[] = "0123456789abcdef0123456789abcdef";

ConfigOptions Options() {
  return TestOptions({{"SECRET", kSecretText}, {"SHORT", "short"}},
                     {{"/run/secret", absl::StrCat(kSecretText, "\n")},
                      {"/run/key.pem", kP256},
                      {"/run/empty", ""}});
}

// A file whose only credential has these fields, in line 5.
std::string With(absl::string_view fields) {
  return absl::StrCat(kTop, kApp, "outbound_credentials: [{name: n, ", fields,
                      "}]\n", R"(secrets:
- {name: s, env: SECRET}
- {name: short, env: SHORT}
- {name: key, file: /run/key.pem}
admin: {keys: [{id: ops, sha256: )",
                      std::string(64, '0'), "}]}\n");
}

Config Load(const std::string& yaml) {
  auto result = ParseConfig(yaml, Options());
  if (auto* problems = std::get_if<std::vector<ConfigProblem>>(&result)) {
    ADD_FAILURE() << FormatProblems("FILE", *problems);
    return Config();
  }
  return std::get<Config>(std::move(result));
}

OutboundSettings Read(absl::string_view fields) {
  Config config = Load(With(fields));
  if (config.outbound_credentials.empty()) return OutboundSettings();
  return std::move(config.outbound_credentials[0]);
}

constexpr absl::string_view kOkta =
    "okta_domain: dev-1.okta.com, client_id: c, client_secret: s, scopes: [a]";

TEST(OutboundConfigTest, TheExampleOfTheDesign) {
  const OutboundSettings settings = Read(
      "okta_domain: dev-1.okta.com, client_id: 0oa1, client_secret_file: "
      "/run/secret, scopes: [reports.read]");
  EXPECT_EQ(settings.name, "n");
  EXPECT_EQ(settings.token_url,
            "https://dev-1.okta.com/oauth2/default/v1/token");
  EXPECT_EQ(settings.client_id, "0oa1");
  EXPECT_EQ(settings.auth_method, ClientAuthMethod::kSecretBasic);
  EXPECT_EQ(settings.client_secret.RevealSecret(), kSecretText);
  EXPECT_THAT(settings.scopes, ElementsAre("reports.read"));
  EXPECT_THAT(settings.allowed_callers, IsEmpty());
}

TEST(OutboundConfigTest, DomainsAsPeoplePasteThem) {
  struct Row {
    const char* domain;
    const char* url;
  };
  for (const Row& row : {
           Row{"HTTPS://Dev-1.Okta.com//", "https://dev-1.okta.com"},
           Row{"login.example.com:8443", "https://login.example.com:8443"},
           Row{"127.0.0.1:80", "https://127.0.0.1:80"},
           Row{"http://127.0.0.1:80", "http://127.0.0.1:80"},
       }) {
    EXPECT_EQ(Read(absl::StrCat("okta_domain: '", row.domain,
                                "', okta_server: aus-1, client_id: c, "
                                "client_secret: s, scopes: [a]"))
                  .token_url,
              absl::StrCat(row.url, "/oauth2/aus-1/v1/token"));
  }
}

TEST(OutboundConfigTest, TheOtherPresets) {
  const OutboundSettings org = Read(
      "preset: okta_org, okta_domain: a.okta.com, client_id: c, private_key: "
      "key, key_id: k1, scopes: [okta.users.read]");
  EXPECT_EQ(org.token_url, "https://a.okta.com/oauth2/v1/token");
  EXPECT_EQ(org.auth_method, ClientAuthMethod::kPrivateKeyJwt);
  EXPECT_EQ(org.assertion_key->algorithm(), Algorithm::kEs256);
  EXPECT_EQ(org.assertion_key->kid(), "k1");

  const OutboundSettings entra = Read(
      "preset: entra, tenant: Contoso.example, client_id: c, client_secret: "
      "s, auth_method: client_secret_post, scopes: ['api://x/.default']");
  EXPECT_EQ(entra.token_url,
            "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/"
            "token");
  EXPECT_EQ(entra.auth_method, ClientAuthMethod::kSecretPost);

  const OutboundSettings generic = Read(
      "issuer: 'https://op.example', client_id: c, client_secret: s, "
      "auth_method: client_secret_jwt, assertion_audience: 'https://a', "
      "parameters: {audience: x, resource: y}");
  EXPECT_EQ(generic.token_url, "");
  EXPECT_EQ(generic.issuer, "https://op.example");
  EXPECT_EQ(generic.assertion_key->algorithm(), Algorithm::kHs256);
  EXPECT_EQ(generic.assertion_key->kid(), "");
  EXPECT_EQ(generic.assertion_audience, "https://a");
  EXPECT_EQ(generic.parameters.size(), 2u);
  EXPECT_EQ(Read("token_url: 'http://localhost:1/t', client_id: c, "
                 "client_secret: s")
                .token_url,
            "http://localhost:1/t");
}

TEST(OutboundConfigTest, CallersBecomeActors) {
  EXPECT_THAT(Read(absl::StrCat(kOkta, ", allowed_callers: ['uid:1000', ops]"))
                  .allowed_callers,
              ElementsAre("unix:uid=1000", "admin-key:ops"));
}

TEST(OutboundConfigTest, TheVersionTellsWhatATokenDependsOn) {
  const std::string version = Read(kOkta).version;
  EXPECT_EQ(version.size(), 32u);
  EXPECT_EQ(version, Read(kOkta).version);
  EXPECT_EQ(version,
            Read(absl::StrCat(kOkta, ", allowed_callers: [ops]")).version);
  for (const absl::string_view other : {
           "okta_domain: dev-2.okta.com, client_id: c, client_secret: s, "
           "scopes: [a]",
           "okta_domain: dev-1.okta.com, client_id: d, client_secret: s, "
           "scopes: [a]",
           "okta_domain: dev-1.okta.com, client_id: c, client_secret: short, "
           "scopes: [a]",
           "okta_domain: dev-1.okta.com, client_id: c, client_secret: s, "
           "scopes: [b]",
           "okta_domain: dev-1.okta.com, client_id: c, client_secret: s, "
           "scopes: [a], parameters: {a: b}",
           "okta_domain: dev-1.okta.com, client_id: c, client_secret: s, "
           "scopes: [a], auth_method: client_secret_post",
       }) {
    EXPECT_NE(version, Read(other).version) << other;
  }
}

TEST(OutboundConfigTest, AReloadTakesCredentialsOver) {
  const Config a = Load(With(kOkta));
  EXPECT_THAT(ChangedOutsideApps(a, Load(absl::StrCat(kTop, kApp))),
              ElementsAre("admin"));
  EXPECT_THAT(ChangedOutsideApps(a, Load(absl::StrCat(With(kOkta),
                                                      "outbound: {max_retries: "
                                                      "1}\n"))),
              ElementsAre("outbound"));
}

TEST(OutboundConfigTest, Bounds) {
  const Config defaults = Load(absl::StrCat(kTop, kApp));
  const OutboundOptions options;
  EXPECT_EQ(defaults.outbound.total_timeout, options.total_timeout);
  EXPECT_EQ(defaults.outbound.max_waiters, options.max_waiters);
  EXPECT_EQ(defaults.outbound.max_pause, options.max_pause);
  EXPECT_EQ(defaults.outbound.prefetch, options.prefetch);
  const Config config = Load(absl::StrCat(kTop, kApp, R"(
outbound: {connect_timeout: 1s, total_timeout: 3s, max_body_bytes: 2048,
  allow_private_addresses: true, fetch_threads: 2, max_waiters: 5,
  max_retries: 0, min_pause: 1m, prefetch: false}
)"));
  EXPECT_FALSE(config.outbound.prefetch);
  EXPECT_EQ(config.outbound.connect_timeout, absl::Seconds(1));
  EXPECT_EQ(config.outbound.Fetch().total_timeout, absl::Seconds(3));
  EXPECT_EQ(config.outbound.Fetch().max_body_bytes, 2048u);
  EXPECT_TRUE(config.outbound.Fetch().allow_private_addresses);
  EXPECT_EQ(config.outbound.fetch_threads, 2);
  EXPECT_EQ(config.outbound.max_waiters, 5u);
  EXPECT_EQ(config.outbound.max_retries, 0);
  EXPECT_EQ(config.outbound.max_pause, absl::Minutes(10));
}

struct Row {
  const char* fields;
  const char* problem;
};

void ExpectOneProblem(const Row& row) {
  EXPECT_THAT(ProblemsOf(With(row.fields), Options()),
              ElementsAre(StartsWith(
                  absl::StrCat("5 outbound_credentials[0]", row.problem))))
      << row.fields;
}

TEST(OutboundConfigTest, RefusedEndpoints) {
  for (const Row& row : {
           Row{"client_id: c, client_secret: s",
               ": exactly one of token_url and issuer must be set"},
           Row{"token_url: 'https://a', issuer: 'https://a', client_id: c, "
               "client_secret: s",
               ": exactly one of token_url and issuer must be set"},
           Row{"token_url: 'http://a.example/t', client_id: c, client_secret: "
               "s",
               ".token_url: "},
           Row{"preset: okta, token_url: 'https://a', client_id: c, "
               "client_secret: s",
               ".preset: must be \"okta_custom_authorization_server\""},
           Row{"preset: okta_org, client_id: c, private_key: key, scopes: [a]",
               ".okta_domain: is required for Okta"},
           Row{"okta_domain: dev-1-admin.okta.com, client_id: c, "
               "client_secret: s, scopes: [a]",
               ".okta_domain: is the host of Okta's console"},
           Row{"okta_domain: 'a.okta.com/oauth2', client_id: c, client_secret: "
               "s, scopes: [a]",
               ".okta_domain: must be HOST or HOST:PORT"},
           Row{"okta_domain: 'x@a.okta.com', client_id: c, client_secret: s, "
               "scopes: [a]",
               ".okta_domain: must be HOST or HOST:PORT"},
           Row{"okta_domain: 'a.okta.com?x', client_id: c, client_secret: s, "
               "scopes: [a]",
               ".okta_domain: must be HOST or HOST:PORT"},
           Row{"okta_domain: 'http://a.okta.com', client_id: c, client_secret: "
               "s, scopes: [a]",
               ".okta_domain: http:// is for loopback only"},
           Row{"okta_domain: a.okta.com, okta_server: a/b, client_id: c, "
               "client_secret: s, scopes: [a]",
               ".okta_server: must be the id of an authorization server"},
           Row{"okta_domain: a.okta.com, tenant: t, client_id: c, "
               "client_secret: s, scopes: [a]",
               ".tenant: is for the preset entra"},
           Row{"preset: okta_org, okta_server: default, okta_domain: "
               "a.okta.com, client_id: c, private_key: key, scopes: [a]",
               ".okta_server: is for the preset "
               "okta_custom_authorization_server"},
           Row{"preset: entra, client_id: c, client_secret: s, scopes: "
               "[a/.default]",
               ".tenant: is required for Entra"},
           Row{"preset: entra, tenant: common, client_id: c, client_secret: s, "
               "scopes: [a/.default]",
               ".tenant: a grant without a user needs one tenant"},
           Row{"preset: entra, tenant: a/b, client_id: c, client_secret: s, "
               "scopes: [a/.default]",
               ".tenant: must be a tenant's id"},
       }) {
    ExpectOneProblem(row);
  }
}

TEST(OutboundConfigTest, RefusedProofs) {
#define URL "token_url: 'https://a', client_id: c, "
  for (const Row& row : {
           Row{"token_url: 'https://a', client_secret: s",
               ".client_id: is required"},
           Row{URL "auth_method: x, client_secret: s",
               ".auth_method: must be \"client_secret_basic\""},
           Row{URL "auth_method: client_secret_post",
               ".client_secret: is required"},
           Row{URL "client_secret: s, client_secret_file: /run/secret",
               ".client_secret: is given twice"},
           Row{URL "client_secret: nobody",
               ".client_secret: names no entry of `secrets`"},
           Row{URL "client_secret_file: /gone",
               ".client_secret_file: the file cannot be read"},
           Row{URL "client_secret_file: /run/empty",
               ".client_secret_file: the secret is empty"},
           Row{URL "client_secret: short, auth_method: client_secret_jwt",
               ": weak secret: client_secret_jwt needs 32 bytes"},
           Row{URL "client_secret: s, key_id: k",
               ".key_id: is for private_key_jwt"},
           Row{URL "client_secret: s, assertion_audience: a",
               ".assertion_audience: is for client_secret_jwt and"},
           Row{URL "private_key: key, client_secret: s",
               ".client_secret: is for the methods client_secret_..."},
           Row{URL "auth_method: private_key_jwt",
               ".private_key: is required by private_key_jwt"},
           Row{URL "private_key: s", ".private_key: must be a private key"},
           Row{URL "private_key_file: /run/key.pem, assertion_alg: RS256",
               ".private_key_file: must be a private key in PEM"},
           Row{URL "private_key: key, assertion_alg: HS256",
               ".assertion_alg: must be \"RS256\", \"PS256\" or"},
           Row{"preset: okta_org, okta_domain: a.okta.com, client_id: c, "
               "client_secret: s, scopes: [a]",
               ".auth_method: Okta's own API takes private_key_jwt only"},
           Row{"preset: entra, tenant: t, client_id: c, client_secret: s, "
               "auth_method: client_secret_jwt, scopes: [a/.default]",
               ".auth_method: Entra takes no client_secret_jwt"},
           Row{URL "private_key: key, certificate_file: /run/crt.pem",
               ".certificate_file: is for entra with private_key_jwt"},
       }) {
    ExpectOneProblem(row);
  }
}

TEST(OutboundConfigTest, EntraFindsAKeyByItsCertificate) {
  const TestAuthority authority("ca", Clock::RealClock()->TimeNow());
  TestAuthority::Wanted wanted = authority.Default();
  wanted.rsa_bits = 2048;
  const TestCertificate pair = authority.Issue(wanted);
  const ConfigOptions options = TestOptions({}, {{"k.pem", pair.key_pem},
                                                 {"c.pem", pair.cert_pem},
                                                 {"x.pem", authority.pem()},
                                                 {"ec.pem", kP256}});
  const auto with = [](const std::string& fields) {
    return absl::StrCat(
        kTop, kApp,
        "outbound_credentials: [{name: n, preset: entra, tenant: t, client_id: "
        "c, scopes: [a/.default], ",
        fields, "}]\n");
  };
  auto result = ParseConfig(
      with("private_key_file: k.pem, certificate_file: c.pem"), options);
  ASSERT_TRUE(std::holds_alternative<Config>(result));
  const OutboundSettings& entra =
      std::get<Config>(result).outbound_credentials[0];
  EXPECT_EQ(entra.auth_method, ClientAuthMethod::kPrivateKeyJwt);
  EXPECT_EQ(entra.assertion_key->algorithm(), Algorithm::kPs256);
  // 32 bytes as base64url.
  EXPECT_EQ(entra.assertion_certificate.size(), 43u);
  for (const auto& [fields, problem] :
       std::vector<std::pair<const char*, const char*>>{
           {"private_key_file: k.pem",
            "certificate_file: is required by private_key_jwt for entra"},
           {"private_key_file: k.pem, certificate_file: x.pem",
            "certificate_file: the file's first certificate is not that of"},
           {"private_key_file: k.pem, certificate_file: k.pem",
            "certificate_file: the file has no certificate"},
           {"private_key_file: k.pem, certificate_file: none.pem",
            "certificate_file: the file cannot be read"}}) {
    EXPECT_THAT(ProblemsOf(with(fields), options),
                ElementsAre(StartsWith(
                    absl::StrCat("5 outbound_credentials[0].", problem))));
  }
}

TEST(OutboundConfigTest, RefusedScopesParametersAndCallers) {
  for (const Row& row : {
           Row{URL "client_secret: s, scopes: ['a b']",
               ".scopes[0]: must be 1-256 visible ASCII"},
           Row{URL "client_secret: s, scopes: [a, a]",
               ".scopes[1]: is listed twice"},
           Row{"okta_domain: a.okta.com, client_id: c, client_secret: s",
               ".scopes: Okta needs at least one"},
           Row{"okta_domain: a.okta.com, client_id: c, client_secret: s, "
               "scopes: [openid]",
               ".scopes[0]: is about a user"},
           Row{"preset: entra, tenant: t, client_id: c, client_secret: s, "
               "scopes: [a]",
               ".scopes[0]: Entra wants the resource's id URI"},
           Row{"preset: entra, tenant: t, client_id: c, client_secret: s",
               ".scopes: Entra needs exactly one"},
           Row{URL "client_secret: s, parameters: {client_secret: x}",
               ".parameters: must not hold client_secret"},
           Row{URL "client_secret: s, parameters: {'': x}",
               ".parameters: names are 1-64 ASCII characters"},
           Row{URL "client_secret: s, allowed_callers: [nobody]",
               ".allowed_callers[0]: must be \"uid:NUMBER\""},
           Row{URL "client_secret: s, allowed_callers: ['uid:-1']",
               ".allowed_callers[0]: must be \"uid:NUMBER\""},
           Row{URL "client_secret: s, allowed_callers: ['uid:01']",
               ".allowed_callers[0]: must be \"uid:NUMBER\""},
       }) {
    ExpectOneProblem(row);
  }
#undef URL
  EXPECT_THAT(
      ProblemsOf(absl::StrCat(kTop, kApp, R"(outbound_credentials:
- {name: a b, token_url: 'https://a', client_id: c, client_secret_file: /run/secret}
- {name: a, token_url: 'https://a', client_id: c, client_secret_file: /run/secret}
- {name: a, token_url: 'https://a', client_id: c, client_secret_file: /run/secret}
)"),
                 Options()),
      ElementsAre(StartsWith("6 outbound_credentials[0].name: must be 1-64"),
                  StartsWith("8 outbound_credentials[2].name: another")));
}

// A secret put in the wrong place is not in any message.
TEST(OutboundConfigTest, NoMessageHoldsAValue) {
  for (const std::string& line :
       ProblemsOf(With("preset: SECRETVALUE, okta_domain: SECRETVALUE, tenant: "
                       "SECRETVALUE, token_url: SECRETVALUE, client_id: "
                       "SECRETVALUE, client_secret: SECRETVALUE, auth_method: "
                       "SECRETVALUE, assertion_alg: SECRETVALUE, scopes: "
                       "['SECRET VALUE'], allowed_callers: [SECRETVALUE]"),
                  Options())) {
    EXPECT_EQ(line.find("SECRET"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace latchkey
