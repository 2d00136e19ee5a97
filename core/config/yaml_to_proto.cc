#include "core/config/yaml_to_proto.h"

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/utf8.h"
#include "core/config/nearest_name.h"
#include "core/config/section.h"

namespace latchkey {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

constexpr absl::string_view kCamelCaseField = "oidc_identity_providers";
constexpr size_t kMaxKeyInPath = 64;

// A value and where it stands.
struct Spot {
  const YamlNode* node;
  Place place;
  int line;
  Spelling spelling;
};

const std::string& NameOf(const FieldDescriptor* field, Spelling spelling) {
  return spelling == Spelling::kJson ? field->json_name() : field->name();
}

std::vector<std::string> NamesOf(const Descriptor* type, Spelling spelling) {
  std::vector<std::string> names;
  names.reserve(static_cast<size_t>(type->field_count()));
  for (int i = 0; i < type->field_count(); ++i) {
    names.push_back(NameOf(type->field(i), spelling));
  }
  return names;
}

const FieldDescriptor* FindField(const Descriptor* type,
                                 const std::string& name, Spelling spelling) {
  for (int i = 0; i < type->field_count(); ++i) {
    if (NameOf(type->field(i), spelling) == name) return type->field(i);
  }
  return nullptr;
}

// Keys come from the file: they are cut and cleaned before they are shown.
std::string ShownKey(absl::string_view key) {
  std::string shown(key.substr(0, kMaxKeyInPath));
  for (char& c : shown) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) c = '?';
  }
  return shown;
}

std::string UnknownField(const std::string& name, const Descriptor* type,
                         Spelling spelling) {
  const std::vector<std::string> names = NamesOf(type, spelling);
  if (names.empty()) return "unknown field; nothing can be set here";
  const std::string nearest = NearestName(name, names);
  if (!nearest.empty()) {
    return absl::StrCat("unknown field; did you mean \"", nearest, "\"?");
  }
  return absl::StrCat("unknown field; known here: ",
                      absl::StrJoin(names, ", "));
}

const char* KindName(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "a single value";
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a set of fields";
  }
  return "";
}

class Walker final {
 public:
  Walker(const EnvReader& env, Problems* problems)
      : env_(env), problems_(problems) {}

  void FillMessage(const Spot& spot, Message* message);

 private:
  void FillEntry(const Spot& spot, const YamlNode::Entry& entry,
                 std::set<std::string>* seen, Message* message);
  void FillField(const Spot& spot, const FieldDescriptor* field,
                 Message* message);
  void FillList(const Spot& spot, const FieldDescriptor* field,
                Message* message);
  void FillMap(const Spot& spot, const FieldDescriptor* field,
               Message* message);
  void FillScalar(const Spot& spot, const FieldDescriptor* field,
                  Message* message);
  void AddElement(const Spot& spot, const FieldDescriptor* field,
                  Message* message);
  bool CheckOneof(const Spot& spot, const FieldDescriptor* field,
                  const Message& message);
  // Text of a scalar; empty after a problem.
  std::string TextOf(const Spot& spot, absl::string_view wanted);
  uint32_t NumberOf(const Spot& spot);
  bool BoolOf(const Spot& spot);
  // CheckKind reports when the node is of another kind than `wanted`.
  bool CheckKind(const Spot& spot, YamlNode::Kind kind,
                 absl::string_view wanted);
  // Visit counts; false when aliases made the file too large.
  bool Visit(const Spot& spot);
  void Break(const Spot& spot, std::string message) {
    problems_->AddBroken(spot.place.path(), spot.line, std::move(message));
  }

  const EnvReader& env_;
  Problems* const problems_;
  size_t visited_ = 0;
};

bool Walker::Visit(const Spot& spot) {
  problems_->NoteLine(spot.place.path(), spot.line);
  if (++visited_ < kMaxYamlNodes) return true;
  if (visited_ == kMaxYamlNodes) {
    Break(spot, "too many values in the file, aliases included");
  }
  return false;
}

bool Walker::CheckKind(const Spot& spot, YamlNode::Kind kind,
                       absl::string_view wanted) {
  if (spot.node->kind == kind) return true;
  Break(spot,
        absl::StrCat("must be ", wanted, ", is ", KindName(spot.node->kind)));
  return false;
}

void Walker::FillMessage(const Spot& spot, Message* message) {
  if (spot.node->kind == YamlNode::Kind::kNull) return;
  if (!CheckKind(spot, YamlNode::Kind::kMap, "a set of fields")) return;
  std::set<std::string> seen;
  for (const YamlNode::Entry& entry : spot.node->entries) {
    FillEntry(spot, entry, &seen, message);
  }
}

void Walker::FillEntry(const Spot& spot, const YamlNode::Entry& entry,
                       std::set<std::string>* seen, Message* message) {
  const Spot value{entry.value, spot.place.Field(ShownKey(entry.key)),
                   entry.line, spot.spelling};
  if (!seen->insert(entry.key).second) {
    problems_->AddAtLine(value.place.path(), entry.line,
                         "this field is already set above");
    return;
  }
  if (!Visit(value)) return;
  const Descriptor* const type = message->GetDescriptor();
  const FieldDescriptor* const field =
      FindField(type, entry.key, spot.spelling);
  if (field == nullptr) {
    Break(value, UnknownField(entry.key, type, spot.spelling));
    return;
  }
  if (CheckOneof(value, field, *message)) FillField(value, field, message);
}

