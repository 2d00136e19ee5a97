// Exported App Services apps: written as a configuration, and read in place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/config/app_services/convert.h"
#include "core/config/app_services/export_files.h"
#include "core/config/app_services/export_test_folder.h"
#include "core/config/app_services/import_yaml.h"
#include "core/config/config.h"
#include "core/config/config_test_yaml.h"
#include "core/config/file_reader.h"
#include "core/config/import_app_services.h"

namespace latchkey {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kKey[] = "0123456789-abcdefghijklmnopqrstuvwxyz";
constexpr char kGolden[] = "core/config/app_services/testdata/modern.yaml";

ExportFiles Folder(const std::string& name) {
  const ExportResult files =
      ReadExportFolder(TestExport(name), ExportContent::kSettingsAndFunctions);
  EXPECT_TRUE(std::holds_alternative<ExportFiles>(files));
  return std::get<ExportFiles>(files);
}

ExportFiles Files(absl::string_view providers) {
  ExportFiles files;
  files.texts["realm_config.json"] = R"({"app_id": "a-1"})";
  files.texts["auth/providers.json"] = std::string(providers);
  return files;
}

ConvertedApp Import(const ExportFiles& files) {
  auto result = ImportAppServices(files);
  if (auto* app = std::get_if<ConvertedApp>(&result)) return std::move(*app);
  ADD_FAILURE() << FormatProblems("EXPORT", std::get<1>(result));
  return ConvertedApp();
}

size_t Refusals(const ConvertedApp& app) {
  return static_cast<size_t>(
      std::count_if(app.notes.begin(), app.notes.end(), [](const auto& note) {
        return absl::StartsWith(note.message, "latchkeyd refuses ");
      }));
}

// Every file is there and holds a good key; `files` is the only folder.
ConfigOptions Options(const ExportFiles& files = {}) {
  ConfigOptions options = TestOptions();
  options.read_file = [](const std::string&) {
    return std::make_optional<std::string>(kKey);
  };
  options.read_export = [files](const std::string& folder) -> ExportResult {
    if (folder == "app") return files;
    return std::vector<ConfigProblem>{{"", 0, "cannot be read: no"}};
  };
  return options;
}

// A file with one app, whose fields these are, on line 4.
std::string WithApp(absl::string_view fields, absl::string_view more = "") {
  return absl::StrCat(kTop, "apps: [{", fields, "}]\n", more);
}

Config Load(absl::string_view yaml, const ConfigOptions& options) {
  auto result = ParseConfig(yaml, options);
  if (auto* problems = std::get_if<std::vector<ConfigProblem>>(&result)) {
    ADD_FAILURE() << FormatProblems("FILE", *problems) << yaml;
    return Config();
  }
  return std::move(std::get<Config>(result));
}

// The one section that is written to be filled in.
std::string WithSmtp(absl::string_view yaml) {
  return absl::StrReplaceAll(yaml, {{"host: \"\"", "host: mail.example.com"},
                                    {"from: \"\"", "from: us@example.com"}});
}

TEST(ImportAppServicesTest, WhatIsWrittenLoads) {
  for (const char* const name : {"modern", "legacy", "unsupported"}) {
    const ConvertedApp app = Import(Folder(name));
    const std::string yaml = WithSmtp(WriteImportedYaml(app, "app"));
    // What the configuration's rules refuse is said, and nothing else is.
    EXPECT_THAT(ProblemsOf(yaml, Options()), SizeIs(Refusals(app))) << yaml;
    for (const ImportNote& note : app.notes) {
      if (!NeedsHuman(note)) continue;
      EXPECT_THAT(absl::StrReplaceAll(yaml, {{"\n", ""}, {"#", ""}, {" ", ""}}),
                  HasSubstr(absl::StrReplaceAll(
                      absl::StrCat("Needsyou:", note.message), {{" ", ""}})));
    }
  }
  EXPECT_EQ(Refusals(Import(Folder("modern"))), 0u);
  EXPECT_EQ(Refusals(Import(Folder("legacy"))), 0u);
}

TEST(ImportAppServicesTest, MailsWaitForAServerOfTheirOwn) {
  const std::string yaml = WriteImportedYaml(Import(Folder("legacy")), "app");
  EXPECT_THAT(
      ProblemsOf(yaml, Options()),
      ElementsAre(HasSubstr(" smtp.host: "), HasSubstr(" smtp.from: ")));
  const Config config = Load(WithSmtp(yaml), Options());
  const auto& email =
      std::get<EmailPasswordSettings>(config.apps.at(0).providers.at(2).arm);
  EXPECT_EQ(email.confirmation, EmailPasswordSettings::Confirmation::kMail);
  EXPECT_EQ(email.confirmation_url, "https://notes.example/confirm");
  ASSERT_NE(email.confirmation_mail, nullptr);
  EXPECT_EQ(email.confirmation_mail->subject, "Please confirm");
  EXPECT_EQ(email.reset, EmailPasswordSettings::Reset::kFunction);
  EXPECT_EQ(email.reset_function, "checkReset");
  ASSERT_TRUE(config.apps[0].app_services.has_value());
  EXPECT_THAT(config.apps[0].app_services->allowed_origins,
              ElementsAre("https://notes.example"));
  // Where no mail is sent, none is asked for.
  EXPECT_THAT(WriteImportedYaml(Import(Folder("modern")), "app"),
              Not(HasSubstr("smtp:")));
}

TEST(ImportAppServicesTest, WhatIsWrittenIsPleasantToRead) {
  EXPECT_EQ(WriteImportedYaml(Import(Folder("modern")), "/exports/shop"),
            ReadConfigFile(kGolden).value_or(""));
}

TEST(ImportAppServicesTest, EverySettingArrives) {
  const ConvertedApp app = Import(Folder("modern"));
  const Config config = Load(WriteImportedYaml(app, "app"), Options());
  ASSERT_THAT(config.apps, SizeIs(1));
  EXPECT_EQ(config.apps[0].id, AppId("shop-abcde"));
  const auto& providers = config.apps[0].providers;
  ASSERT_THAT(providers, SizeIs(8));
  EXPECT_TRUE(providers[0].disabled);
  EXPECT_EQ(std::get<FunctionSettings>(providers[2].arm).target,
            "unix:data/functions.sock");
  const auto& jwt = std::get<CustomJwtSettings>(providers[3].arm);
  EXPECT_THAT(jwt.audience, ElementsAre("shop-web", "shop-app"));
  EXPECT_TRUE(jwt.require_any_audience);
  EXPECT_EQ(jwt.signing_keys[1].name, "shopSigningKeyOld");
  EXPECT_EQ(jwt.metadata[1].field, "https://example.com/id");
  const auto& google = std::get<GoogleSettings>(providers[7].arm);
  EXPECT_THAT(google.social.redirect_uris,
              ElementsAre("https://shop.example/callback", ""));
}

TEST(ImportAppServicesTest, WhatIsNotServedIsTakenOutAndSaid) {
  const ConvertedApp app = Import(Folder("unsupported"));
  const std::string yaml = WriteImportedYaml(app, "app");
  EXPECT_THAT(yaml,
              Not(HasSubstr("\n          redirect_uris: [\"https://odd")));
  const auto note =
      std::find_if(app.notes.begin(), app.notes.end(), [](const auto& n) {
        return n.kind == ImportNote::Kind::kUnsupported &&
               absl::EndsWith(n.target, "facebook.redirect_uris");
      });
  ASSERT_NE(note, app.notes.end());
  EXPECT_EQ(note->place.Text(),
            "auth/providers.json: oauth2-facebook.redirect_uris");
}

TEST(ImportAppServicesTest, WhatBreaksARuleStaysAndIsSaidAboveIt) {
  const ConvertedApp app = Import(Files(R"({"custom-token": {"config":
      {"useJWKURI": true, "jwkURI": "http://issuer.example/keys"}}})"));
  EXPECT_EQ(Refusals(app), 1u);
  EXPECT_THAT(WriteImportedYaml(app, "app"), HasSubstr(R"(
      - custom_jwt:
          # Needs you: latchkeyd refuses providers[0].custom_jwt.jwks_uri: must
          # be https; http is for loopback only (auth/providers.json:
          # custom-token.config.jwkURI).
          jwks_uri: http://issuer.example/keys
          algorithms: [RS256]
)"));
}

TEST(ImportAppServicesTest, TextsCannotLeaveTheirPlaceInTheYaml) {
  const ConvertedApp app = Import(Files(R"({"custom-token": {
      "config": {"signingAlgorithm": "HS256",
                 "audience": ["a, b]", "${HOME}", "#c", "null", "- d", "e: f",
                              "\"g\"", "1", "\u00e9"]},
      "secret_config": {"signingKeys": ["k"]},
      "metadata_fields": [{"name": "x # y", "field_name": ": z"}]},
      "bad\u001b[31m\nname": {}})"));
  const std::string yaml = WriteImportedYaml(app, "a\nb: c");
  EXPECT_THAT(yaml, Not(HasSubstr("\x1b")));
  const Config config = Load(yaml, Options());
  const auto& jwt =
      std::get<CustomJwtSettings>(config.apps.at(0).providers.at(0).arm);
  EXPECT_THAT(jwt.audience, ElementsAre("a, b]", "${HOME}", "#c", "null", "- d",
                                        "e: f", "\"g\"", "1", "\xc3\xa9"));
  EXPECT_EQ(jwt.metadata[0].path, "x # y");
  EXPECT_EQ(jwt.metadata[0].field, ": z");
}

