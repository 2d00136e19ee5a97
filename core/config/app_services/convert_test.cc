// What each part of an export becomes.
#include "core/config/app_services/convert.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/config/app_services/export_test_folder.h"

namespace latchkey {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

ConvertedApp Converted(const ExportFiles& files,
                       const AppServicesOptions& options = {}) {
  auto result = ConvertAppServices(files, options);
  if (auto* app = std::get_if<ConvertedApp>(&result)) return std::move(*app);
  ADD_FAILURE() << FormatProblems("EXPORT", std::get<1>(result));
  return ConvertedApp();
}

ConvertedApp FromFolder(const std::string& name) {
  const ExportResult files =
      ReadExportFolder(TestExport(name), ExportContent::kSettingsAndFunctions);
  EXPECT_TRUE(std::holds_alternative<ExportFiles>(files));
  return Converted(std::get<ExportFiles>(files));
}

// An app with these providers, as JSON.
ConvertedApp With(absl::string_view providers) {
  ExportFiles files;
  files.texts["realm_config.json"] = R"({"app_id":"a-1"})";
  files.texts["auth/providers.json"] = std::string(providers);
  return Converted(files);
}

// "KIND WHERE: MESSAGE" of each note.
std::vector<std::string> NotesOf(const ConvertedApp& converted) {
  std::vector<std::string> lines;
  for (const ImportNote& note : converted.notes) {
    lines.push_back(absl::StrCat(NameOf(note.kind), " ", note.place.Text(),
                                 ": ", note.message));
  }
  return lines;
}

// That the app has just these providers.
void ExpectProviders(const ConvertedApp& converted, const char* text) {
  config::v1::App expected;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &expected));
  config::v1::App actual;
  *actual.mutable_providers() = converted.app.providers();
  std::string difference;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(expected, actual)) << difference;
}

TEST(ConvertTest, EveryProviderOfThePresentLayout) {
  const ConvertedApp shop = FromFolder("modern");
  EXPECT_EQ(shop.app.id(), "shop-abcde");
  EXPECT_EQ(shop.name, "shop");
  ExpectProviders(shop, R"pb(
    providers { anonymous { disabled: true } }
    providers { api_key {} }
    providers {
      function { name: "loginByBadge" target: "unix:data/functions.sock" }
    }
    providers {
      custom_jwt {
        signing_keys: "shopSigningKey"
        signing_keys: "shopSigningKeyOld"
        signing_algorithm: "HS256"
        audience: "shop-web"
        audience: "shop-app"
        audience_match: "any"
        metadata { path: "user_data.name" field: "fullName" required: true }
        metadata { path: "https://example\\.com/id" }
      }
    }
    providers { email_password { auto_confirm: true } }
    providers { apple { client_ids: "org.example.shop" } }
    providers {
      facebook {
        app_id: "1234567890"
        app_secret: "facebookSecret"
        metadata { path: "email" }
      }
    }
    providers {
      google {
        client_ids: "1234.apps.googleusercontent.com"
        client_secret: "googleSecret"
        metadata { path: "email" required: true }
        metadata { path: "picture" }
        domain_restrictions: "example.com"
        redirect_uris: "https://shop.example/callback"
        redirect_uris: ""
      }
    }
  )pb");
  std::vector<std::string> secrets;
  for (const auto& secret : shop.secrets) secrets.push_back(secret.name);
  EXPECT_THAT(secrets, ElementsAre("shopSigningKey", "shopSigningKeyOld",
                                   "facebookSecret", "googleSecret"));
  ASSERT_THAT(shop.functions, SizeIs(1));
  EXPECT_EQ(shop.functions[0].source, "functions/loginByBadge.js");
}

TEST(ConvertTest, WhatThePresentLayoutLeavesToAHuman) {
  const std::vector<std::string> notes = NotesOf(FromFolder("modern"));
  for (const char* const note :
       {"needs_you auth/providers.json: custom-function.config."
        "authFunctionName: the function loginByBadge has to be served at "
        "unix:data/functions.sock",
        "left_out auth/providers.json: local-userpass.config."
        "confirmEmailSubject: not in force",
        "needs_you auth/providers.json: local-userpass.config."
        "resetPasswordUrl: resetPasswordUrl is empty, and no other method is "
        "on: without reset_url or reset_function no password is reset",
        "needs_you auth/providers.json: oauth2-apple.secret_config."
        "clientSecret: ID tokens are accepted",
        "left_out auth/providers.json: oauth2-apple.redirect_uris: for codes",
        "left_out auth/custom_user_data.json: custom user data is switched off",
        "left_out data_sources/: not about authentication (1 file)",
        "left_out triggers/nightly.json: not about authentication",
        "left_out realm_config.json: not about authentication: config_version",
        "taken auth/providers.json: anon-user: becomes anonymous, disabled"}) {
    EXPECT_THAT(notes, Contains(StartsWith(note)));
  }
  EXPECT_THAT(notes, Not(Contains(StartsWith("unknown "))));
  EXPECT_THAT(notes, Not(Contains(StartsWith("unsupported "))));
}

