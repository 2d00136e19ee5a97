// Providers of kind google, apple and facebook.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/config/config.h"
#include "core/config/config_test_yaml.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kAppleKey[] = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgj3R6zEQ5RHz00EEf
zqWSSNk9ep2YFYa1z2usWzDs6NGhRANCAATsUD/R46Y7YrhCRyim5HG1Oc6gSeC1
8AapkehgLP9ZicuWCheelJhkGxslZU/FErmGp55dDP372FGbskgF5vk3
-----END PRIVATE KEY-----)";
constexpr char kSecrets[] =
    "secrets: [{name: s, env: SECRET}, {name: p8, file: apple.p8}]\n";

// A file with one provider, whose fields start at line 7.
std::string With(absl::string_view provider) {
  return absl::StrCat(kTop, "apps:\n- id: app\n  providers:\n  - ", provider,
                      "\n", kSecrets);
}

ConfigOptions Options() {
  return TestOptions({{"SECRET", "GOCSPX-s3cret"}}, {{"apple.p8", kAppleKey}});
}

std::vector<std::string> ProblemsIn(absl::string_view provider) {
  return ProblemsOf(With(provider), Options());
}

template <typename Settings>
Settings Read(absl::string_view provider) {
  auto result = ParseConfig(With(provider), Options());
  if (auto* problems = std::get_if<std::vector<ConfigProblem>>(&result)) {
    ADD_FAILURE() << FormatProblems("FILE", *problems);
    return Settings();
  }
  return std::get<Settings>(
      std::move(std::get<Config>(result).apps[0].providers[0].arm));
}

TEST(SocialConfigTest, GoogleDefaults) {
  const auto google = Read<GoogleSettings>("google: {client_ids: [a]}");
  EXPECT_THAT(google.social.client_ids, ElementsAre("a"));
  EXPECT_THAT(google.social.issuers, ElementsAre("https://accounts.google.com",
                                                 "accounts.google.com"));
  EXPECT_EQ(google.social.key_source.jwks_uri,
            "https://www.googleapis.com/oauth2/v3/certs");
  EXPECT_EQ(google.social.token_uri, "https://oauth2.googleapis.com/token");
  EXPECT_THAT(google.social.metadata, IsEmpty());
  EXPECT_THAT(google.social.domains, IsEmpty());
  EXPECT_THAT(google.social.redirect_uris, IsEmpty());
  EXPECT_TRUE(google.client_secret.empty());
  EXPECT_EQ(google.social.max_concurrency, 4);
}

TEST(SocialConfigTest, EverySettingOfGoogleArrives) {
  const auto google = Read<GoogleSettings>(
      "google: {client_ids: [a, b], client_secret: s, metadata: [{path: email, "
      "field: mail, required: true}, {path: picture}], domain_restrictions: "
      "[Example.ORG], redirect_uris: ['https://a.example/cb', ''], "
      "max_concurrency: 8, endpoints: {issuers: ['http://127.0.0.1:9'], "
      "jwks_uri: 'http://127.0.0.1:9/k', token_uri: 'http://127.0.0.1:9/t'}}");
  EXPECT_THAT(google.social.client_ids, ElementsAre("a", "b"));
  EXPECT_EQ(google.client_secret.RevealSecret(), "GOCSPX-s3cret");
  ASSERT_EQ(google.social.metadata.size(), 2u);
  EXPECT_EQ(google.social.metadata[0].field, "mail");
  EXPECT_TRUE(google.social.metadata[0].required);
  EXPECT_EQ(google.social.metadata[1].field, "picture");
  EXPECT_THAT(google.social.domains, ElementsAre("example.org"));
  EXPECT_THAT(google.social.redirect_uris,
              ElementsAre("https://a.example/cb", ""));
  EXPECT_EQ(google.social.max_concurrency, 8);
  EXPECT_THAT(google.social.issuers, ElementsAre("http://127.0.0.1:9"));
  EXPECT_EQ(google.social.key_source.jwks_uri, "http://127.0.0.1:9/k");
  EXPECT_EQ(google.social.token_uri, "http://127.0.0.1:9/t");
}

TEST(SocialConfigTest, AppleAndFacebook) {
  const auto apple = Read<AppleSettings>(
      "apple: {client_ids: [web, ios], team_id: TEAM123456, key_id: "
      "KEY9876543, private_key: p8, redirect_uris: ['https://a.example/'], "
      "metadata: [{path: name}]}");
  EXPECT_EQ(apple.team_id, "TEAM123456");
  EXPECT_EQ(apple.key_id, "KEY9876543");
  EXPECT_EQ(apple.private_key.RevealSecret(), kAppleKey);
  EXPECT_EQ(apple.social.token_uri, "https://appleid.apple.com/auth/token");
  const auto facebook = Read<FacebookSettings>(
      "facebook: {app_id: '123', app_secret: s, metadata: [{path: min_age}], "
      "endpoints: {api: 'https://graph.facebook.com/v23.0'}}");
  EXPECT_THAT(facebook.social.client_ids, ElementsAre("123"));
  EXPECT_EQ(facebook.app_secret.RevealSecret(), "GOCSPX-s3cret");
  EXPECT_EQ(facebook.graph, "https://graph.facebook.com/v23.0");
  EXPECT_EQ(Read<FacebookSettings>("facebook: {app_id: '1'}").graph,
            "https://graph.facebook.com");
}