TEST(AppServicesDirTest, IsReadAsItIs) {
  // The file system's own reader, and nothing but the folder.
  ConfigOptions options = Options();
  options.read_export = nullptr;
  const Config config = Load(
      WithApp(absl::StrCat("app_services_dir: '", TestExport("modern"), "'"),
              "secrets: [{name: shopSigningKey, file: a}, {name: "
              "shopSigningKeyOld, file: b}, {name: facebookSecret, file: c}, "
              "{name: googleSecret, file: d}]\n"),
      options);
  ASSERT_THAT(config.apps, SizeIs(1));
  EXPECT_EQ(config.apps[0].id, AppId("shop-abcde"));
  ASSERT_THAT(config.apps[0].providers, SizeIs(8));
  EXPECT_EQ(std::get<CustomJwtSettings>(config.apps[0].providers[3].arm)
                .signing_keys.size(),
            2u);
  EXPECT_TRUE(config.apps[0].app_services.has_value());
  EXPECT_THAT(config.notes, IsEmpty());
}

TEST(AppServicesDirTest, MailsAreReadAsThoseOfTheFile) {
  const auto options = [](absl::string_view subject) {
    return Options(Files(absl::StrCat(
        R"({"anon-user": {}, "local-userpass": {"config": {
            "emailConfirmationUrl": "https://a.b/c",
            "confirmEmailSubject": ")",
        subject, R"("}}})")));
  };
  constexpr char kSmtp[] = "smtp: {host: mail.example.com, from: us@a.b}\n";
  constexpr char kMail[] =
      "app_services_dir: app, mail: {confirmation: {text: 'Go: {{link}}'}}";
  const Config config = Load(WithApp(kMail, kSmtp), options("Hi"));
  const auto& email =
      std::get<EmailPasswordSettings>(config.apps.at(0).providers.at(1).arm);
  EXPECT_EQ(email.confirmation, EmailPasswordSettings::Confirmation::kMail);
  ASSERT_NE(email.confirmation_mail, nullptr);
  EXPECT_EQ(email.confirmation_mail->subject, "Hi");
  EXPECT_EQ(email.confirmation_mail->text, "Go: {{link}}");

  EXPECT_THAT(ProblemsOf(WithApp(kMail), options("Hi")),
              ElementsAre("4 apps[0].app_services_dir: auth/providers.json: "
                          "local-userpass.config.emailConfirmationUrl: needs "
                          "smtp"));
  EXPECT_THAT(
      ProblemsOf(WithApp(kMail, kSmtp), options("{{token}}")),
      ElementsAre("4 apps[0].app_services_dir: auth/providers.json: "
                  "local-userpass.config.confirmEmailSubject: can have the "
                  "places {{email}} and {{app}} only"));
  EXPECT_THAT(
      ProblemsOf(WithApp(kMail, kSmtp), Options(Files(R"({"anon-user": {}})"))),
      ElementsAre("4 apps[0].mail: needs an email_password provider"));
}

