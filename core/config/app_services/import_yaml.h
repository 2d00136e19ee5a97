// WriteImportedYaml writes the configuration of a converted app.
#ifndef LATCHKEY_CORE_CONFIG_APP_SERVICES_IMPORT_YAML_H_
#define LATCHKEY_CORE_CONFIG_APP_SERVICES_IMPORT_YAML_H_

#include <string>

#include "absl/strings/string_view.h"
#include "core/config/app_services/convert.h"

namespace latchkey {

// ImportedSecretFile is where the written configuration expects a secret.
std::string ImportedSecretFile(absl::string_view name);

// WriteImportedYaml gives a whole configuration for latchkeyd, to be started in
// the folder that it lies in. Above each thing that needs a human stands a
// comment "Needs you: ...". `functions_folder` is named in the comment that
// says how to serve the functions.
std::string WriteImportedYaml(const ConvertedApp& converted,
                              absl::string_view functions_folder);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_APP_SERVICES_IMPORT_YAML_H_
