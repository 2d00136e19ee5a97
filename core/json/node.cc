#include <utility>

#include "core/json/document.h"

namespace latchkey::json {

std::optional<bool> Node::as_bool() const {
  if (entry_->type != Type::kBool) return std::nullopt;
  return entry_->flag;
}

std::optional<absl::string_view> Node::as_string() const {
  if (entry_->type != Type::kString) return std::nullopt;
  return entry_->text;
}

std::optional<absl::string_view> Node::as_number() const {
  if (entry_->type != Type::kNumber) return std::nullopt;
  return entry_->text;
}

Node::Children Node::children() const {
  return Children(entry_ + 1, entry_ + entry_->span);
}

std::optional<Node> Node::Find(absl::string_view name) const {
  if (!is_object()) return std::nullopt;
  for (const Node member : children()) {
    if (member.name() == name) return member;
  }
  return std::nullopt;
}

Value Node::ToValue() const {
  switch (type()) {
    case Type::kNull:
      break;
    case Type::kBool:
      return Value(entry_->flag);
    case Type::kNumber:
      return Value(Value::Number{std::string(entry_->text)});
    case Type::kString:
      return Value(entry_->text);
    case Type::kArray: {
      Value::Array elements;
      for (const Node element : children()) {
        elements.push_back(element.ToValue());
      }
      return Value(std::move(elements));
    }
    case Type::kObject: {
      Value::Object members;
      for (const Node member : children()) {
        members.emplace_back(std::string(member.name()), member.ToValue());
      }
      return Value(std::move(members));
    }
  }
  return Value();
}

}  // namespace latchkey::json