TEST(AppServicesDirTest, OriginsOfTheFileTakeThePlaceOfTheFolders) {
  ExportFiles files = Files(R"({"anon-user": {}})");
  files.texts["realm_config.json"] =
      R"({"app_id": "a-1", "allowed_request_origins": ["http://a.b"]})";
  EXPECT_THAT(
      ProblemsOf(WithApp("app_services_dir: app"), Options(files)),
      ElementsAre(StartsWith("4 apps[0].app_services_dir: realm_config.json: "
                             "allowed_request_origins: must be \"https://")));
  const Config config =
      Load(WithApp("app_services_dir: app, app_services: {allowed_origins: "
                   "['https://c.d'], reveal_accounts: false}"),
           Options(files));
  ASSERT_TRUE(config.apps.at(0).app_services.has_value());
  EXPECT_THAT(config.apps[0].app_services->allowed_origins,
              ElementsAre("https://c.d"));
  EXPECT_FALSE(config.apps[0].app_services->reveal_accounts);
}

TEST(AppServicesDirTest, TheFileGoesFirst) {
  const ExportFiles files = Files(R"({
      "anon-user": {}, "local-userpass": {"config": {"autoConfirm": true}},
      "custom-function": {"config": {"authFunctionName": "badge"}}})");
  const Config config =
      Load(WithApp("id: b-2, app_services_dir: app, providers: ["
                   "{email_password: {disabled: true}}, "
                   "{function: {name: badge, target: 'unix:other'}}, "
                   "{function: {name: more, target: 'unix:other'}}]"),
           Options(files));
  EXPECT_EQ(config.apps[0].id, AppId("b-2"));
  const auto& providers = config.apps[0].providers;
  ASSERT_THAT(providers, SizeIs(4));
  EXPECT_TRUE(providers[0].disabled);
  EXPECT_EQ(std::get<FunctionSettings>(providers[1].arm).target, "unix:other");
  EXPECT_EQ(providers[2].name, ProviderName("more"));
  EXPECT_EQ(KindOf(providers[3]), ProviderKind::kAnonymous);
}

