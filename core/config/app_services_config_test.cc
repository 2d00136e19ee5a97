// App.app_services.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/config/config.h"
#include "core/config/config_test_yaml.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// `fields` stand in line 8.
std::string With(absl::string_view fields) {
  return absl::StrCat(kTop, R"(apps:
- id: app
  providers: [{anonymous: {}}, {function: {name: f, target: "unix:/f"}},
              {custom_jwt: {jwks_uri: "https://a/k", disabled: true}}]
  app_services: {)",
                      fields, "}\n");
}

AppServicesSettings Read(absl::string_view fields) {
  auto result = ParseConfig(With(fields), TestOptions());
  if (auto* problems = std::get_if<std::vector<ConfigProblem>>(&result)) {
    ADD_FAILURE() << FormatProblems("FILE", *problems);
    return AppServicesSettings();
  }
  const auto& settings = std::get<Config>(result).apps[0].app_services;
  EXPECT_TRUE(settings.has_value());
  return settings.value_or(AppServicesSettings());
}

TEST(AppServicesConfigTest, OffUnlessItIsThere) {
  auto result = ParseConfig(absl::StrCat(kTop, kApp), TestOptions());
  EXPECT_FALSE(std::get<Config>(result).apps[0].app_services.has_value());
}

TEST(AppServicesConfigTest, Defaults) {
  const AppServicesSettings settings = Read("");
  EXPECT_EQ(settings.hostname, "");
  EXPECT_THAT(settings.allowed_origins, IsEmpty());
  EXPECT_TRUE(settings.reveal_accounts);
  EXPECT_EQ(settings.min_password_length, 6u);
  EXPECT_EQ(settings.max_password_length, 128u);
  EXPECT_FALSE(settings.detailed_login_errors);
  EXPECT_EQ(settings.identity_in_use_status, 409);
  EXPECT_EQ(settings.second_password_status, 400);
  EXPECT_EQ(settings.rejected_token_code, "AuthError");
  EXPECT_EQ(settings.anonymous_session_ttl, absl::Hours(24 * 18250));
}

TEST(AppServicesConfigTest, ReadsEverything) {
  const AppServicesSettings settings = Read(
      "hostname: 'https://h.example/base', "
      "allowed_origins: ['https://a.example', 'http://localhost:3000', '*'], "
      "reveal_accounts: false, min_password_length: 8, "
      "max_password_length: 64, detailed_login_errors: true, "
      "identity_in_use_status: 401, second_password_status: 500, "
      "rejected_token_code: InvalidSession, anonymous_session_ttl: 90d, "
      "custom_function_provider: f");
  EXPECT_EQ(settings.hostname, "https://h.example/base");
  EXPECT_THAT(settings.allowed_origins,
              ElementsAre("https://a.example", "http://localhost:3000", "*"));
  EXPECT_FALSE(settings.reveal_accounts);
  EXPECT_EQ(settings.min_password_length, 8u);
  EXPECT_EQ(settings.max_password_length, 64u);
  EXPECT_TRUE(settings.detailed_login_errors);
  EXPECT_EQ(settings.identity_in_use_status, 401);
  EXPECT_EQ(settings.second_password_status, 500);
  EXPECT_EQ(settings.rejected_token_code, "InvalidSession");
  EXPECT_EQ(settings.anonymous_session_ttl, absl::Hours(24 * 90));
  EXPECT_EQ(settings.custom_function_provider, "f");
}

TEST(AppServicesConfigTest, CustomDataLeavesRoomForABearer) {
  const auto budget = [](const std::string& more) {
    auto result = ParseConfig(absl::StrCat(kTop, kApp, more), TestOptions());
    EXPECT_TRUE(std::holds_alternative<Config>(result)) << more;
    const auto* const config = std::get_if<Config>(&result);
    return config == nullptr ? 1 : config->max_user_data;
  };
  const size_t preset = budget("");
  EXPECT_GE(preset, 4000u);
  // What everything else of a token and of a call may take was left out.
  EXPECT_LE((preset + 256 + 800) * 4 / 3 + 640 + 512, 8192u);
  EXPECT_EQ(budget("limits: {max_metadata_bytes: 65536}\n"), 8u * 1024);
  EXPECT_EQ(budget("limits: {max_metadata_bytes: 1024}\n"), 0u);
  EXPECT_LT(budget("http: {address: 127.0.0.1:0, limits: {max_header_bytes: "
                   "4096}}\n"),
            preset);
}

