#include "core/config/import_oidc.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/config/section.h"
#include "core/config/validate.h"
#include "core/config/yaml_to_proto.h"
#include "core/config/yaml_tree.h"
#include "core/provider/provider_settings.h"
#include "latchkey/config/v1/config.pb.h"

namespace latchkey {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;

constexpr absl::string_view kParameter = "oidcIdentityProviders";
constexpr absl::string_view kParameters = "setParameter";
constexpr char kOurField[] = "oidc_identity_providers";

const YamlNode* FindEntry(const YamlNode& map, absl::string_view key) {
  for (const YamlNode::Entry& entry : map.entries) {
    if (entry.key == key) return entry.value;
  }
  return nullptr;
}

const YamlNode* FindParameter(const YamlNode& root) {
  if (root.kind != YamlNode::Kind::kMap) return &root;
  if (const YamlNode* const own = FindEntry(root, kParameter)) return own;
  const YamlNode* const parameters = FindEntry(root, kParameters);
  return parameters == nullptr ? nullptr : FindEntry(*parameters, kParameter);
}

// The file has none, and its own are not guessed.
std::optional<std::string> NoEnvironment(const std::string& /*name*/) {
  return std::nullopt;
}

// A text may look like a reference to the environment.
json::Value Escaped(absl::string_view text) {
  return json::Value(absl::StrReplaceAll(text, {{"${", "$${"}}));
}

json::Value ScalarOf(const google::protobuf::Message& message,
                     const FieldDescriptor* field) {
  const Reflection* const reflection = message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return json::Value(reflection->GetBool(message, field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return json::Value(int64_t{reflection->GetUInt32(message, field)});
    default:
      return Escaped(reflection->GetString(message, field));
  }
}

// With the names of the .proto file, which the configuration has.
json::Value ToJson(const config::v1::Oidc& oidc) {
  const Reflection* const reflection = oidc.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(oidc, &fields);
  json::Value object(json::Value::Object{});
  for (const FieldDescriptor* const field : fields) {
    if (!field->is_repeated()) {
      object.Set(field->name(), ScalarOf(oidc, field));
      continue;
    }
    json::Value::Array list;
    for (int i = 0; i < reflection->FieldSize(oidc, field); ++i) {
      list.push_back(Escaped(reflection->GetRepeatedString(oidc, field, i)));
    }
    object.Set(field->name(), std::move(list));
  }
  return object;
}

// A JSON value is YAML.
std::string ToYaml(const std::vector<json::Value>& entries) {
  std::string yaml = "providers:\n";
  for (const json::Value& entry : entries) {
    absl::StrAppend(&yaml, "  - oidc:\n");
    for (const auto& [name, value] : *entry.as_object()) {
      absl::StrAppend(&yaml, "      ", name, ": ", json::Write(value), "\n");
    }
  }
  return yaml;
}

// Reader reads one file; its problems are of that file.
class Reader final {
 public:
  std::variant<ImportedOidc, std::vector<ConfigProblem>> Read(
      absl::string_view text);

 private:
  // The array, wherever it is; null after a problem.
  const YamlNode* FindArray(absl::string_view text);
  void Check(config::v1::App* app);
  void Name(config::v1::Oidc* file, ProviderSettings* settings);

  Problems problems_;
  std::deque<YamlTree> trees_;
  std::deque<ProviderSettings> settings_;
};

const YamlNode* Reader::FindArray(absl::string_view text) {
  std::string inner(text);
  for (int depth = 0; depth < 2; ++depth) {
    std::optional<YamlTree> tree = ParseYaml(inner, &problems_);
    if (!tree.has_value()) return nullptr;
    trees_.push_back(*std::move(tree));
    const YamlNode* const found = FindParameter(*trees_.back().root);
    if (found == nullptr) break;
    if (found->kind == YamlNode::Kind::kList) return found;
    if (found->kind != YamlNode::Kind::kScalar) break;
    inner = found->text;
  }
  problems_.AddAtLine("", 1,
                      absl::StrCat("must be the array ", kParameter,
                                   ", or hold it, also inside ", kParameters));
  return nullptr;
}

// As the configuration would, but that a taken name is replaced.
void Reader::Name(config::v1::Oidc* file, ProviderSettings* settings) {
  if (!file->name().empty()) return;
  const auto is_taken = [&] {
    return std::any_of(
        settings_.begin(), settings_.end(), [&](const ProviderSettings& other) {
          return other.name == settings->name && !ShareUsers(other, *settings);
        });
  };
  for (int number = 2; is_taken(); ++number) {
    file->set_name(absl::StrCat(file->auth_name_prefix(), "-", number));
    settings->name = ProviderName(file->name());
  }
}

void Reader::Check(config::v1::App* app) {
  const Place list = Place(&problems_).Field(kOurField);
  std::deque<Section> sections;
  std::vector<OidcEntry> entries;
  for (int i = 0; i < app->oidc_identity_providers_size(); ++i) {
    config::v1::Oidc* const file = app->mutable_oidc_identity_providers(i);
    const Section& section =
        sections.emplace_back(*file, list.At(i), Spelling::kJson);
    ProviderSettings settings;
    OidcSettings oidc = ReadOidc(*file, section, {});
    file->set_log_no_claims(oidc.log_claims.empty());
    settings.name = ProviderName(file->name().empty() ? file->auth_name_prefix()
                                                      : file->name());
    settings.arm = std::move(oidc);
    Name(file, &settings);
    settings_.push_back(std::move(settings));
    entries.push_back(
        {&std::get<OidcSettings>(settings_.back().arm), &section});
  }
  CheckOidcEntries(entries);
}

std::variant<ImportedOidc, std::vector<ConfigProblem>> Reader::Read(
    absl::string_view text) {
  const YamlNode* const array = FindArray(text);
  if (array == nullptr) return problems_.Take();
  YamlNode root;
  root.kind = YamlNode::Kind::kMap;
  root.line = array->line;
  root.entries.push_back({kOurField, array->line, array});
  config::v1::App app;
  YamlToProto(root, NoEnvironment, &problems_, &app);
  Check(&app);
  if (!problems_.empty()) return problems_.Take();
  std::vector<json::Value> entries;
  json::Value::Array providers;
  for (const config::v1::Oidc& oidc : app.oidc_identity_providers()) {
    entries.push_back(ToJson(oidc));
    providers.push_back(json::Value::Object{{"oidc", entries.back()}});
  }
  ImportedOidc imported;
  imported.providers = json::Value::Object{{"providers", std::move(providers)}};
  imported.yaml = ToYaml(entries);
  return imported;
}

}  // namespace

std::variant<ImportedOidc, std::vector<ConfigProblem>> ImportOidc(
    absl::string_view text) {
  return Reader().Read(text);
}

}  // namespace latchkey
