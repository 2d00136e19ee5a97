#include "core/config/app_services_folder.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/config/secret_table.h"
#include "core/config/section.h"

namespace latchkey {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Kind = ImportNote::Kind;

constexpr absl::string_view kApp = "apps[0].";
constexpr int kMaxRounds = 8;

// The message or element that `step` ("name" or "name[2]") leads to; null when
// it leads nowhere.
Message* Enter(Message* message, absl::string_view step) {
  const std::vector<std::string> parts =
      absl::StrSplit(absl::StripSuffix(step, "]"), '[');
  const FieldDescriptor* const field =
      message->GetDescriptor()->FindFieldByName(parts[0]);
  if (field == nullptr ||
      field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    return nullptr;
  }
  const auto* const reflection = message->GetReflection();
  if (!field->is_repeated()) return reflection->MutableMessage(message, field);
  int index = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[1], &index) || index < 0 ||
      index >= reflection->FieldSize(*message, field)) {
    return nullptr;
  }
  return reflection->MutableRepeatedMessage(message, field, index);
}

// Clears the field at `path`; false when there is none.
bool Clear(Message* message, absl::string_view path) {
  const size_t dot = path.rfind('.');
  const absl::string_view around =
      dot == absl::string_view::npos ? "" : path.substr(0, dot);
  const absl::string_view name =
      dot == absl::string_view::npos ? path : path.substr(dot + 1);
  for (const absl::string_view step :
       absl::StrSplit(around, '.', absl::SkipEmpty())) {
    message = Enter(message, step);
    if (message == nullptr) return false;
  }
  const FieldDescriptor* const field =
      message->GetDescriptor()->FindFieldByName(std::string(name));
  if (field == nullptr) return false;
  message->GetReflection()->ClearField(message, field);
  return true;
}

std::vector<ConfigProblem> ProblemsOf(const ConvertedApp& converted) {
  config::v1::Config file;
  *file.add_apps() = converted.app;
  for (const ImportedSecret& secret : converted.secrets) {
    config::v1::Secret* const added = file.add_secrets();
    added->set_name(secret.name);
    added->set_file("not yet there");
  }
  Problems problems;
  const FileReader no_files = [](const std::string&) { return std::nullopt; };
  const EnvReader no_env = [](const std::string&) { return std::nullopt; };
  const ExportFolderReader no_folders = [](const std::string&) {
    return ExportResult();
  };
  // Secrets that cannot be read are found and empty: nobody looks into them.
  const SecretTable secrets(file, no_env, no_files, &problems);
  const TlsFileOptions tls_files{no_files, absl::InfinitePast(), false};
  Config config;
  config.mail.emplace();  // whether there is smtp is another file's matter
  ReadApps(file, {&secrets, &tls_files, &no_folders}, Place(&problems),
           &config);
  std::vector<ConfigProblem> found;
  for (ConfigProblem& problem : problems.Take()) {
    absl::string_view path = problem.path;
    if (!absl::ConsumePrefix(&path, kApp)) continue;
    found.push_back({std::string(path), 0, std::move(problem.message)});
  }
  return found;
}

bool IsUnserved(const ConfigProblem& problem) {
  absl::string_view name = problem.path;
  if (const size_t dot = name.rfind('.'); dot != absl::string_view::npos) {
    name.remove_prefix(dot + 1);
  }
  return problem.message == UnsupportedText(name);
}

// False: there was nothing to drop.
bool DropUnserved(const std::vector<ConfigProblem>& problems,
                  ConvertedApp* converted) {
  bool dropped = false;
  for (const ConfigProblem& problem : problems) {
    if (!IsUnserved(problem) || !Clear(&converted->app, problem.path)) continue;
    dropped = true;
    const ExportPlace* const place = converted->OriginOf(problem.path);
    converted->notes.push_back(
        {Kind::kUnsupported, place == nullptr ? ExportPlace() : *place,
         problem.path,
         absl::StrCat("this version of latchkeyd cannot serve ", problem.path,
                      " yet; it is left out")});
  }
  return dropped;
}

std::string Located(const ConfigProblem& problem) {
  return problem.path.empty()
             ? problem.message
             : absl::StrCat(problem.path, ": ", problem.message);
}

std::nullopt_t Refuse(const std::vector<ConfigProblem>& problems,
                      const Place& place) {
  for (const ConfigProblem& problem : problems) place.Report(Located(problem));
  return std::nullopt;
}

}  // namespace

std::vector<ConfigProblem> CheckConvertedApp(ConvertedApp* converted) {
  std::vector<ConfigProblem> problems = ProblemsOf(*converted);
  for (int i = 0; i < kMaxRounds && DropUnserved(problems, converted); ++i) {
    problems = ProblemsOf(*converted);
  }
  return problems;
}

std::optional<ConvertedApp> JoinExportFolder(
    const ExportFolderReader& read, const Place& place, config::v1::App* file,
    std::vector<ConfigProblem>* notes) {
  const ExportResult files = read(file->app_services_dir());
  if (const auto* problems = std::get_if<std::vector<ConfigProblem>>(&files)) {
    return Refuse(*problems, place);
  }
  AppServicesOptions options;
  options.app_id = file->id();
  auto result = ConvertAppServices(std::get<ExportFiles>(files), options);
  if (const auto* problems = std::get_if<std::vector<ConfigProblem>>(&result)) {
    return Refuse(*problems, place);
  }
  ConvertedApp& converted = std::get<ConvertedApp>(result);
  CheckConvertedApp(&converted);  // what is left is reported where it is read
  for (const ImportNote& note : converted.notes) {
    if (note.kind == Kind::kUnsupported || note.kind == Kind::kUnknown) {
      notes->push_back({place.path(), 0,
                        absl::StrCat(note.place.Text(), ": ", note.message)});
    }
  }
  config::v1::App joined = converted.app;
  joined.clear_providers();
  if (file->app_services().allowed_origins_size() > 0) {
    joined.mutable_app_services()->clear_allowed_origins();
  }
  joined.MergeFrom(*file);
  *file = std::move(joined);
  return std::move(converted);
}

void ReportImported(const ConvertedApp& converted,
                    const std::vector<ConfigProblem>& problems,
                    const Place& place) {
  for (const ConfigProblem& problem : problems) {
    const ExportPlace* const origin = converted.OriginOf(problem.path);
    place.Report(absl::StrCat(origin == nullptr ? problem.path : origin->Text(),
                              ": ", problem.message));
  }
}

}  // namespace latchkey
