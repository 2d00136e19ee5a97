#include "core/config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "core/base/utf8.h"

namespace latchkey {
namespace {

int LineOf(const YAML::Mark& mark) { return std::max(mark.line, 0) + 1; }

[[noreturn]] void Refuse(const YAML::Mark& mark, const char* what) {
  throw YAML::ParserException(mark, what);
}

// Builder makes the tree out of the parser's events. It refuses by the
// parser's own exception, which ParseYaml catches with the parser's others.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(YamlTree* tree) : tree_(tree) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { open_.pop_back(); }

 private:
  // A list or map that has not ended.
  struct Open {
    YamlNode* node;
    YAML::anchor_t anchor;
    bool has_key;
  };

  YamlNode* NewNode(const YAML::Mark& mark, YamlNode::Kind kind,
                    YAML::anchor_t anchor);
  void Attach(const YAML::Mark& mark, const YamlNode* node);
  void OpenNode(const YAML::Mark& mark, YamlNode* node, YAML::anchor_t anchor);
  bool ExpectsKey() const;

  YamlTree* const tree_;
  std::vector<Open> open_;
  absl::flat_hash_map<YAML::anchor_t, YamlNode*> anchors_;
  size_t entries_ = 0;
};

bool Builder::ExpectsKey() const {
  return !open_.empty() && open_.back().node->kind == YamlNode::Kind::kMap &&
         !open_.back().has_key;
}

YamlNode* Builder::NewNode(const YAML::Mark& mark, YamlNode::Kind kind,
                           YAML::anchor_t anchor) {
  YamlNode& node = tree_->nodes.emplace_back();
  node.kind = kind;
  node.line = LineOf(mark);
  if (anchor != YAML::NullAnchor) anchors_[anchor] = &node;
  return &node;
}

void Builder::Attach(const YAML::Mark& mark, const YamlNode* node) {
  // Counted here and not where nodes are made: an alias counts too.
  if (++entries_ > kMaxYamlNodes) Refuse(mark, "too many values in the file");
  if (open_.empty()) {
    tree_->root = node;
    return;
  }
  Open& parent = open_.back();
  if (parent.node->kind == YamlNode::Kind::kList) {
    parent.node->entries.push_back({"", LineOf(mark), node});
    return;
  }
  if (!parent.has_key) Refuse(mark, "a key must be text");
  parent.node->entries.back().value = node;
  parent.has_key = false;
}

void Builder::OpenNode(const YAML::Mark& mark, YamlNode* node,
                       YAML::anchor_t anchor) {
  if (open_.size() >= kMaxYamlDepth) Refuse(mark, "nested too deeply");
  open_.push_back({node, anchor, false});
}

void Builder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  Attach(mark, NewNode(mark, YamlNode::Kind::kNull, anchor));
}

void Builder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) Refuse(mark, "an alias without its anchor");
  for (const Open& open : open_) {
    if (open.anchor == anchor) Refuse(mark, "an alias of what it stands in");
  }
  Attach(mark, found->second);
}

void CheckTag(const YAML::Mark& mark, const std::string& tag) {
  // "?" is an untagged value, "!" an untagged one in quotes.
  if (!tag.empty() && tag != "?" && tag != "!") {
    Refuse(mark, "tags (!...) are not used here");
  }
}

void Builder::OnScalar(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor, const std::string& value) {
  CheckTag(mark, tag);
  if (ExpectsKey()) {
    if (anchor != YAML::NullAnchor) Refuse(mark, "a key with an anchor");
    open_.back().node->entries.push_back({value, LineOf(mark), nullptr});
    open_.back().has_key = true;
    return;
  }
  YamlNode* const node = NewNode(mark, YamlNode::Kind::kScalar, anchor);
  node->text = value;
  Attach(mark, node);
}

void Builder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                              YAML::anchor_t anchor,
                              YAML::EmitterStyle::value) {
  CheckTag(mark, tag);
  YamlNode* const node = NewNode(mark, YamlNode::Kind::kList, anchor);
  Attach(mark, node);
  OpenNode(mark, node, anchor);
}

void Builder::OnMapStart(const YAML::Mark& mark, const std::string& tag,
                         YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  CheckTag(mark, tag);
  YamlNode* const node = NewNode(mark, YamlNode::Kind::kMap, anchor);
  Attach(mark, node);
  OpenNode(mark, node, anchor);
}

// Some of the parser's messages end with ": " and a piece of the text.
std::string WithoutText(const std::string& message) {
  return message.substr(0, message.find(':'));
}

// IsText says whether the parser may see it; it would take some of the rest
// for UTF-16.
bool IsText(absl::string_view text, Problems* problems) {
  if (text.size() > kMaxYamlBytes) {
    problems->AddAtLine("", 0, "the file is larger than 1 MiB");
    return false;
  }
  int line = 1;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const absl::string_view piece = text.substr(begin, end - begin);
    if (!IsValidUtf8(piece) || piece.find('\0') != absl::string_view::npos) {
      problems->AddAtLine("", line, "this is not UTF-8 text");
      return false;
    }
    begin = end + 1;
    ++line;
  }
  return true;
}

bool ReadDocument(absl::string_view text, YamlTree* tree) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  Builder builder(tree);
  if (!parser.HandleNextDocument(builder)) return true;
  YamlTree rest;
  Builder rest_builder(&rest);
  return !parser.HandleNextDocument(rest_builder);
}

}  // namespace

std::optional<YamlTree> ParseYaml(absl::string_view text, Problems* problems) {
  if (!IsText(text, problems)) return std::nullopt;
  YamlTree tree;
  try {
    if (!ReadDocument(text, &tree)) {
      problems->AddAtLine("", 0, "the file holds more than one document (---)");
      return std::nullopt;
    }
  } catch (const YAML::Exception& e) {
    problems->AddAtLine("", LineOf(e.mark),
                        absl::StrCat("not YAML: ", WithoutText(e.msg)));
    return std::nullopt;
  } catch (const std::exception&) {
    problems->AddAtLine("", 0, "not YAML");
    return std::nullopt;
  }
  if (tree.root == nullptr || tree.root->kind == YamlNode::Kind::kNull) {
    problems->AddAtLine("", 0, "the file is empty");
    return std::nullopt;
  }
  return tree;
}

}  // namespace latchkey