TEST(SocialConfigTest, KeysMayBeRequired) {
  const auto result = ParseConfig(
      absl::StrCat(With("google: {client_ids: [a], endpoints: {jwks_uri: "
                        "'https://k.example/'}}"),
                   "key_sources: {required: ['https://k.example/']}\n"),
      Options());
  ASSERT_TRUE(std::holds_alternative<Config>(result));
  EXPECT_TRUE(
      KeySourceOf(std::get<Config>(result).apps[0].providers[0])->required);
}

TEST(SocialConfigTest, RefusesOneByOne) {
  struct Row {
    const char* provider;
    const char* problem;  // after the provider's place
  };
  for (const Row& row : {
           Row{"google: {client_ids: ['']}", "google.client_ids[0]: must be"},
           Row{"google: {client_ids: ['a b']}",
               "google.client_ids[0]: must be"},
           Row{"google: {client_ids: [a, a]}",
               "google.client_ids[1]: is listed twice"},
           Row{"google: {client_ids: [a, b, c, d, e, f, g, h, i, j, k, l, m, "
               "n, o, p, q]}",
               "google.client_ids: at most 16"},
           Row{"google: {client_ids: [a], client_secret: none, redirect_uris: "
               "['']}",
               "google.client_secret: names no entry"},
           Row{"google: {client_ids: [a], client_secret: s}",
               "google.redirect_uris: is required with client_secret"},
           Row{"google: {client_ids: [a], redirect_uris: [x]}",
               "google.redirect_uris: is for codes, which need client_secret"},
           Row{"google: {client_ids: [a], client_secret: s, redirect_uris: "
               "['https://a.example/ x']}",
               "google.redirect_uris[0]: must be at most 2048 bytes"},
           Row{"google: {client_ids: [a], metadata: [{path: sub}]}",
               "google.metadata[0].path: must be one of name, first_name, "
               "last_name, picture, email"},
           Row{"google: {client_ids: [a], metadata: [{path: name}, {path: "
               "email, field: name}]}",
               "google.metadata[1].field: another field"},
           Row{"google: {client_ids: [a], domain_restrictions: [a.example]}",
               "google.domain_restrictions: needs email in metadata"},
           Row{"google: {client_ids: [a], metadata: [{path: email}], "
               "domain_restrictions: ['@a.example']}",
               "google.domain_restrictions[0]: must be a domain"},
           Row{"google: {client_ids: [a], endpoints: {jwks_uri: "
               "'http://k.example/'}}",
               "google.endpoints.jwks_uri: must be https"},
           Row{"google: {client_ids: [a], endpoints: {token_uri: "
               "'http://k.example/'}}",
               "google.endpoints.token_uri: must be https"},
           Row{"google: {client_ids: [a], endpoints: {issuers: ['']}}",
               "google.endpoints.issuers[0]: must be"},
           Row{"google: {client_ids: [a], endpoints: {api: 'https://a.b'}}",
               "google.endpoints.api: is for facebook"},
           Row{"google: {client_ids: [a], max_concurrency: 9}",
               "google.max_concurrency: must be at most "
               "limits.remote_workers, 8"},
           Row{"google: {client_ids: [a], max_concurrency: 0}",
               "google.max_concurrency: must be from 1"},
           Row{"apple: {client_ids: [a], metadata: [{path: picture}]}",
               "apple.metadata[0].path: must be one of name, first_name, "
               "last_name, email"},
           Row{"apple: {client_ids: [a], team_id: TEAM123456, key_id: "
               "KEY9876543}",
               "apple.private_key: is required for codes"},
           Row{"apple: {client_ids: [a], team_id: TEAM123456, private_key: p8, "
               "redirect_uris: ['']}",
               "apple.key_id: is required for codes"},
           Row{"apple: {client_ids: [a], team_id: team123456, key_id: "
               "KEY9876543, private_key: p8, redirect_uris: ['']}",
               "apple.team_id: must be 10 of A-Z 0-9"},
           Row{"apple: {client_ids: [a], team_id: TEAM123456, key_id: "
               "KEY9876543, private_key: s, redirect_uris: ['']}",
               "apple.private_key: must be an EC private key on P-256"},
           Row{"facebook: {app_id: abc}", "facebook.app_id: must be digits"},
           Row{"facebook: {app_id: '1', redirect_uris: ['https://a.b/']}",
               "facebook.redirect_uris: this version"},
           Row{"facebook: {app_id: '1', endpoints: {token_uri: 'https://a.b'}}",
               "facebook.endpoints.token_uri: is for google and apple"},
           Row{"facebook: {app_id: '1', endpoints: {api: 'https://a.b/'}}",
               "facebook.endpoints.api: must not end in a slash"},
       }) {
    const std::vector<std::string> problems = ProblemsIn(row.provider);
    EXPECT_THAT(problems, ElementsAre(HasSubstr(absl::StrCat(
                              "apps[0].providers[0].", row.problem))))
        << row.provider;
    for (const std::string& problem : problems) {
      EXPECT_THAT(problem, Not(HasSubstr("s3cret")));
    }
  }
}

}  // namespace
}  // namespace latchkey
