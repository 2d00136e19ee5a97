#include "server/rpc/field_checks.h"

#include "absl/strings/str_cat.h"
#include "core/base/ids.h"
#include "core/base/utf8.h"

namespace latchkey {

FieldChecks& FieldChecks::Text(absl::string_view field, absl::string_view value,
                               size_t min, size_t max) {
  if (value.size() >= min && value.size() <= max &&
      HasControlCharacters(value)) {
    return That(false, field, "must not hold control characters");
  }
  return Bytes(field, value, min, max);
}

FieldChecks& FieldChecks::Bytes(absl::string_view field,
                                absl::string_view value, size_t min,
                                size_t max) {
  if (value.empty() && min > 0) return That(false, field, "is required");
  return That(value.size() >= min && value.size() <= max, field,
              absl::StrCat("must have ", min, " to ", max, " bytes"));
}

FieldChecks& FieldChecks::ObjectId(absl::string_view field,
                                   absl::string_view value) {
  return That(IsObjectId(value), field, "must be 24 lower-case hex digits");
}

FieldChecks& FieldChecks::That(bool holds, absl::string_view field,
                               absl::string_view description) {
  if (!holds) {
    violations_.push_back({std::string(field), std::string(description)});
  }
  return *this;
}

absl::Status FieldChecks::status() const {
  if (violations_.empty()) return absl::OkStatus();
  absl::Status status = Error(Reason::kInvalidRequest, violations_[0].field);
  for (const FieldViolation& violation : violations_) {
    AddFieldViolation(&status, violation);
  }
  return status;
}

}  // namespace latchkey
