// Exports that are refused, and where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "core/config/app_services/convert.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kSecret[] = "s3cret-value";

std::vector<std::string> ProblemsIn(const ExportFiles& files) {
  const auto result = ConvertAppServices(files);
  std::vector<std::string> lines;
  if (const auto* list = std::get_if<std::vector<ConfigProblem>>(&result)) {
    for (const ConfigProblem& problem : *list) {
      lines.push_back(absl::StrCat(problem.path, ": ", problem.message));
      EXPECT_THAT(lines.back(), Not(HasSubstr(kSecret)));
    }
  }
  return lines;
}

ExportFiles Files(absl::string_view providers) {
  ExportFiles files;
  files.texts["realm_config.json"] = R"({"app_id": "a-1"})";
  files.texts["auth/providers.json"] = std::string(providers);
  return files;
}

TEST(RefusedExportTest, OneByOne) {
  struct Row {
    const char* providers;
    const char* problem;  // after "auth/providers.json: "
  };
  for (
      const Row& row : {
          Row{"", "not JSON"},
          Row{R"({"anon-user": {)", "not JSON"},
          Row{R"({"anon-user": {}} x)", "not JSON"},
          Row{"{\"anon-user\": {\"type\": \"\xff\"}}", "not JSON"},
          Row{R"({"anon-user": {}, "anon-user": {}})", "not JSON"},
          Row{"[]", "must be an object"},
          Row{R"({"anon-user": []})", "anon-user: must be an object"},
          Row{R"({"anon-user": {"disabled": "yes"}})",
              "anon-user.disabled: must be true or false"},
          Row{R"({"anon-user": {"type": 1}})", "anon-user.type: must be a"},
          Row{R"({"anon-user": {"config": "s3cret-value"}})",
              "anon-user.config: must be an object"},
          Row{R"({"a": {"type": "api-key"}, "b": {"type": "api-key"}})",
              "b: there is another provider of this type"},
          Row{R"({"custom-token": {"config": {"audience": 1},
                   "secret_config": {"signingKeys": ["k"]}}})",
              "custom-token.config.audience: must be a list"},
          Row{R"({"custom-token": {"config": {"audience": ["a", 1]},
                   "secret_config": {"signingKeys": ["k"]}}})",
              "custom-token.config.audience[1]: must be a text"},
          Row{R"({"custom-token": {"config": {"requireAnyAudience": "any"},
                   "secret_config": {"signingKeys": ["k"]}}})",
              "custom-token.config.requireAnyAudience: must be true or"},
          Row{R"({"custom-token": {"config": {"useJWKURI": true,
                   "jwkURI": "https://a.b/\nk"}}})",
              "custom-token.config.jwkURI: must be one line"},
          Row{R"({"custom-token": {"secret_config":
                   {"signingKeys": {"k": "s3cret-value"}}}})",
              "custom-token.secret_config.signingKeys: must be a list"},
          Row{R"({"custom-token": {"metadata_fields": {},
                   "secret_config": {"signingKeys": ["k"]}}})",
              "custom-token.metadata_fields: must be a list of objects"},
          Row{R"({"custom-token": {"metadata_fields": [null],
                   "secret_config": {"signingKeys": ["k"]}}})",
              "custom-token.metadata_fields[0]: must be an object"},
          Row{R"({"custom-token": {"metadata_fields": [{"required": 1}],
                   "secret_config": {"signingKeys": ["k"]}}})",
              "custom-token.metadata_fields[0].required: must be true or"},
          Row{R"({"local-userpass": {"config": {"autoConfirm": "true"}}})",
              "local-userpass.config.autoConfirm: must be true or false"},
          Row{R"({"custom-function": {"config": {"authFunctionName": ["f"]}}})",
              "custom-function.config.authFunctionName: must be a text"},
          Row{R"({"oauth2-google": {"config": {"clientId": "g"},
                   "secret_config": {"clientSecret": 7}}})",
              "oauth2-google.secret_config.clientSecret: must be a text"},
          Row{R"({"oauth2-google": {"config": {"clientId": "g"},
                   "domain_restrictions": [[]]}})",
              "oauth2-google.domain_restrictions[0]: must be a text"},
      }) {
    EXPECT_THAT(ProblemsIn(Files(row.providers)),
                ElementsAre(StartsWith(
                    absl::StrCat("auth/providers.json: ", row.problem))))
        << row.providers;
  }
}

TEST(RefusedExportTest, AllAtOnceAndInEveryFile) {
  ExportFiles files = Files(R"({"anon-user": {"disabled": 1}})");
  files.texts["auth/custom_user_data.json"] = R"({"enabled": 1})";
  files.texts["triggers/t.json"] = "{";
  files.texts["auth_providers/anon-user.json"] = "{}";
  EXPECT_THAT(ProblemsIn(files), SizeIs(3));
}

TEST(RefusedExportTest, ProvidersInBothLayouts) {
  ExportFiles files = Files(R"({"anon-user": {}})");
  files.texts["auth_providers/api-key.json"] = "{}";
  EXPECT_THAT(ProblemsIn(files), IsEmpty());
  files.texts["auth_providers/anon-user.json"] = "{}";
  EXPECT_THAT(ProblemsIn(files),
              ElementsAre(StartsWith("auth/providers.json: anon-user: there")));
}

TEST(RefusedExportTest, NoIdAndNoProviders) {
  ExportFiles files = Files("{}");
  EXPECT_THAT(ProblemsIn(files), IsEmpty());
  files.texts.erase("auth/providers.json");
  EXPECT_THAT(ProblemsIn(files),
              ElementsAre(StartsWith("auth/providers.json: is not there")));
  files = Files("{}");
  files.texts.erase("realm_config.json");
  EXPECT_THAT(ProblemsIn(files),
              ElementsAre(StartsWith("realm_config.json: app_id: no file")));
}

TEST(RefusedExportTest, DeepAndLongTexts) {
  EXPECT_THAT(
      ProblemsIn(Files(absl::StrCat(R"({"anon-user": )", std::string(1000, '['),
                                    std::string(1000, ']'), "}"))),
      ElementsAre(StartsWith("auth/providers.json: not JSON")));
  EXPECT_THAT(
      ProblemsIn(
          Files(absl::StrCat(R"({"oauth2-google": {"config": {"clientId": ")",
                             std::string(5000, 'g'), R"("}}})"))),
      ElementsAre(StartsWith("auth/providers.json: oauth2-google.config."
                             "clientId: must be one line")));
}

}  // namespace
}  // namespace latchkey
