#include "server/rpc/struct_json.h"

#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

using google::protobuf::ListValue;
using google::protobuf::Struct;

constexpr int kMaxDepth = 32;
// Integers up to here are exact in a double.
constexpr double kMaxExactInteger = 9007199254740992.0;

void FillValue(const json::Value& from, google::protobuf::Value* to);

void FillStruct(const json::Value::Object& from, Struct* to) {
  for (const auto& [name, member] : from) {
    FillValue(member, &(*to->mutable_fields())[name]);
  }
}

void FillValue(const json::Value& from, google::protobuf::Value* to) {
  if (const bool* boolean = from.as_bool()) {
    to->set_bool_value(*boolean);
  } else if (const std::string* text = from.as_string()) {
    to->set_string_value(*text);
  } else if (from.as_number() != nullptr) {
    const std::optional<double> number = from.as_double();
    // A number that no double holds goes through as its text.
    if (number.has_value()) {
      to->set_number_value(*number);
    } else {
      to->set_string_value(from.as_number()->text);
    }
  } else if (const json::Value::Array* array = from.as_array()) {
    ListValue* list = to->mutable_list_value();
    for (const json::Value& element : *array) {
      FillValue(element, list->add_values());
    }
  } else if (const json::Value::Object* object = from.as_object()) {
    FillStruct(*object, to->mutable_struct_value());
  } else {
    to->set_null_value(google::protobuf::NULL_VALUE);
  }
}

json::Value NumberValue(double number) {
  if (number == std::floor(number) && std::fabs(number) <= kMaxExactInteger) {
    return json::Value(static_cast<int64_t>(number));
  }
  return json::Value(json::Value::Number{absl::StrFormat("%.17g", number)});
}

// Reads one Struct; bounded recursion.
class Reader {
 public:
  explicit Reader(absl::string_view field) : field_(field) {}

  absl::StatusOr<json::Value> Object(const Struct& from, int depth) const {
    if (depth > kMaxDepth) return TooDeep();
    // Maps of protobuf have no order; ours is that of the names.
    std::map<std::string, const google::protobuf::Value*> sorted;
    for (const auto& [name, member] : from.fields()) sorted[name] = &member;
    json::Value::Object object;
    for (const auto& [name, member] : sorted) {
      ASSIGN_OR_RETURN(json::Value value, Any(*member, depth));
      object.emplace_back(name, std::move(value));
    }
    return json::Value(std::move(object));
  }

 private:
  absl::StatusOr<json::Value> Any(const google::protobuf::Value& from,
                                  int depth) const {
    switch (from.kind_case()) {
      case google::protobuf::Value::kBoolValue:
        return json::Value(from.bool_value());
      case google::protobuf::Value::kStringValue:
        return json::Value(from.string_value());
      case google::protobuf::Value::kNumberValue:
        if (!std::isfinite(from.number_value())) {
          return InvalidField(field_, "must hold finite numbers only");
        }
        return NumberValue(from.number_value());
      case google::protobuf::Value::kListValue:
        return List(from.list_value(), depth + 1);
      case google::protobuf::Value::kStructValue:
        return Object(from.struct_value(), depth + 1);
      default:
        return json::Value();
    }
  }

  absl::StatusOr<json::Value> List(const ListValue& from, int depth) const {
    if (depth > kMaxDepth) return TooDeep();
    json::Value::Array array;
    for (const google::protobuf::Value& element : from.values()) {
      ASSIGN_OR_RETURN(json::Value value, Any(element, depth));
      array.push_back(std::move(value));
    }
    return json::Value(std::move(array));
  }

  absl::Status TooDeep() const {
    return InvalidField(field_, "must not be nested deeper than 32");
  }

  const absl::string_view field_;
};

}  // namespace

void JsonToStruct(const json::Value& object, Struct* out) {
  if (const json::Value::Object* members = object.as_object()) {
    FillStruct(*members, out);
  }
}

absl::StatusOr<json::Value> StructToValue(const Struct& value,
                                          absl::string_view field) {
  return Reader(field).Object(value, 1);
}

}  // namespace latchkey
