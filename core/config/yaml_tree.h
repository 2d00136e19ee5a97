// YamlTree is a YAML document as a bounded tree with line numbers.
#ifndef LATCHKEY_CORE_CONFIG_YAML_TREE_H_
#define LATCHKEY_CORE_CONFIG_YAML_TREE_H_

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/config/problems.h"

namespace latchkey {

constexpr size_t kMaxYamlBytes = 1024 * 1024;
constexpr size_t kMaxYamlNodes = 100'000;
constexpr size_t kMaxYamlDepth = 64;

struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };
  // In a list the key is empty. Duplicate keys are kept.
  struct Entry {
    std::string key;
    int line = 0;  // of the key; in a list, of the value
    const YamlNode* value = nullptr;
  };
  Kind kind = Kind::kNull;
  int line = 0;      // from 1
  std::string text;  // of a scalar
  std::vector<Entry> entries;
};

// YamlTree owns its nodes. Anchors are resolved: a node may be reached over
// several ways, never from within itself, so a walk ends but may be long.
struct YamlTree {
  std::deque<YamlNode> nodes;
  const YamlNode* root = nullptr;
};

// ParseYaml refuses, with one problem: syntax errors, text that is not UTF-8,
// more than one document, no document, tags, keys that are no text, and
// whatever passes the limits above.
std::optional<YamlTree> ParseYaml(absl::string_view text, Problems* problems);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_YAML_TREE_H_
