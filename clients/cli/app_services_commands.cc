// `latchkey import app-services`: works offline.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/command.h"
#include "clients/cli/failure.h"
#include "clients/cli/import_commands.h"
#include "clients/cli/private_file.h"
#include "clients/cli/zip_file.h"
#include "core/base/status_macros.h"
#include "core/config/app_services/import_yaml.h"
#include "core/config/config.h"
#include "core/config/import_app_services.h"

namespace latchkey {
namespace {

constexpr CommandText kAppServices = {
    "app-services",
    "turn an exported App Services app into a configuration of latchkeyd.\n"
    "Exit codes: 0 written, or with --check nothing needs a human; 1 with\n"
    "--check something does; 2 the export is refused",
    "latchkey import app-services ./exported-app --check\n"
    "latchkey import app-services app.zip --to=./latchkey\n"
    "latchkey import app-services app.zip --to=./latchkey --output=json"};

constexpr char kConfigName[] = "latchkey.yaml";
constexpr char kAppFolder[] = "app";

struct ImportFlags {
  std::string source;
  std::string to;
  std::string functions_target = AppServicesOptions().functions_target;
  bool check = false;
  bool force = false;
};

json::Value NotesJson(const std::vector<ImportNote>& notes) {
  json::Value::Array list;
  for (const ImportNote& note : notes) {
    list.push_back(json::Value::Object{{"kind", json::Value(NameOf(note.kind))},
                                       {"file", note.place.file},
                                       {"path", note.place.path},
                                       {"target", note.target},
                                       {"message", note.message},
                                       {"where", note.place.Text()}});
  }
  return list;
}

json::Value ReportJson(const ConvertedApp& converted,
                       const std::string& written) {
  json::Value::Array secrets;
  for (const ImportedSecret& secret : converted.secrets) {
    secrets.push_back(
        json::Value::Object{{"name", secret.name},
                            {"file", ImportedSecretFile(secret.name)},
                            {"purpose", secret.purpose},
                            {"where", secret.place.Text()}});
  }
  json::Value::Array functions;
  for (const ImportedFunction& function : converted.functions) {
    functions.push_back(json::Value::Object{{"name", function.name},
                                            {"source", function.source},
                                            {"purpose", function.purpose}});
  }
  const auto count = absl::c_count_if(converted.notes, NeedsHuman);
  return json::Value::Object{
      {"app", converted.app.id()},
      {"written", written.empty() ? json::Value() : json::Value(written)},
      {"needsYou", static_cast<int64_t>(count) +
                       static_cast<int64_t>(converted.secrets.size())},
      {"notes", NotesJson(converted.notes)},
      {"secrets", std::move(secrets)},
      {"functions", std::move(functions)}};
}

// What needs a human comes first.
void SortNotes(std::vector<ImportNote>* notes) {
  absl::c_stable_sort(*notes, [](const ImportNote& a, const ImportNote& b) {
    return a.kind < b.kind;
  });
}

absl::StatusOr<int> Refuse(const std::string& source,
                           const std::vector<ConfigProblem>& problems,
                           Context* context) {
  if (context->output().is_json()) {
    json::Value::Array list;
    for (const ConfigProblem& problem : problems) {
      list.push_back(json::Value::Object{{"path", problem.path},
                                         {"message", problem.message}});
    }
    context->output().PrintObject(
        json::Value::Object{{"problems", std::move(list)}});
  } else {
    *context->world().err << FormatProblems(source, problems);
  }
  return kExitUsage;
}

bool IsOfFunctions(const std::string& path) {
  return absl::StartsWith(path, "functions/") ||
         absl::StartsWith(path, "values/") ||
         absl::StartsWith(path, "environments/");
}

// An archive's functions have to lie somewhere; a folder's lie there already.
absl::Status CopyFunctions(const ExportFiles& files,
                           const std::string& folder) {
  for (const auto& [path, text] : files.texts) {
    if (!IsOfFunctions(path)) continue;
    RETURN_IF_ERROR(WritePrivateFile(absl::StrCat(folder, "/", path), text));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> WriteAll(const ConvertedApp& converted,
                                     const ExportFiles& files,
                                     const ImportFlags& flags) {
  std::string file = absl::StrCat(flags.to, "/", kConfigName);
  std::error_code error;
  if (!flags.force && std::filesystem::exists(file, error)) {
    return UsageError(absl::StrCat(file,
                                   " is there already; --force "
                                   "replaces it"));
  }
  const bool is_folder = std::filesystem::is_directory(flags.source, error);
  const bool copies = !is_folder && !converted.functions.empty();
  if (copies) {
    RETURN_IF_ERROR(
        CopyFunctions(files, absl::StrCat(flags.to, "/", kAppFolder)));
  }
  const std::string functions =
      is_folder ? std::filesystem::absolute(flags.source, error).string()
                : std::string(kAppFolder);
  RETURN_IF_ERROR(
      WritePrivateFile(file, WriteImportedYaml(converted, functions)));
  return file;
}

void PrintReport(const json::Value& report, Output* output) {
  output->PrintList(
      report, "notes",
      {{"KIND", "kind"}, {"WHERE", "where"}, {"WHAT", "message"}});
  if (output->is_json()) return;
  for (const json::Value& secret : *report.Find("secrets")->as_array()) {
    output->Say(absl::StrCat("secret ", *secret.Find("name")->as_string(),
                             ": put it into ",
                             *secret.Find("file")->as_string(), " (",
                             *secret.Find("purpose")->as_string(), ")"));
  }
}

absl::StatusOr<int> Finish(ConvertedApp converted, const ExportFiles& files,
                           const ImportFlags& flags, Context* context) {
  SortNotes(&converted.notes);
  std::string written;
  if (!flags.check) {
    ASSIGN_OR_RETURN(written, WriteAll(converted, files, flags));
  }
  const json::Value report = ReportJson(converted, written);
  PrintReport(report, &context->output());
  const int64_t needs = *report.Find("needsYou")->as_int64();
  context->output().Say(absl::StrCat(
      flags.check ? "" : absl::StrCat("wrote ", written, "; "), needs,
      needs == 1 ? " thing needs you" : " things need you"));
  return flags.check && needs > 0 ? kExitFailed : kExitOk;
}

absl::StatusOr<int> ImportFrom(const ImportFlags& flags, Context* context) {
  if (flags.check == !flags.to.empty()) {
    return UsageError("give one of --to=FOLDER and --check");
  }
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(flags.source, error);
  constexpr auto kContent = ExportContent::kSettingsAndFunctions;
  const ExportResult files = is_folder
                                 ? ReadExportFolder(flags.source, kContent)
                                 : ReadExportArchive(flags.source, kContent);
  if (const auto* problems = std::get_if<std::vector<ConfigProblem>>(&files)) {
    return Refuse(flags.source, *problems, context);
  }
  AppServicesOptions options;
  options.app_id = context->flags.app;
  options.functions_target = flags.functions_target;
  auto result = ImportAppServices(std::get<ExportFiles>(files), options);
  if (const auto* problems = std::get_if<std::vector<ConfigProblem>>(&result)) {
    return Refuse(flags.source, *problems, context);
  }
  return Finish(std::move(std::get<ConvertedApp>(result)),
                std::get<ExportFiles>(files), flags, context);
}

}  // namespace

void AddImportAppServices(CLI::App* import_group, Context* context) {
  auto flags = std::make_shared<ImportFlags>();
  CLI::App* command =
      AddCommand(import_group, kAppServices, context,
                 [flags, context] { return ImportFrom(*flags, context); });
  command->add_option("SOURCE", flags->source, "its folder, or a ZIP of it")
      ->required();
  command->add_option("--to", flags->to,
                      "folder for latchkey.yaml, made when missing");
  command->add_flag("--check", flags->check, "report, and write nothing");
  command->add_flag("--force", flags->force, "replace latchkey.yaml");
  command
      ->add_option("--functions-target", flags->functions_target,
                   "where the app's functions will be served")
      ->capture_default_str();
}

}  // namespace latchkey
