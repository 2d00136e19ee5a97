#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <map>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/config/validate.h"

namespace latchkey {

std::map<std::string, std::string> SectionsOutsideApps(
    config::v1::Config file) {
  // These take effect with the apps.
  file.clear_apps();
  file.clear_secrets();
  file.clear_outbound_credentials();
  if (file.has_key_sources()) file.mutable_key_sources()->clear_required();
  const auto* const reflection = file.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(file, &fields);
  std::map<std::string, std::string> sections;
  for (const auto* const field : fields) {
    config::v1::Config alone;
    reflection->SwapFields(&file, &alone, {field});
    sections[field->name()] = alone.SerializeAsString();
  }
  return sections;
}

std::vector<std::string> ChangedOutsideApps(const Config& a, const Config& b) {
  std::vector<std::string> changed;
  std::map<std::string, std::string> left = b.sections;
  for (const auto& [name, text] : a.sections) {
    const auto found = left.find(name);
    if (found == left.end() || found->second != text) changed.push_back(name);
    if (found != left.end()) left.erase(found);
  }
  for (const auto& [name, text] : left) changed.push_back(name);
  return changed;
}

}  // namespace latchkey