TEST(AppServicesDirTest, SaysWhatIsNotServed) {
  const Config config =
      Load(WithApp("app_services_dir: app",
                   "secrets: [{name: custom-token-signing-key, file: a}, "
                   "{name: google_secret, file: b}]\n"),
           Options(Folder("unsupported")));
  std::vector<std::string> notes;
  for (const ConfigProblem& note : config.notes) {
    EXPECT_EQ(note.path, "apps[0].app_services_dir");
    notes.push_back(note.message);
  }
  for (const char* const note :
       {"auth/providers.json: oauth2-twitter: nothing is known",
        "auth/providers.json: oauth2-facebook.redirect_uris: this version",
        "auth/custom_user_data.json: latchkey reads no documents",
        "triggers/onLogin.json: latchkey runs no triggers"}) {
    EXPECT_THAT(notes, Contains(StartsWith(note)));
  }
}

TEST(AppServicesDirTest, ProblemsNameTheFileAndThePlaceInIt) {
  const std::string yaml = WithApp("app_services_dir: app");
  const auto problems = [&](absl::string_view providers) {
    return ProblemsOf(yaml, Options(Files(providers)));
  };
  EXPECT_THAT(problems(R"({"anon-user": {"disabled": 1}})"),
              ElementsAre("4 apps[0].app_services_dir: auth/providers.json: "
                          "anon-user.disabled: must be true or false"));
  EXPECT_THAT(
      problems(R"({"custom-token": {"config": {"signingAlgorithm": "HS256"},
                   "secret_config": {"signingKeys": ["k"]}}})"),
      ElementsAre("4 apps[0].app_services_dir: auth/providers.json: "
                  "custom-token.secret_config.signingKeys[0]: names no entry "
                  "of `secrets`"));
  EXPECT_THAT(
      problems(R"({"custom-token": {"config": {"useJWKURI": true,
                   "jwkURI": "ftp://a"}, "metadata_fields": [
                   {"name": "a"}, {"name": "b.a"}]}})"),
      ElementsAre(StartsWith("4 apps[0].app_services_dir: auth/providers.json: "
                             "custom-token.config.jwkURI: must be"),
                  StartsWith("4 apps[0].app_services_dir: auth/providers.json: "
                             "custom-token.metadata_fields[1].field_name: "
                             "another field")));
  EXPECT_THAT(problems(R"({"anon-user": {"disabled": true}})"),
              ElementsAre("4 apps[0].providers: an app needs a provider that "
                          "is not disabled"));
  EXPECT_THAT(problems("{"),
              ElementsAre(StartsWith("4 apps[0].app_services_dir: "
                                     "auth/providers.json: not JSON")));
  EXPECT_THAT(
      ProblemsOf(WithApp("app_services_dir: elsewhere"), Options(Files("{}"))),
      ElementsAre("4 apps[0].app_services_dir: cannot be read: no"));
}

}  // namespace
}  // namespace latchkey
