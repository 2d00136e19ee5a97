// ConvertAppServices turns an exported App Services app into an app of ours.
#ifndef LATCHKEY_CORE_CONFIG_APP_SERVICES_CONVERT_H_
#define LATCHKEY_CORE_CONFIG_APP_SERVICES_CONVERT_H_

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/config/app_services/export_files.h"
#include "core/config/app_services/findings.h"
#include "latchkey/config/v1/config.pb.h"

namespace latchkey {

struct AppServicesOptions {
  // Id of the app; empty: the App ID in the export.
  std::string app_id;
  // Where the functions are served (Function.target).
  std::string functions_target = "unix:data/functions.sock";
};

// A secret that the app names. Exports never hold the values.
struct ImportedSecret {
  std::string name;
  ExportPlace place;
  std::string purpose;  // "HS256 key of custom-token"
};

// A function that logging in needs.
struct ImportedFunction {
  std::string name;    // as latchkey calls it
  std::string source;  // path in the export; empty: it is not there
  std::string purpose;
};

struct ConvertedApp {
  std::string name;  // for people; may be empty
  config::v1::App app;
  std::vector<ImportedSecret> secrets;      // each name once
  std::vector<ImportedFunction> functions;  // each name once
  std::vector<ImportNote> notes;
  // Where the parts of `app` come from, by their path in it.
  std::map<std::string, ExportPlace> origins;

  // OriginOf gives the origin of `path` or of the nearest part around it; null
  // when there is none.
  const ExportPlace* OriginOf(absl::string_view path) const;
};

// ConvertAppServices reads auth/providers.json, the older auth_providers/*.json
// and what belongs to them. Everything in the export is in the result or in a
// note. Problems instead: JSON that is malformed or of the wrong types, two
// providers of a type, no id, nothing about authentication at all. Rules of the
// configuration (lengths, URLs) are not looked at.
std::variant<ConvertedApp, std::vector<ConfigProblem>> ConvertAppServices(
    const ExportFiles& files, const AppServicesOptions& options = {});

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_APP_SERVICES_CONVERT_H_