// An app with a google provider, whose fields stand in line 6.
std::string WithGoogle(absl::string_view google,
                       absl::string_view app_services) {
  return absl::StrCat(kTop, R"(apps:
- id: app
  providers: [{google: {client_ids: [c], )",
                      google, R"(}}]
  app_services: {)",
                      app_services, R"(}
secrets: [{name: s, env: SECRET}]
)");
}

TEST(AppServicesConfigTest, PagesThatLoginsMayEndOn) {
  const std::string back =
      "client_secret: s, redirect_uris: "
      "['https://login.example.com/api/client/v2.0/auth/callback']";
  const auto problems = [](absl::string_view google, absl::string_view fields) {
    return ProblemsOf(WithGoogle(google, fields),
                      TestOptions({{"SECRET", "GOCSPX"}}));
  };
  EXPECT_THAT(problems(back,
                       "redirect_uris: ['https://a/b?c=d', "
                       "'http://localhost:3000/']"),
              IsEmpty());
  const std::string path = "7 apps[0].app_services.redirect_uris";
  const std::string uri =
      ": must be an https URL, or http on loopback, of at most 1024 bytes and "
      "without a fragment";
  EXPECT_THAT(problems(back,
                       "redirect_uris: ['http://a/b', 'https://a/b#c', "
                       "'myapp://x', 'https://a', 'https://a']"),
              ElementsAre(path + "[0]" + uri, path + "[1]" + uri,
                          path + "[2]" + uri, path + "[4]: is listed twice"));
  // Nobody could be sent back to us.
  const std::string callback =
      ": need an enabled provider google or apple that takes codes, with \"";
  const std::string rest =
      "/api/client/v2.0/auth/callback\" among its own redirect_uris, or "
      "facebook with its app_secret";
  EXPECT_THAT(
      problems("name: g", "redirect_uris: ['https://a/b']"),
      ElementsAre(path + callback + "https://login.example.com" + rest));
  EXPECT_THAT(problems(back,
                       "redirect_uris: ['https://a/b'], "
                       "hostname: 'https://h.example'"),
              ElementsAre(path + callback + "https://h.example" + rest));
}

TEST(AppServicesConfigTest, PasswordsAreBoundedByThePolicy) {
  const auto with = [](absl::string_view fields) {
    return absl::StrCat(With(fields), "passwords: {max_length: 100}\n");
  };
  EXPECT_THAT(
      ProblemsOf(with("max_password_length: 101")),
      ElementsAre("8 apps[0].app_services.max_password_length: must be at most "
                  "passwords.max_length, 100"));
  EXPECT_THAT(ProblemsOf(with("max_password_length: 100")), IsEmpty());
  // The default gives way.
  auto result = ParseConfig(with(""), TestOptions());
  ASSERT_TRUE(std::holds_alternative<Config>(result));
  EXPECT_EQ(std::get<Config>(result).apps[0].app_services->max_password_length,
            100u);
}

TEST(AppServicesConfigTest, NamesEveryMistake) {
  const auto problems = [](absl::string_view fields) {
    return ProblemsOf(With(fields));
  };
  EXPECT_THAT(
      problems("hostname: 'https://h/'"),
      ElementsAre("8 apps[0].app_services.hostname: must not end in \"/\""));
  const std::string origin =
      ": must be \"https://HOST[:PORT]\" without a path, http on loopback, or "
      "\"*\"";
  EXPECT_THAT(
      problems("allowed_origins: ['http://a', 'https://a/b', x, '*', '*']"),
      ElementsAre("8 apps[0].app_services.allowed_origins[0]" + origin,
                  "8 apps[0].app_services.allowed_origins[1]" + origin,
                  "8 apps[0].app_services.allowed_origins[2]" + origin,
                  "8 apps[0].app_services.allowed_origins[4]: is listed "
                  "twice"));
  const std::string spelling =
      ": must be in small letters and without the scheme's own port, as "
      "browsers send it";
  EXPECT_THAT(
      problems("allowed_origins: ['https://a:443', 'http://localhost:80', "
               "'https://A.example', 'https://a:80', 'http://localhost:443']"),
      ElementsAre("8 apps[0].app_services.allowed_origins[0]" + spelling,
                  "8 apps[0].app_services.allowed_origins[1]" + spelling,
                  "8 apps[0].app_services.allowed_origins[2]" + spelling));
  EXPECT_THAT(problems("identity_in_use_status: 200"),
              ElementsAre("8 apps[0].app_services.identity_in_use_status: must "
                          "be 400, 401, 403, 409 or 500"));
  EXPECT_THAT(
      problems("min_password_length: 128, max_password_length: 64"),
      ElementsAre("8 apps[0].app_services.min_password_length: must be at most "
                  "max_password_length"));
  EXPECT_THAT(problems("rejected_token_code: authError"),
              ElementsAre("8 apps[0].app_services.rejected_token_code: must be "
                          "\"AuthError\" or \"InvalidSession\""));
  // A provider of another kind, and one that is disabled.
  EXPECT_THAT(
      problems("custom_function_provider: anonymous, "
               "custom_token_provider: custom_jwt"),
      ElementsAre(
          "8 apps[0].app_services.custom_token_provider: names no enabled "
          "provider of kind custom_jwt of this app",
          "8 apps[0].app_services.custom_function_provider: names no enabled "
          "provider of kind function of this app"));
}

}  // namespace
}  // namespace latchkey
