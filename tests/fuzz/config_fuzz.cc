// The configuration file: every text is a Config or a list of its mistakes, and
// no mistake tells a secret.
#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/simulated_clock.h"
#include "core/base/utf8.h"
#include "core/config/config.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey {
namespace {

using Result = std::variant<Config, std::vector<ConfigProblem>>;

constexpr absl::string_view kSecret = "kept-to-itself-0123456789-abcdefgh";

// Every variable is set, every file is there; both are secret.
ConfigOptions Options() {
  static SimulatedClock* const clock =
      new SimulatedClock(absl::FromUnixSeconds(1'700'000'000));
  ConfigOptions options;
  options.env = [](const std::string& name) -> std::optional<std::string> {
    if (absl::StartsWith(name, "UNSET")) return std::nullopt;
    return std::string(kSecret);
  };
  options.read_file =
      [](const std::string& path) -> std::optional<std::string> {
    if (absl::StartsWith(path, "none")) return std::nullopt;
    return std::string(kSecret);
  };
  options.read_export = [](const std::string& folder) -> ExportResult {
    if (absl::StartsWith(folder, "none") ||
        absl::StrContains(folder, kSecret)) {
      return std::vector<ConfigProblem>{{"", 0, "cannot be read"}};
    }
    ExportFiles files;
    files.texts["realm_config.json"] = R"({"app_id":"app-abcde"})";
    files.texts["auth/providers.json"] = folder;
    return files;
  };
  options.clock = clock;
  return options;
}

void CheckProblems(absl::string_view yaml,
                   const std::vector<ConfigProblem>& problems) {
  FUZZ_CHECK(!problems.empty());
  const auto lines = std::count(yaml.begin(), yaml.end(), '\n') +
                     std::count(yaml.begin(), yaml.end(), '\r') + 2;
  for (const ConfigProblem& problem : problems) {
    FUZZ_CHECK(!problem.message.empty());
    FUZZ_CHECK(problem.line >= 0);
    FUZZ_CHECK(problem.line <= lines);
    FUZZ_CHECK(IsValidUtf8(problem.message));
  }
  const std::string text = FormatProblems("latchkey.yaml", problems);
  FUZZ_CHECK(!absl::StrContains(text, kSecret) ||
             absl::StrContains(yaml, kSecret));
}

void CheckConfig(const Config& config) {
  FUZZ_CHECK(!config.issuer.empty());
  FUZZ_CHECK(!config.listeners.empty());
  FUZZ_CHECK(config.tokens.access_ttl > absl::ZeroDuration());
  FUZZ_CHECK(config.tokens.refresh_ttl >= config.tokens.access_ttl);
  FUZZ_CHECK(ChangedOutsideApps(config, config).empty());
  absl::flat_hash_set<std::string> ids;
  for (const AppSettings& app : config.apps) {
    FUZZ_CHECK(ids.insert(app.id.value()).second);
  }
}

bool IsSame(const Result& a, const Result& b) {
  if (a.index() != b.index()) return false;
  if (const auto* config = std::get_if<Config>(&a)) {
    return ChangedOutsideApps(*config, std::get<Config>(b)).empty();
  }
  return FormatProblems("", std::get<1>(a)) ==
         FormatProblems("", std::get<1>(b));
}

}  // namespace

void FuzzOne(absl::string_view input) {
  const ConfigOptions options = Options();
  const Result result = ParseConfig(input, options);
  FUZZ_CHECK(IsSame(result, ParseConfig(input, options)));
  if (const auto* config = std::get_if<Config>(&result)) {
    CheckConfig(*config);
  } else {
    CheckProblems(input, std::get<1>(result));
  }
}

}  // namespace latchkey
