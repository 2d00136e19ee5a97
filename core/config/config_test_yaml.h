// A small configuration that loads, for tests that break it.
#ifndef LATCHKEY_CORE_CONFIG_CONFIG_TEST_YAML_H_
#define LATCHKEY_CORE_CONFIG_CONFIG_TEST_YAML_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/config/config.h"

namespace latchkey {

// What tests find in the environment and on disk.
inline ConfigOptions TestOptions(
    std::map<std::string, std::string> env = {},
    std::map<std::string, std::string> files = {}) {
  const auto look = [](const std::map<std::string, std::string>& values,
                       const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
  ConfigOptions options;
  options.env = [env = std::move(env), look](const std::string& name) {
    return look(env, name);
  };
  options.read_file = [files = std::move(files),
                       look](const std::string& name) {
    return look(files, name);
  };
  return options;
}

// "LINE PATH: MESSAGE" of each problem.
inline std::vector<std::string> ProblemsOf(
    absl::string_view yaml, const ConfigOptions& options = TestOptions()) {
  const auto result = ParseConfig(yaml, options);
  std::vector<std::string> lines;
  if (const auto* list = std::get_if<std::vector<ConfigProblem>>(&result)) {
    for (const ConfigProblem& problem : *list) {
      lines.push_back(
          absl::StrCat(problem.line, " ", problem.path, ": ", problem.message));
    }
  }
  return lines;
}

// Three lines without apps, and the fourth with one.
inline constexpr absl::string_view kTop = R"(issuer: https://login.example.com
listeners: [{address: 127.0.0.1:0}]
store: {memory: {}}
)";
inline constexpr absl::string_view kApp =
    R"(apps: [{id: a, providers: [anonymous: {}]}]
)";

// A file with one custom_jwt provider, whose fields start at line 7.
inline std::string WithCustomJwt(absl::string_view fields) {
  return absl::StrCat(kTop, R"(apps:
- id: app
  providers:
  - custom_jwt: {)",
                      fields, "}\n");
}

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_CONFIG_TEST_YAML_H_
