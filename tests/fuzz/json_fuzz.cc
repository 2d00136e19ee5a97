// Strict JSON: both readers follow the grammar and agree, and what is written
// reads the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/reason.h"
#include "core/base/utf8.h"
#include "core/json/document.h"
#include "core/json/json.h"
#include "core/testing/json_grammar.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey {
namespace {

struct Extent {
  size_t values = 0;
  int depth = 0;
};

// As Limits counts: containers nest, a scalar adds no level.
void Measure(const json::Value& value, int depth, Extent* extent) {
  ++extent->values;
  if (const auto* array = value.as_array()) {
    extent->depth = std::max(extent->depth, depth + 1);
    for (const json::Value& element : *array) {
      Measure(element, depth + 1, extent);
    }
  } else if (const auto* object = value.as_object()) {
    extent->depth = std::max(extent->depth, depth + 1);
    for (const auto& [name, member] : *object) {
      FUZZ_CHECK(IsValidUtf8(name));
      FUZZ_CHECK(value.Find(name) == &member);  // no name twice
      Measure(member, depth + 1, extent);
    }
  } else if (const auto* text = value.as_string()) {
    FUZZ_CHECK(IsValidUtf8(*text));
  } else if (const auto* number = value.as_number()) {
    const std::optional<int64_t> integer = value.as_int64();
    const std::optional<double> real = value.as_double();
    FUZZ_CHECK(number->text.find_first_not_of("0123456789+-.eE") ==
               std::string::npos);
    if (integer.has_value()) {
      FUZZ_CHECK(real.has_value());
      FUZZ_CHECK(*real == static_cast<double>(*integer));
    }
  }
}

void CheckRead(absl::string_view text, const json::Limits& limits,
               json::Document* document) {
  const absl::StatusOr<json::Value> value = json::Parse(text, limits);
  const absl::Status status = document->Parse(text, limits);
  FUZZ_CHECK(value.status() == status);
  FUZZ_CHECK(value.ok() == FollowsGrammar(text, limits));
  const absl::Status as_object = document->ParseObject(text, limits);
  if (!value.ok()) {
    FUZZ_CHECK(GetReason(status) == Reason::kInvalidRequest);
    FUZZ_CHECK(!as_object.ok());
    FUZZ_CHECK(document->root().type() == json::Node::Type::kNull);
    return;
  }
  FUZZ_CHECK(as_object.ok() == (value->as_object() != nullptr));
  FUZZ_CHECK(document->Parse(text, limits).ok());
  FUZZ_CHECK(document->root().ToValue() == *value);

  Extent extent;
  Measure(*value, 0, &extent);
  FUZZ_CHECK(text.size() <= limits.max_bytes);
  FUZZ_CHECK(extent.depth <= limits.max_depth);
  FUZZ_CHECK(extent.values <= limits.max_members);

  json::Limits wide = limits;
  wide.max_bytes = 8 * text.size() + 16;  // escapes are longer
  const std::string written = json::Write(*value);
  const absl::StatusOr<json::Value> again = json::Parse(written, wide);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(*again == *value);
  FUZZ_CHECK(json::Write(*again) == written);
  if (value->as_object() != nullptr) {
    const auto merged = json::MergeObjects(written, written);
    FUZZ_CHECK(merged.ok());
    FUZZ_CHECK(*merged == written);
  }
}

void CheckQuoted(absl::string_view text) {
  if (!IsValidUtf8(text)) return;
  std::string quoted;
  json::AppendQuoted(text, &quoted);
  json::Limits limits;
  limits.max_bytes = quoted.size();
  const absl::StatusOr<json::Value> value = json::Parse(quoted, limits);
  FUZZ_CHECK(value.ok());
  FUZZ_CHECK(value->as_string() != nullptr);
  FUZZ_CHECK(*value->as_string() == text);
}

}  // namespace

void FuzzOne(absl::string_view input) {
  static json::Document* const document = new json::Document();
  CheckRead(input, json::Limits(), document);
  json::Limits tight;
  tight.max_bytes = 256;
  tight.max_depth = 4;
  tight.max_members = 16;
  CheckRead(input, tight, document);
  CheckQuoted(input);
}

}  // namespace latchkey
