#include "server/app_services/ejson.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/ids.h"

namespace latchkey {
namespace {

constexpr int64_t kExact = int64_t{1} << 53;

// The number that a string stands for, when JSON writes it so.
std::optional<json::Value> NumberOf(const json::Value& value, bool integer) {
  const std::string* const text = value.as_string();
  if (text == nullptr) return std::nullopt;
  absl::StatusOr<json::Value> number = json::Parse(*text);
  if (!number.ok() || number->as_number() == nullptr) return std::nullopt;
  if (!integer) return *std::move(number);
  const std::optional<int64_t> whole = number->as_int64();
  if (!whole || *whole > kExact || *whole < -kExact) return std::nullopt;
  return json::Value(*whole);
}

std::optional<json::Value> Unwrapped(const json::Value::Object& object) {
  if (object.size() != 1) return std::nullopt;
  const auto& [name, value] = object.front();
  if (name == "$numberInt" || name == "$numberLong") {
    return NumberOf(value, /*integer=*/true);
  }
  if (name == "$numberDouble") return NumberOf(value, /*integer=*/false);
  return std::nullopt;
}

}  // namespace

json::Value RelaxEjson(const json::Value& value) {
  if (const json::Value::Array* array = value.as_array()) {
    json::Value::Array relaxed;
    relaxed.reserve(array->size());
    for (const json::Value& element : *array) {
      relaxed.push_back(RelaxEjson(element));
    }
    return relaxed;
  }
  const json::Value::Object* const object = value.as_object();
  if (object == nullptr) return value;
  std::optional<json::Value> number = Unwrapped(*object);
  if (number.has_value()) return *std::move(number);
  json::Value::Object relaxed;
  relaxed.reserve(object->size());
  for (const auto& [name, member] : *object) {
    relaxed.emplace_back(name, RelaxEjson(member));
  }
  return relaxed;
}

std::string ObjectIdText(const json::Value& value) {
  const json::Value* const wrapped = value.Find("$oid");
  const std::string* const text =
      (wrapped != nullptr ? *wrapped : value).as_string();
  return text != nullptr && IsObjectId(*text) ? *text : "";
}

}  // namespace latchkey