TEST(ConvertTest, TheOlderLayout) {
  const ConvertedApp notes_app = FromFolder("legacy");
  EXPECT_EQ(notes_app.app.id(), "notes-vwxyz");
  ExpectProviders(notes_app, R"pb(
    providers { anonymous {} }
    providers {
      custom_jwt { jwks_uri: "https://issuer.example/keys" algorithms: "RS256" }
    }
    providers {
      email_password {
        confirmation_url: "https://notes.example/confirm"
        confirmation_subject: "Please confirm"
        reset_function: "checkReset"
        function_target: "unix:data/functions.sock"
      }
    }
  )pb");
  ASSERT_THAT(notes_app.functions, SizeIs(1));
  EXPECT_EQ(notes_app.functions[0].source, "functions/checkReset/source.js");
  const std::vector<std::string> notes = NotesOf(notes_app);
  for (const char* const note :
       {"taken auth_providers/custom-token.json: config.audience: empty: the "
        "App ID is expected",
        "left_out auth_providers/custom-token.json: config.signingAlgorithm: "
        "not in force",
        "left_out auth_providers/local-userpass.json: config.resetPasswordUrl: "
        "not in force",
        "needs_you auth_providers/local-userpass.json: config."
        "emailConfirmationUrl: mails came from MongoDB and now come from a "
        "mail server of yours: set smtp",
        "unsupported config.json: custom_user_data_config: latchkey reads no "
        "documents",
        "unsupported config.json: custom_user_data_config."
        "on_user_creation_function_name: latchkey calls no function for a new "
        "user: makeProfile"}) {
    EXPECT_THAT(notes, Contains(StartsWith(note)));
  }
}

TEST(ConvertTest, TheClientApiIsSwitchedOn) {
  const ConvertedApp app = FromFolder("legacy");
  EXPECT_THAT(app.app.app_services().allowed_origins(),
              ElementsAre("https://notes.example"));
  EXPECT_EQ(app.OriginOf("app_services.allowed_origins[0]")->Text(),
            "config.json: security.allowed_request_origins");
  EXPECT_THAT(NotesOf(app),
              Contains(StartsWith(
                  "taken config.json: security.allowed_request_origins: "
                  "clients of App Services find their API here")));
  EXPECT_TRUE(FromFolder("modern").app.has_app_services());
}

TEST(ConvertTest, AnOriginInTwoFilesIsAllowedOnce) {
  ExportFiles files;
  files.texts["auth/providers.json"] = R"({"anon-user": {}})";
  files.texts["realm_config.json"] = files.texts["config.json"] =
      R"({"app_id": "a-1", "allowed_request_origins": ["https://a.b"]})";
  EXPECT_THAT(Converted(files).app.app_services().allowed_origins(),
              ElementsAre("https://a.b"));
}

