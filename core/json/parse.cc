#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/json/decimal.h"
#include "core/json/json.h"
#include "simdjson.h"

namespace latchkey::json {
namespace {

namespace ondemand = simdjson::ondemand;

// Longer texts get a parser of their own, so that a thread keeps little.
constexpr size_t kKeptBytes = 16 * 1024;
// Ceiling of Limits::max_depth: reading recurses.
constexpr int kHardMaxDepth = 512;
// Up to here, comparing each pair of names is quicker than sorting.
constexpr size_t kFewMembers = 12;

absl::Status Bad(absl::string_view what) {
  return Error(Reason::kInvalidRequest, absl::StrCat("JSON: ", what));
}

absl::Status Bad(simdjson::error_code code) {
  return Bad(simdjson::error_message(code));
}

bool HasDuplicate(const Value::Object& object) {
  if (object.size() <= kFewMembers) {
    for (size_t i = 1; i < object.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (object[i].first == object[j].first) return true;
      }
    }
    return false;
  }
  std::vector<absl::string_view> names;
  names.reserve(object.size());
  for (const auto& member : object) names.push_back(member.first);
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

// Reader turns what simdjson finds into Values, within the limits. simdjson's
// On-Demand interface is used because the DOM rounds numbers and refuses large
// integers; every value is visited, so every byte is checked.
class Reader {
 public:
  explicit Reader(const Limits& limits)
      : max_depth_(std::min(limits.max_depth, kHardMaxDepth)),
        members_left_(limits.max_members) {}

  absl::StatusOr<Value> Read(ondemand::value value, int depth) {
    if (members_left_ == 0) return Bad("too many values");
    --members_left_;
    auto type = value.type();
    if (type.error()) return Bad(type.error());
    switch (type.value_unsafe()) {
      case ondemand::json_type::object:
        return ReadObject(value, depth + 1);
      case ondemand::json_type::array:
        return ReadArray(value, depth + 1);
      case ondemand::json_type::string:
        return ReadString(value);
      case ondemand::json_type::number:
        return ReadNumber(value);
      case ondemand::json_type::boolean:
        return ReadBool(value);
      case ondemand::json_type::null:
        return ReadNull(value);
    }
    return Bad("unknown type");
  }

 private:
  absl::StatusOr<Value> ReadObject(ondemand::value value, int depth) {
    if (depth > max_depth_) return Bad("nested too deeply");
    auto object = value.get_object();
    if (object.error()) return Bad(object.error());
    Value::Object members;
    for (auto field : object.value_unsafe()) {
      auto name = field.unescaped_key();
      if (name.error()) return Bad(name.error());
      ASSIGN_OR_RETURN(std::string text, Text(name.value_unsafe()));
      auto member = field.value();
      if (member.error()) return Bad(member.error());
      ASSIGN_OR_RETURN(Value read, Read(member.value_unsafe(), depth));
      members.emplace_back(std::move(text), std::move(read));
    }
    if (HasDuplicate(members)) return Bad("duplicate member name");
    return Value(std::move(members));
  }

  absl::StatusOr<Value> ReadArray(ondemand::value value, int depth) {
    if (depth > max_depth_) return Bad("nested too deeply");
    auto array = value.get_array();
    if (array.error()) return Bad(array.error());
    Value::Array elements;
    for (auto element : array.value_unsafe()) {
      if (element.error()) return Bad(element.error());
      ASSIGN_OR_RETURN(Value read, Read(element.value_unsafe(), depth));
      elements.push_back(std::move(read));
    }
    return Value(std::move(elements));
  }

  static absl::StatusOr<Value> ReadString(ondemand::value value) {
    auto text = value.get_string();
    if (text.error()) return Bad(text.error());
    ASSIGN_OR_RETURN(std::string copy, Text(text.value_unsafe()));
    return Value(std::move(copy));
  }

  static absl::StatusOr<Value> ReadNumber(ondemand::value value) {
    const auto raw = value.raw_json_token();  // to the next token
    absl::string_view text(raw.data(), raw.size());
    const size_t end = text.find_last_not_of(" \t\r\n");
    text = text.substr(0, end + 1);
    if (!IsNumber(text)) return Bad("malformed number");
    // Advances simdjson's cursor; its own range check does not bind us.
    const simdjson::error_code error = value.get_double().error();
    if (error && error != simdjson::NUMBER_ERROR) return Bad(error);
    return Value(Value::Number{std::string(text)});
  }

  static absl::StatusOr<Value> ReadBool(ondemand::value value) {
    auto flag = value.get_bool();
    if (flag.error()) return Bad(flag.error());
    return Value(flag.value_unsafe());
  }

  static absl::StatusOr<Value> ReadNull(ondemand::value value) {
    bool null = false;
    const simdjson::error_code error = value.is_null().get(null);
    if (error) return Bad(error);
    if (!null) return Bad("malformed literal");
    return Value();
  }

  // Text copies, and refuses what an unescaped lone surrogate would leave.
  template <typename View>
  static absl::StatusOr<std::string> Text(View view) {
    const absl::string_view text(view.data(), view.size());
    if (!IsValidUtf8(text)) return Bad("invalid UTF-8 in a string");
    return std::string(text);
  }

  const int max_depth_;
  size_t members_left_;
};

// Workspace is what one parse needs: simdjson's parser and a padded copy.
struct Workspace {
  ondemand::parser parser;
  std::string padded;
};

absl::StatusOr<Value> ParseIn(Workspace* work, absl::string_view text,
                              const Limits& limits) {
  // As the one element of an array, any value is read the same way, and text
  // behind it is an error.
  work->padded.clear();
  work->padded.reserve(text.size() + 2 + simdjson::SIMDJSON_PADDING);
  absl::StrAppend(&work->padded, "[", text, "]");
  auto document = work->parser.iterate(work->padded.data(), work->padded.size(),
                                       work->padded.capacity());
  if (document.error()) return Bad(document.error());
  auto array = document.get_array();
  if (array.error()) return Bad(array.error());

  Reader reader(limits);
  Value result;
  int count = 0;
  for (auto element : array.value_unsafe()) {
    if (element.error()) return Bad(element.error());
    if (++count > 1) return Bad("text behind the value");
    ASSIGN_OR_RETURN(result, reader.Read(element.value_unsafe(), 0));
  }
  if (count == 0) return Bad("no value");
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return Bad("text behind the value");
  }
  return result;
}

}  // namespace

absl::StatusOr<Value> Parse(absl::string_view text, const Limits& limits) {
  if (text.size() > limits.max_bytes) return Bad("larger than the limit");
  if (absl::StartsWith(text, "\xEF\xBB\xBF")) return Bad("byte order mark");
  if (text.size() > kKeptBytes) {
    Workspace work;
    return ParseIn(&work, text, limits);
  }
  thread_local Workspace work;
  return ParseIn(&work, text, limits);
}

absl::StatusOr<Value> ParseObject(absl::string_view text,
                                  const Limits& limits) {
  ASSIGN_OR_RETURN(Value value, Parse(text, limits));
  if (value.as_object() == nullptr) return Bad("not an object");
  return value;
}

}  // namespace latchkey::json
