#include "server/http/connect_json.h"

#include <set>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/json_util.h"

namespace latchkey {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;

// As deep as protobuf's own reader goes.
constexpr int kMaxDepth = 100;
constexpr size_t kMaxMembers = 100'000;
// Longer names, or others than of fields, are not repeated to the caller.
constexpr size_t kMaxName = 64;

bool IsPlainName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxName) return false;
  for (const char c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_') {
      return false;
    }
  }
  return true;
}

std::string Join(const std::string& path, absl::string_view name) {
  return path.empty() ? std::string(name) : absl::StrCat(path, ".", name);
}

const FieldDescriptor* FindField(const Descriptor& type,
                                 const std::string& name) {
  const FieldDescriptor* field = type.FindFieldByName(name);
  for (int i = 0; field == nullptr && i < type.field_count(); ++i) {
    if (type.field(i)->json_name() == name) field = type.field(i);
  }
  return field;
}

// Messages whose members are fields; maps and the well-known types have a JSON
// of their own.
const Descriptor* MessageOf(const FieldDescriptor& field) {
  const Descriptor* type = field.message_type();
  if (type == nullptr || field.is_map() ||
      absl::StartsWith(type->full_name(), "google.protobuf.")) {
    return nullptr;
  }
  return type;
}

absl::Status CheckNames(const json::Value& value, const Descriptor& type,
                        const std::string& path);

absl::Status CheckField(const json::Value& value, const FieldDescriptor& field,
                        const std::string& path) {
  const Descriptor* type = MessageOf(field);
  if (type == nullptr) return absl::OkStatus();
  const json::Value::Array* array = value.as_array();
  if (array == nullptr) return CheckNames(value, *type, path);
  for (size_t i = 0; i < array->size(); ++i) {
    RETURN_IF_ERROR(
        CheckNames((*array)[i], *type, absl::StrCat(path, "[", i, "]")));
  }
  return absl::OkStatus();
}

// CheckNames refuses members that are no field of `type`, and fields that come
// by both of their names.
absl::Status CheckNames(const json::Value& value, const Descriptor& type,
                        const std::string& path) {
  const json::Value::Object* object = value.as_object();
  if (object == nullptr) return absl::OkStatus();  // protobuf's to judge
  std::set<const FieldDescriptor*> seen;
  for (const auto& [name, member] : *object) {
    const FieldDescriptor* field = FindField(type, name);
    if (field == nullptr) {
      std::string place = path.empty() ? "body" : path;
      if (IsPlainName(name)) place = Join(path, name);
      return InvalidField(place,
                          absl::StrCat(type.full_name(), " has no such field"));
    }
    const std::string place = Join(path, field->name());
    if (!seen.insert(field).second) {
      return InvalidField(place, "must be given once");
    }
    RETURN_IF_ERROR(CheckField(member, *field, place));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadConnectJson(const std::string& body, size_t max_bytes,
                             google::protobuf::Message* message) {
  if (body.empty()) return absl::OkStatus();
  json::Limits limits;
  limits.max_bytes = max_bytes;
  limits.max_depth = kMaxDepth;
  limits.max_members = kMaxMembers;
  const absl::StatusOr<json::Value> value = json::ParseObject(body, limits);
  if (value.ok()) {
    RETURN_IF_ERROR(CheckNames(*value, *message->GetDescriptor(), ""));
    const google::protobuf::util::JsonParseOptions options;
    if (google::protobuf::util::JsonStringToMessage(body, message, options)
            .ok()) {
      return absl::OkStatus();
    }
  }
  // The parsers' own words may quote the body, secrets and all.
  return InvalidField(
      "body", absl::StrCat("must be a ", message->GetTypeName(), " in JSON"));
}

}  // namespace latchkey