TEST(ConvertTest, NothingUnknownIsDroppedInSilence) {
  const ConvertedApp odd = FromFolder("unsupported");
  const std::vector<std::string> notes = NotesOf(odd);
  for (const char* const note :
       {"unknown root_config.json: surprise: nothing is known",
        "unknown auth/providers.json: anon-user.colour: nothing is known",
        "unknown auth/providers.json: anon-user.domain_restrictions: nothing",
        "unknown auth/providers.json: oauth2-twitter: nothing is known about "
        "providers of type oauth2-twitter",
        "unknown auth/providers.json: custom-token.config.leeway: nothing",
        "unknown auth/providers.json: custom-token.metadata_fields[0].extra",
        "needs_you auth/providers.json: custom-token.config.signingKey: the "
        "key stands in the export itself and is not copied",
        "needs_you auth/providers.json: custom-function.config."
        "authFunctionName: the function is asked for as auth-nested and not "
        "as auth/nested",
        "needs_you auth/providers.json: custom-function.config."
        "authFunctionName: the source of the function auth-nested is not in",
        "needs_you auth/providers.json: oauth2-google.secret_config."
        "clientSecret: the secret is called google_secret here",
        "needs_you auth/providers.json: oauth2-google.redirect_uris: any page",
        "needs_you auth/providers.json: oauth2-facebook.secret_config."
        "clientSecret: clientSecret is empty",
        "needs_you auth/providers.json: oauth2-apple.config.clientId: "
        "clientId is empty",
        "needs_you auth/providers.json: local-userpass.config."
        "confirmationFunctionName: runConfirmationFunction is on, but names",
        "unsupported auth/custom_user_data.json: latchkey reads no documents",
        "unsupported auth/custom_user_data.json: on_user_creation_function_",
        "unknown auth/custom_user_data.json: shard: nothing is known",
        "unsupported triggers/onLogin.json: latchkey runs no triggers; a "
        "webhook can do what this one did (docs/events.md) (LOGIN: audit)",
        "left_out triggers/off.json: an authentication trigger that is "
        "switched off (CREATE: audit)",
        "unknown auth/extra.json: nothing is known about this",
        "needs_you secrets.json: secrets.json is not read",
        "unknown strange/: nothing is known about this (1 file)",
        "left_out functions/: 1 file that the converted providers do not name",
        "left_out .mdb/: not about authentication"}) {
    EXPECT_THAT(notes, Contains(StartsWith(note)));
  }
  EXPECT_THAT(odd.app.DebugString(), Not(HasSubstr("must-not-be-copied")));
  for (const std::string& note : notes) {
    EXPECT_THAT(note, Not(HasSubstr("must-not-be")));
  }
}

// Notes about a provider that is left out must not hang on the next one.
TEST(ConvertTest, ALeftOutProviderLeavesNothingBehind) {
  const ConvertedApp app = With(R"({
      "custom-token": {"config": {"odd": 1}, "metadata_fields": [{"name": "a"}]},
      "oauth2-google": {"config": {"clientId": "g"}}})");
  ExpectProviders(app, "providers { google { client_ids: 'g' } }");
  for (const ImportNote& note : app.notes) {
    if (absl::StrContains(note.place.path, "custom-token")) {
      EXPECT_EQ(note.target, "") << note.message;
    }
  }
  EXPECT_EQ(app.OriginOf("providers[0].custom_jwt"), nullptr);
  EXPECT_EQ(app.OriginOf("providers[0].google.client_ids[0]")->Text(),
            "auth/providers.json: oauth2-google.config.clientId");
}

TEST(ConvertTest, ConfirmationGoesByTheFlagsAndNotByStaleValues) {
  const auto converted = [](absl::string_view config) {
    return With(absl::StrCat(R"({"local-userpass": {"config": {)", config,
                             R"(, "confirmationFunctionName": "f",
                                "emailConfirmationUrl": "https://a.b/c"}}})"))
        .app.providers(0)
        .email_password();
  };
  const auto all =
      converted(R"("autoConfirm": true, "runConfirmationFunction": true)");
  EXPECT_TRUE(all.auto_confirm());
  EXPECT_EQ(all.confirmation_function(), "");
  EXPECT_EQ(all.confirmation_url(), "");
  const auto function = converted(R"("runConfirmationFunction": true)");
  EXPECT_FALSE(function.auto_confirm());
  EXPECT_EQ(function.confirmation_function(), "f");
  EXPECT_EQ(function.function_target(), "unix:data/functions.sock");
  EXPECT_EQ(function.confirmation_url(), "");
  const auto mail = converted(R"("autoConfirm": false)");
  EXPECT_EQ(mail.confirmation_function(), "");
  EXPECT_EQ(mail.confirmation_url(), "https://a.b/c");
}

TEST(ConvertTest, FunctionsOfAddressesGetNamesThatCanBeAskedFor) {
  const ConvertedApp app = With(R"({"local-userpass": {"config": {
      "runConfirmationFunction": true,
      "confirmationFunctionName": "auth/confirm",
      "runResetFunction": true, "resetFunctionName": "r\u00e9set"}}})");
  const auto& email = app.app.providers(0).email_password();
  EXPECT_EQ(email.confirmation_function(), "auth-confirm");
  EXPECT_EQ(email.reset_function(), "reset_function");
  EXPECT_THAT(NotesOf(app),
              Contains(StartsWith(
                  "needs_you auth/providers.json: local-userpass.config."
                  "confirmationFunctionName: the function is asked for as "
                  "auth-confirm and not as auth/confirm")));
  ASSERT_THAT(app.functions, SizeIs(2));
  EXPECT_EQ(app.functions[0].name, "auth-confirm");
}

