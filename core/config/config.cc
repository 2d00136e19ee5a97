#include "core/config/config.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/config/file_reader.h"
#include "core/config/secret_table.h"
#include "core/config/tls_files.h"
#include "core/config/validate.h"
#include "core/config/yaml_to_proto.h"
#include "core/config/yaml_tree.h"
#include "latchkey/config/v1/config.pb.h"

namespace latchkey {
namespace {

static_assert(kMaxConfigFileBytes >= kMaxYamlBytes);

using Result = std::variant<Config, std::vector<ConfigProblem>>;

std::optional<std::string> ReadEnv(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

ExportResult ReadExport(const std::string& folder) {
  return ReadExportFolder(folder, ExportContent::kSettings);
}

// Validate reads everything, whatever is wrong with the rest.
Config Validate(const config::v1::Config& file, const AppsContext& apps,
                const TlsFileOptions& tls_files, Problems* problems) {
  const Place root(problems);
  Config config;
  ReadService(file, root, &config);
  ReadTokens(file, root, &config);
  ReadPasswords(file, root, &config);
  ReadKeySources(file, root, &config);
  ReadLimits(file, root, &config);
  ReadListeners(file, tls_files, root, &config);
  ReadSmtp(file, *apps.secrets, tls_files.read_file, root, &config);
  ReadApps(file, apps, root, &config);
  ReadEvents(file, {apps.secrets, &tls_files.read_file}, root, &config);
  ReadOutbound(file, {apps.secrets, &tls_files.read_file, &config}, root,
               &config);
  config.sections = SectionsOutsideApps(file);
  return config;
}

}  // namespace

Result ParseConfig(absl::string_view yaml, const ConfigOptions& options) {
  const EnvReader env = options.env ? options.env : EnvReader(ReadEnv);
  const FileReader read_file =
      options.read_file ? options.read_file : FileReader(ReadConfigFile);
  const ExportFolderReader read_export = options.read_export
                                             ? options.read_export
                                             : ExportFolderReader(ReadExport);
  Problems problems;
  const std::optional<YamlTree> tree = ParseYaml(yaml, &problems);
  if (!tree.has_value()) return problems.Take();
  if (tree->root->kind != YamlNode::Kind::kMap) {
    problems.AddAtLine("", tree->root->line,
                       "the file must be a set of fields (\"issuer: ...\")");
    return problems.Take();
  }
  config::v1::Config file;
  YamlToProto(*tree->root, env, &problems, &file);
  const SecretTable secrets(file, env, read_file, &problems);
  const TlsFileOptions tls_files{read_file, options.clock->TimeNow(),
                                 options.check_tls_files};
  Config config = Validate(file, {&secrets, &tls_files, &read_export},
                           tls_files, &problems);
  if (!problems.empty()) return problems.Take();
  return Result(std::move(config));
}

Result LoadConfig(const std::string& path, const ConfigOptions& options) {
  const std::optional<std::string> text = ReadConfigFile(path);
  if (!text.has_value()) {
    const std::string cause = std::generic_category().message(errno);
    return std::vector<ConfigProblem>{
        {"", 0, absl::StrCat("cannot be read: ", cause)}};
  }
  return ParseConfig(*text, options);
}

}  // namespace latchkey
