#include "core/provider/metadata.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/jwt/claims.h"

namespace latchkey {
namespace {

size_t Size(const json::Value& value) {
  const std::string* text = value.as_string();
  return text != nullptr ? text->size() : json::Write(value).size();
}

}  // namespace

absl::StatusOr<std::string> MapMetadata(
    const std::vector<MetadataField>& fields, const json::Value& payload,
    size_t max_value_bytes) {
  json::Value mapped{json::Value::Object{}};
  for (const MetadataField& field : fields) {
    const json::Value* value = FindByPath(payload, field.path);
    if (value == nullptr || value->is_null()) {
      if (!field.required) continue;
      return Error(Reason::kTokenClaimInvalid,
                   absl::StrCat("required ", field.path, " is missing"));
    }
    if (Size(*value) > max_value_bytes) {
      return Error(Reason::kTokenClaimInvalid,
                   absl::StrCat(field.path, " is longer than ", max_value_bytes,
                                " bytes"));
    }
    mapped.Set(field.field.empty() ? LastPathSegment(field.path) : field.field,
               *value);
  }
  return json::Write(mapped);
}

}  // namespace latchkey
