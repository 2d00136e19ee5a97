// What is not a provider.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "core/config/app_services/conversion.h"

namespace latchkey {
namespace {

using Kind = ImportNote::Kind;

// Newest layout first.
constexpr const char* kAppFiles[] = {"root_config.json", "realm_config.json",
                                     "config.json", "stitch.json"};
constexpr absl::string_view kNotAboutLogins[] = {
    "config_version", "deployment_model",
    "environment",    "graphql",
    "hosting",        "location",
    "name",           "provider_region",
    "services",       "sync",
    "values"};
constexpr absl::string_view kOtherParts[] = {
    "data_api_config", "data_sources",   "environments", "graphql", "hosting",
    "http_endpoints",  "log_forwarders", "services",     "sync",    "triggers",
    "values",          "__MACOSX"};
constexpr char kClientApi[] = "app_services";
constexpr char kOriginsPath[] = "app_services.allowed_origins";
constexpr char kNotAboutLogin[] = "not about authentication";
constexpr char kProvidersFile[] = "auth/providers.json";
constexpr char kCustomUserDataFile[] = "auth/custom_user_data.json";

void TakeOrigins(ExportObject* object, Conversion* conversion) {
  for (std::string& origin : object->Texts("allowed_request_origins")) {
    if (absl::c_linear_search(conversion->origins, origin)) continue;
    conversion->origins.push_back(std::move(origin));
    conversion->origins_place = object->PlaceOf("allowed_request_origins");
  }
}

void TakeCustomUserData(ExportObject* object, Conversion* conversion) {
  if (!object->is_there()) return;
  const bool is_on = object->Flag("enabled");
  for (const char* const field :
       {"mongo_service_name", "mongo_service_id", "database_name",
        "collection_name", "user_id_field", "on_user_creation_function_id"}) {
    object->Value(field);
  }
  conversion->Note(
      is_on ? Kind::kUnsupported : Kind::kLeftOut, object->place(), "",
      is_on ? "latchkey reads no documents of MongoDB: access tokens and "
              "profiles have the custom_data that is stored with a user "
              "(docs/import-users.md), and later changes are read where they "
              "are used"
            : "custom user data is switched off");
  const std::string function = object->Text("on_user_creation_function_name");
  if (!function.empty()) {
    conversion->Note(Kind::kUnsupported,
                     object->PlaceOf("on_user_creation_function_name"), "",
                     absl::StrCat("latchkey calls no function for a new user: ",
                                  ShownName(function),
                                  " is not run; a webhook can do what it did "
                                  "(docs/events.md)"));
  }
  object->NoteUnknown("");
}

void ReadAppFile(const std::string& file, Conversion* conversion) {
  ExportObject top = conversion->Open(file);
  ConvertedApp& out = conversion->out;
  const std::string app_id = top.Text("app_id");
  if (out.app.id().empty() && !app_id.empty()) {
    out.app.set_id(app_id);
    out.origins["id"] = top.PlaceOf("app_id");
  }
  if (out.name.empty()) out.name = top.Text("name");
  std::vector<std::string> others;
  for (const absl::string_view field : kNotAboutLogins) {
    if (top.Has(field)) others.emplace_back(field);
  }
  if (!others.empty()) {
    conversion->Note(
        Kind::kLeftOut, top.place(), "",
        absl::StrCat(kNotAboutLogin, ": ", absl::StrJoin(others, ", ")));
  }
  ExportObject security = top.Object("security");
  TakeOrigins(&top, conversion);
  TakeOrigins(&security, conversion);
  security.NoteUnknown("");
  ExportObject custom_data = top.Object("custom_user_data_config");
  TakeCustomUserData(&custom_data, conversion);
  top.NoteUnknown("");
}

void ReadTrigger(const std::string& file, Conversion* conversion) {
  ExportObject trigger = conversion->Open(file);
  if (!trigger.is_there()) return;
  if (trigger.Text("type") != "AUTHENTICATION") {
    conversion->Note(Kind::kLeftOut, trigger.place(), "", kNotAboutLogin);
    return;
  }
  ExportObject config = trigger.Object("config");
  const bool is_off = trigger.Flag("disabled");
  conversion->Note(
      is_off ? Kind::kLeftOut : Kind::kUnsupported, trigger.place(), "",
      absl::StrCat(is_off ? "an authentication trigger that is switched off"
                          : "latchkey runs no triggers; a webhook can do "
                            "what this one did (docs/events.md)",
                   " (", ShownName(config.Text("operation_type")), ": ",
                   ShownName(trigger.Text("function_name")), ")"));
}

// "values/a.json" -> "values/"; a file at the top is its own part.
std::string PartOf(const std::string& path) {
  return path.substr(0, std::min(path.find('/'), path.size() - 1) + 1);
}

// Kind and text for the files of a part that nobody has read.
ImportNote DescribePart(const std::string& part, size_t files,
                        bool has_functions) {
  const std::string count =
      files == 1 ? "1 file" : absl::StrCat(files, " files");
  const absl::string_view name = absl::StripSuffix(part, "/");
  const ExportPlace place{ShownName(part), ""};
  if (name == "secrets.json") {
    return {Kind::kNeedsYou, place, "",
            "secrets.json is not read; put the values that are needed where "
            "`secrets` "
            "expects them"};
  }
  if (name == "functions") {
    return {Kind::kLeftOut, place, "",
            absl::StrCat(count, has_functions
                                    ? " that the converted providers do not "
                                      "name"
                                    : ": no function is needed to log in")};
  }
  if (absl::c_linear_search(kOtherParts, name) || absl::StartsWith(name, ".") ||
      absl::EndsWith(name, ".md")) {
    return {Kind::kLeftOut, place, "",
            absl::StrCat(kNotAboutLogin, " (", count, ")")};
  }
  return {Kind::kUnknown, place, "",
          absl::StrCat("nothing is known about this (", count,
                       "); it is left out")};
}

// Texts that some part of the conversion reads.
bool IsRead(const std::string& path) {
  return path == kProvidersFile || path == kCustomUserDataFile ||
         absl::c_linear_search(kAppFiles, path) ||
         absl::StartsWith(path, "auth_providers/") ||
         absl::StartsWith(path, "triggers/");
}

bool IsNamedSource(const std::string& path, const ConvertedApp& app) {
  return absl::c_any_of(app.functions, [&](const ImportedFunction& function) {
    return function.source == path;
  });
}

}  // namespace

void ConvertAppFile(Conversion* conversion) {
  for (const char* const file : kAppFiles) {
    if (conversion->files.Find(file) != nullptr) ReadAppFile(file, conversion);
  }
  ConvertedApp& out = conversion->out;
  if (!conversion->options.app_id.empty()) {
    out.app.set_id(conversion->options.app_id);
    out.origins.erase("id");
  }
}

void SwitchOnClientApi(Conversion* conversion) {
  ConvertedApp& out = conversion->out;
  auto* const api = out.app.mutable_app_services();
  for (const std::string& origin : conversion->origins) {
    api->add_allowed_origins(origin);
  }
  if (!conversion->origins.empty()) {
    out.origins[kOriginsPath] = conversion->origins_place;
  }
  conversion->Note(Kind::kTaken, conversion->origins_place, kClientApi,
                   "clients of App Services find their API here, which is "
                   "weaker than latchkey's own in some ways "
                   "(docs/app-services.md)");
}

void ConvertCustomUserData(Conversion* conversion) {
  if (conversion->files.Find(kCustomUserDataFile) == nullptr) return;
  ExportObject object = conversion->Open(kCustomUserDataFile);
  TakeCustomUserData(&object, conversion);
}

void ConvertTriggers(Conversion* conversion) {
  for (const auto& [path, text] : conversion->files.texts) {
    if (absl::StartsWith(path, "triggers/")) ReadTrigger(path, conversion);
  }
}

void ListOtherFiles(Conversion* conversion) {
  std::map<std::string, size_t> parts;
  const auto count = [&](const std::string& path) {
    if (!IsNamedSource(path, conversion->out)) {
      // What lies beside the known files is told file by file.
      const std::string part = PartOf(path);
      ++parts[part == "auth/" || part == "auth_providers/" ? path : part];
    }
  };
  for (const std::string& path : conversion->files.others) count(path);
  for (const auto& [path, text] : conversion->files.texts) {
    if (!IsRead(path)) count(path);
  }
  const bool has_functions = !conversion->out.functions.empty();
  for (const auto& [part, files] : parts) {
    conversion->findings.Note(DescribePart(part, files, has_functions));
  }
}

}  // namespace latchkey
