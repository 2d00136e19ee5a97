// Strict, bounded JSON for text from outside (RFC 8259).
//
// The reader refuses what two parsers could read differently: duplicate member
// names (compared after unescaping), invalid UTF-8, lone surrogates, trailing
// text, a byte order mark, and whatever passes the limits. The JSON library
// underneath does not show.
#ifndef LATCHKEY_CORE_JSON_JSON_H_
#define LATCHKEY_CORE_JSON_JSON_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace latchkey::json {

// Value is an immutable-by-convention JSON value that owns its content.
// Numbers keep their text too, so that nothing is rounded on the way through.
class Value {
 public:
  using Array = std::vector<Value>;
  // In document order; names are unique.
  using Object = std::vector<std::pair<std::string, Value>>;
  struct Number {
    std::string text;  // as RFC 8259 §6 writes it
    friend bool operator==(const Number& a, const Number& b) {
      return a.text == b.text;
    }
  };

  Value() : data_(nullptr) {}
  Value(std::nullptr_t) : data_(nullptr) {}
  Value(bool b) : data_(b) {}
  Value(std::string s) : data_(std::move(s)) {}
  Value(absl::string_view s) : data_(std::string(s)) {}
  Value(const char* s) : data_(std::string(s)) {}
  Value(int n) : data_(Number{std::to_string(n)}) {}
  Value(int64_t n) : data_(Number{std::to_string(n)}) {}
  Value(Number n) : data_(std::move(n)) {}
  Value(Array a) : data_(std::move(a)) {}
  Value(Object o) : data_(std::move(o)) {}

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(data_); }
  // Each returns null when the value is of another type.
  const bool* as_bool() const { return std::get_if<bool>(&data_); }
  const std::string* as_string() const {
    return std::get_if<std::string>(&data_);
  }
  const Number* as_number() const { return std::get_if<Number>(&data_); }
  const Array* as_array() const { return std::get_if<Array>(&data_); }
  const Object* as_object() const { return std::get_if<Object>(&data_); }
  Object* mutable_object() { return std::get_if<Object>(&data_); }
  Array* mutable_array() { return std::get_if<Array>(&data_); }

  // as_int64: the number when it is integral and in range ("1e3" is 1000).
  std::optional<int64_t> as_int64() const;
  // as_double: the nearest double; nullopt when not a number or not finite.
  std::optional<double> as_double() const;

  // Find gives the member `name` of an object, or null.
  const Value* Find(absl::string_view name) const;
  // Set adds or replaces a member; the value must be an object.
  void Set(absl::string_view name, Value value);

  // Numbers are equal when their texts are; members may be in any order.
  friend bool operator==(const Value& a, const Value& b);
  friend bool operator!=(const Value& a, const Value& b) { return !(a == b); }

 private:
  std::variant<std::nullptr_t, bool, Number, std::string, Array, Object> data_;
};

struct Limits {
  size_t max_bytes = 64 * 1024;
  int max_depth = 32;           // nesting of arrays and objects, <= 512
  size_t max_members = 10'000;  // values in the whole document
};

// Parse reads one JSON text. INVALID_REQUEST with the kind of the mistake
// (never the text itself) when it is not acceptable.
absl::StatusOr<Value> Parse(absl::string_view text, const Limits& limits = {});
// ParseObject refuses anything but an object at the top.
absl::StatusOr<Value> ParseObject(absl::string_view text,
                                  const Limits& limits = {});

// Write gives compact JSON text; Parse(Write(v)) == v. Strings must be UTF-8.
// Never longer than the text that `v` was read from.
std::string Write(const Value& value);

// AppendQuoted appends `text` as a JSON string with its quotes.
void AppendQuoted(absl::string_view text, std::string* out);

// MergeObjects sets every member of the object text `from` in the object text
// `into` (both valid JSON objects) and returns the result. Top level only.
// LIMIT_REACHED when ParseObject would refuse the result: what was merged can
// be merged again.
absl::StatusOr<std::string> MergeObjects(absl::string_view into,
                                         absl::string_view from);

}  // namespace latchkey::json

#endif  // LATCHKEY_CORE_JSON_JSON_H_
