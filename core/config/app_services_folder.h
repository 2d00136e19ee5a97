// Exported App Services apps under the configuration's rules. Private to
// core/config.
#ifndef LATCHKEY_CORE_CONFIG_APP_SERVICES_FOLDER_H_
#define LATCHKEY_CORE_CONFIG_APP_SERVICES_FOLDER_H_

#include <optional>
#include <vector>

#include "core/config/app_services/convert.h"
#include "core/config/problems.h"
#include "core/config/validate.h"

namespace latchkey {

// CheckConvertedApp takes out of the app what this version cannot serve, with a
// note for each, and gives what else the configuration's rules find wrong; the
// paths are those within the app. The secrets count as there.
std::vector<ConfigProblem> CheckConvertedApp(ConvertedApp* converted);

// JoinExportFolder reads app_services_dir of `file` and adds what it holds to
// `file`, which goes first, but for the providers: they are in the result. What
// the folder asks for in vain goes to `notes`. nullopt after a problem.
std::optional<ConvertedApp> JoinExportFolder(const ExportFolderReader& read,
                                             const Place& place,
                                             config::v1::App* file,
                                             std::vector<ConfigProblem>* notes);

// ReportImported reports problems within the app by the places in the export.
void ReportImported(const ConvertedApp& converted,
                    const std::vector<ConfigProblem>& problems,
                    const Place& place);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_APP_SERVICES_FOLDER_H_
