#include "core/config/import_app_services.h"

#include "absl/strings/str_cat.h"
#include "core/config/app_services_folder.h"

namespace latchkey {

std::variant<ConvertedApp, std::vector<ConfigProblem>> ImportAppServices(
    const ExportFiles& files, const AppServicesOptions& options) {
  auto result = ConvertAppServices(files, options);
  auto* const converted = std::get_if<ConvertedApp>(&result);
  if (converted == nullptr) return result;
  for (const ConfigProblem& problem : CheckConvertedApp(converted)) {
    const ExportPlace* const origin = converted->OriginOf(problem.path);
    converted->notes.push_back({ImportNote::Kind::kNeedsYou,
                                origin == nullptr ? ExportPlace() : *origin,
                                problem.path,
                                absl::StrCat("latchkeyd refuses ", problem.path,
                                             ": ", problem.message)});
  }
  return result;
}

}  // namespace latchkey