TEST(ConvertTest, AudiencesOfCustomTokens) {
  const auto converted = [](absl::string_view config) {
    return With(absl::StrCat(R"({"custom-token": {"secret_config":
                             {"signingKeys": "k"}, "config": {)",
                             config, "}}}"))
        .app.providers(0)
        .custom_jwt();
  };
  EXPECT_THAT(converted(R"("audience": null)").audience(), IsEmpty());
  EXPECT_THAT(converted(R"("audience": "")").audience(), IsEmpty());
  EXPECT_THAT(converted(R"("audience": [])").audience(), IsEmpty());
  EXPECT_THAT(converted(R"("audience": "a")").audience(), ElementsAre("a"));
  const auto all = converted(R"("audience": ["a", "b"])");
  EXPECT_THAT(all.audience(), ElementsAre("a", "b"));
  EXPECT_EQ(all.audience_match(), "");
  // The vendor's schema says text.
  EXPECT_EQ(converted(R"("audience": "a", "requireAnyAudience": "true")")
                .audience_match(),
            "any");
  EXPECT_THAT(all.signing_keys(), ElementsAre("k"));
}

TEST(ConvertTest, BackslashesInPaths) {
  const ConvertedApp app = With(R"({"custom-token": {
      "config": {"useJWKURI": true, "jwkURI": "https://a.b/k"},
      "metadata_fields": [{"name": "a\\.b.c"}, {"name": "d\\e"},
                          {"name": "f\\"}]}})");
  const auto& metadata = app.app.providers(0).custom_jwt().metadata();
  EXPECT_EQ(metadata[0].path(), R"(a\.b.c)");
  EXPECT_EQ(metadata[1].path(), R"(d\\e)");
  EXPECT_EQ(metadata[2].path(), R"(f\\)");
}

TEST(ConvertTest, AnIdOfOnesOwnGoesFirst) {
  ExportFiles files;
  files.texts["auth/providers.json"] = R"({"anon-user": {}})";
  AppServicesOptions options;
  options.app_id = "mine";
  options.functions_target = "unix:elsewhere";
  EXPECT_EQ(Converted(files, options).app.id(), "mine");
  files.texts["realm_config.json"] = R"({"app_id": "theirs"})";
  EXPECT_EQ(Converted(files, options).app.id(), "mine");
  EXPECT_EQ(Converted(files).app.id(), "theirs");
}

// One's secret must not go to the other.
TEST(ConvertTest, SecretsWithNamesThatBecomeAlikeStayTwo) {
  const ConvertedApp converted = With(R"({
    "oauth2-google": {"config": {"clientId": "g"},
                      "secret_config": {"clientSecret": "a b"}},
    "oauth2-facebook": {"config": {"clientId": "f"},
                        "secret_config": {"clientSecret": "a_b"}},
    "custom-token": {"config": {"signingAlgorithm": "HS256"},
                     "secret_config": {"signingKeys": ["a b", "a_b", "a.b"]}}
  })");
  ASSERT_THAT(converted.secrets, SizeIs(3));
  ASSERT_THAT(converted.app.providers(), SizeIs(3));
  EXPECT_EQ(converted.app.providers(0).google().client_secret(), "a_b");
  EXPECT_EQ(converted.app.providers(1).facebook().app_secret(), "a_b-2");
  EXPECT_THAT(converted.app.providers(2).custom_jwt().signing_keys(),
              ElementsAre("a_b", "a_b-2", "a_b-3"));
}

TEST(ConvertTest, FunctionsWithNamesThatBecomeAlikeAreTold) {
  ExportFiles files;
  files.texts["realm_config.json"] = R"({"app_id":"a-1"})";
  files.texts["functions/a/b.js"] = "exports = async () => {};";
  files.texts["functions/a-b.js"] = "exports = async () => {};";
  files.texts["auth/providers.json"] = R"({"local-userpass": {"config": {
      "runConfirmationFunction": true, "confirmationFunctionName": "a/b",
      "runResetFunction": true, "resetFunctionName": "a-b"}}})";
  EXPECT_THAT(NotesOf(Converted(files)),
              Contains(HasSubstr("resetFunctionName: another function is asked "
                                 "for as a-b, too: rename one of them")));
}

}  // namespace
}  // namespace latchkey
