#include "core/json/json.h"

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/charconv.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/json/decimal.h"

namespace latchkey::json {
namespace {

void AppendValue(const Value& value, std::string* out);

void AppendObject(const Value::Object& object, std::string* out) {
  out->push_back('{');
  bool first = true;
  for (const auto& [name, value] : object) {
    if (!first) out->push_back(',');
    first = false;
    AppendQuoted(name, out);
    out->push_back(':');
    AppendValue(value, out);
  }
  out->push_back('}');
}

void AppendArray(const Value::Array& array, std::string* out) {
  out->push_back('[');
  bool first = true;
  for (const Value& value : array) {
    if (!first) out->push_back(',');
    first = false;
    AppendValue(value, out);
  }
  out->push_back(']');
}

void AppendValue(const Value& value, std::string* out) {
  if (const bool* b = value.as_bool()) {
    out->append(*b ? "true" : "false");
  } else if (const std::string* s = value.as_string()) {
    AppendQuoted(*s, out);
  } else if (const Value::Number* n = value.as_number()) {
    out->append(n->text);
  } else if (const Value::Array* array = value.as_array()) {
    AppendArray(*array, out);
  } else if (const Value::Object* object = value.as_object()) {
    AppendObject(*object, out);
  } else {
    out->append("null");
  }
}

void AppendEscape(unsigned char c, std::string* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\b':
      out->append("\\b");
      return;
    case '\f':
      out->append("\\f");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    default:
      out->append("\\u00");
      out->push_back(kHex[c >> 4]);
      out->push_back(kHex[c & 0xF]);
  }
}

bool SameMembers(const Value::Object& a, const Value& b) {
  for (const auto& [name, value] : a) {
    const Value* other = b.Find(name);
    if (other == nullptr || *other != value) return false;
  }
  return true;
}

}  // namespace

std::optional<int64_t> Value::as_int64() const {
  const Number* number = as_number();
  if (number == nullptr) return std::nullopt;
  const std::optional<TruncatedDecimal> decimal = TruncateDecimal(number->text);
  if (!decimal.has_value() || !decimal->exact) return std::nullopt;
  return decimal->integer;
}

std::optional<double> Value::as_double() const {
  const Number* number = as_number();
  if (number == nullptr) return std::nullopt;
  double value = 0;
  const std::string& text = number->text;
  const absl::from_chars_result result =
      absl::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ptr != text.data() + text.size()) return std::nullopt;
  // Out of range is too large, or too small and then close to zero.
  if (result.ec == std::errc::result_out_of_range && std::abs(value) > 1) {
    return std::nullopt;
  }
  return value;
}

const Value* Value::Find(absl::string_view name) const {
  const Object* object = as_object();
  if (object == nullptr) return nullptr;
  for (const auto& member : *object) {
    if (member.first == name) return &member.second;
  }
  return nullptr;
}

void Value::Set(absl::string_view name, Value value) {
  Object* object = mutable_object();
  for (auto& member : *object) {
    if (member.first == name) {
      member.second = std::move(value);
      return;
    }
  }
  object->emplace_back(std::string(name), std::move(value));
}

bool operator==(const Value& a, const Value& b) {
  const Value::Object* object = a.as_object();
  if (object == nullptr) return a.data_ == b.data_;
  const Value::Object* other = b.as_object();
  return other != nullptr && object->size() == other->size() &&
         SameMembers(*object, b);
}

std::string Write(const Value& value) {
  std::string out;
  AppendValue(value, &out);
  return out;
}

void AppendQuoted(absl::string_view text, std::string* out) {
  out->push_back('"');
  for (const char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || c == '"' || c == '\\') {
      AppendEscape(byte, out);
    } else {
      out->push_back(c);
    }
  }
  out->push_back('"');
}

absl::StatusOr<std::string> MergeObjects(absl::string_view into,
                                         absl::string_view from) {
  ASSIGN_OR_RETURN(Value result, ParseObject(into));
  ASSIGN_OR_RETURN(Value added, ParseObject(from));
  for (auto& [name, value] : *added.mutable_object()) {
    result.Set(name, std::move(value));
  }
  std::string merged = Write(result);
  // Both were within the limits, and every value takes a byte: a short text is
  // within them, too.
  if (merged.size() > Limits().max_members && !ParseObject(merged).ok()) {
    return Error(Reason::kLimitReached, "merged object");
  }
  return merged;
}

}  // namespace latchkey::json
