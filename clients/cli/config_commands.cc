// `latchkey config`: works offline.
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/command.h"
#include "clients/cli/failure.h"
#include "clients/cli/file_input.h"
#include "core/base/status_macros.h"
#include "core/config/config.h"
#include "core/config/import_oidc.h"

namespace latchkey {
namespace {

constexpr CommandText kConfig = {"config", "configurations of latchkeyd",
                                 "latchkey config check latchkey.yaml"};
constexpr CommandText kCheck = {
    "check", "list everything that is wrong with a configuration",
    "latchkey config check config/example.yaml\n"
    "latchkey config check latchkey.yaml --output=json"};

constexpr CommandText kImportOidc = {
    "import-oidc",
    "turn MongoDB's oidcIdentityProviders into providers of an app",
    "latchkey config import-oidc /etc/mongod.conf\n"
    "latchkey config import-oidc identity_providers.json --output=json"};

json::Value ProblemsJson(const std::vector<ConfigProblem>& problems) {
  json::Value::Array list;
  for (const ConfigProblem& problem : problems) {
    list.push_back(json::Value::Object{{"path", problem.path},
                                       {"line", problem.line},
                                       {"message", problem.message}});
  }
  return json::Value::Object{{"valid", problems.empty()}, {"problems", list}};
}

absl::StatusOr<int> Check(const std::string& file, Context* context) {
  const auto loaded = LoadConfig(file);
  const auto* problems = std::get_if<std::vector<ConfigProblem>>(&loaded);
  Output& output = context->output();
  if (output.is_json()) {
    output.PrintObject(
        ProblemsJson(problems ? *problems : std::vector<ConfigProblem>()));
  } else if (problems != nullptr) {
    *context->world().err << FormatProblems(file, *problems);
  } else {
    output.Say(absl::StrCat(file, ": good"));
  }
  return problems == nullptr ? kExitOk : kExitUsage;
}

absl::StatusOr<int> ImportOidcFrom(const std::string& file, Context* context) {
  ASSIGN_OR_RETURN(const std::string text, ReadInputFile(file));
  const auto read = ImportOidc(text);
  Output& output = context->output();
  if (const auto* const problems =
          std::get_if<std::vector<ConfigProblem>>(&read)) {
    if (output.is_json()) {
      output.PrintObject(ProblemsJson(*problems));
    } else {
      *context->world().err << FormatProblems(file, *problems);
    }
    return kExitUsage;
  }
  const ImportedOidc& imported = std::get<ImportedOidc>(read);
  if (output.is_json()) {
    output.PrintObject(imported.providers);
  } else {
    *context->world().out << imported.yaml;
  }
  return kExitOk;
}

}  // namespace

void AddConfigCommands(CLI::App* root, Context* context) {
  CLI::App* group = AddGroup(root, kConfig);
  auto file = std::make_shared<std::string>();
  CLI::App* check = AddCommand(group, kCheck, context, [file, context] {
    return Check(*file, context);
  });
  check->add_option("FILE", *file, "the configuration")->required();
  auto import = std::make_shared<std::string>();
  CLI::App* oidc = AddCommand(group, kImportOidc, context, [import, context] {
    return ImportOidcFrom(*import, context);
  });
  oidc->add_option("FILE", *import, "mongod.conf, or the array as JSON or YAML")
      ->required();
}

}  // namespace latchkey
