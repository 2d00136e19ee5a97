// ImportAppServices turns an exported App Services app into a configuration.
#ifndef LATCHKEY_CORE_CONFIG_IMPORT_APP_SERVICES_H_
#define LATCHKEY_CORE_CONFIG_IMPORT_APP_SERVICES_H_

#include <variant>
#include <vector>

#include "core/config/app_services/convert.h"
#include "core/config/app_services/export_files.h"
#include "core/config/problems.h"

namespace latchkey {

// ImportAppServices is ConvertAppServices with the rules of the configuration:
// what this version cannot serve is taken out, what breaks another rule stays,
// and there is a note for each. WriteImportedYaml writes the result.
std::variant<ConvertedApp, std::vector<ConfigProblem>> ImportAppServices(
    const ExportFiles& files, const AppServicesOptions& options = {});

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_IMPORT_APP_SERVICES_H_