bool Walker::CheckOneof(const Spot& spot, const FieldDescriptor* field,
                        const Message& message) {
  const OneofDescriptor* const oneof = field->real_containing_oneof();
  if (oneof == nullptr) return true;
  const FieldDescriptor* const other =
      message.GetReflection()->GetOneofFieldDescriptor(message, oneof);
  if (other == nullptr) return true;
  Break(spot, absl::StrCat("only one kind can be set here, and ", other->name(),
                           " is already"));
  return false;
}

void Walker::FillField(const Spot& spot, const FieldDescriptor* field,
                       Message* message) {
  if (field->is_map()) {
    FillMap(spot, field, message);
  } else if (field->is_repeated()) {
    FillList(spot, field, message);
  } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    FillMessage(spot, message->GetReflection()->MutableMessage(message, field));
  } else {
    FillScalar(spot, field, message);
  }
}

void Walker::FillScalar(const Spot& spot, const FieldDescriptor* field,
                        Message* message) {
  const Reflection* const reflection = message->GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      reflection->SetString(message, field, TextOf(spot, "text"));
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      reflection->SetBool(message, field, BoolOf(spot));
      return;
    case FieldDescriptor::CPPTYPE_UINT32:
      reflection->SetUInt32(message, field, NumberOf(spot));
      return;
    default:
      Break(spot, "has a type that the reader does not know");
  }
}

void Walker::FillList(const Spot& spot, const FieldDescriptor* field,
                      Message* message) {
  if (!CheckKind(spot, YamlNode::Kind::kList, "a list")) return;
  const Spelling spelling =
      field->name() == kCamelCaseField ? Spelling::kJson : spot.spelling;
  size_t index = 0;
  for (const YamlNode::Entry& entry : spot.node->entries) {
    const Spot element{entry.value, spot.place.At(index++), entry.line,
                       spelling};
    if (!Visit(element)) return;
    AddElement(element, field, message);
  }
}

void Walker::AddElement(const Spot& spot, const FieldDescriptor* field,
                        Message* message) {
  const Reflection* const reflection = message->GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      FillMessage(spot, reflection->AddMessage(message, field));
      return;
    case FieldDescriptor::CPPTYPE_STRING:
      reflection->AddString(message, field, TextOf(spot, "text"));
      return;
    case FieldDescriptor::CPPTYPE_UINT32:
      reflection->AddUInt32(message, field, NumberOf(spot));
      return;
    default:
      Break(spot, "has a type that the reader does not know");
  }
}

void Walker::FillMap(const Spot& spot, const FieldDescriptor* field,
                     Message* message) {
  if (!CheckKind(spot, YamlNode::Kind::kMap, "a set of fields")) return;
  const Descriptor* const type = field->message_type();
  std::set<std::string> seen;
  for (const YamlNode::Entry& entry : spot.node->entries) {
    const Spot value{entry.value, spot.place.Field(ShownKey(entry.key)),
                     entry.line, spot.spelling};
    if (!seen.insert(entry.key).second) {
      Break(value, "this field is already set above");
      continue;
    }
    if (!Visit(value)) return;
    Message* const added = message->GetReflection()->AddMessage(message, field);
    added->GetReflection()->SetString(added, type->map_key(), entry.key);
    FillScalar(value, type->map_value(), added);
  }
}

std::string Walker::TextOf(const Spot& spot, absl::string_view wanted) {
  if (!CheckKind(spot, YamlNode::Kind::kScalar, wanted)) return "";
  Interpolated value = Interpolate(spot.node->text, env_);
  if (!value.problem.empty()) {
    Break(spot, std::move(value.problem));
    return "";
  }
  if (!IsValidUtf8(value.text) || HasControlCharacters(value.text)) {
    Break(spot, "must be one line of UTF-8 without control characters");
    return "";
  }
  return value.text;
}

uint32_t Walker::NumberOf(const Spot& spot) {
  const std::string text = TextOf(spot, "a whole number");
  uint32_t number = 0;
  bool digits = !text.empty();
  for (const char c : text) {
    digits = digits && absl::ascii_isdigit(static_cast<unsigned char>(c));
  }
  if (!digits) {
    if (!problems_->IsBroken(spot.place.path())) {
      Break(spot, "must be a whole number, at least 0");
    }
  } else if (!absl::SimpleAtoi(text, &number)) {
    Break(spot, "must be a whole number of at most 4294967295");
  }
  return number;
}

bool Walker::BoolOf(const Spot& spot) {
  const std::string text = TextOf(spot, "true or false");
  if (text != "true" && text != "false" &&
      !problems_->IsBroken(spot.place.path())) {
    Break(spot, "must be true or false");
  }
  return text == "true";
}

}  // namespace

void YamlToProto(const YamlNode& root, const EnvReader& env, Problems* problems,
                 Message* message) {
  Walker(env, problems)
      .FillMessage({&root, Place(problems), root.line, Spelling::kProto},
                   message);
}

}  // namespace latchkey
