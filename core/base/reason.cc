#include "core/base/reason.h"

#include <cstddef>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

// Payloads of a status. Only this file reads and writes them.
constexpr char kReasonUrl[] = "latchkey/reason";
constexpr char kFieldsUrl[] = "latchkey/fields";
constexpr char kRetryUrl[] = "latchkey/retry";

constexpr Reason kAllReasons[] = {
#define LATCHKEY_REASON(enumerator, name, number, code, text) \
  Reason::enumerator,
#include "core/base/reasons.def"
#undef LATCHKEY_REASON
};

std::optional<std::string> TextPayload(const absl::Status& status,
                                       absl::string_view url) {
  absl::optional<absl::Cord> payload = status.GetPayload(url);
  if (!payload.has_value()) return std::nullopt;
  return std::string(*payload);
}

// "<size>:<bytes>", so that a field may hold any byte.
std::string SizedText(absl::string_view text) {
  return absl::StrCat(text.size(), ":", text);
}

std::optional<std::string> TakeSizedText(absl::string_view* from) {
  const size_t colon = from->find(':');
  size_t size = 0;
  if (colon == absl::string_view::npos ||
      !absl::SimpleAtoi(from->substr(0, colon), &size)) {
    return std::nullopt;
  }
  from->remove_prefix(colon + 1);
  if (size > from->size()) return std::nullopt;
  std::string text(from->substr(0, size));
  from->remove_prefix(size);
  return text;
}

}  // namespace

// A number used twice is a duplicate case and does not compile.
const ReasonInfo& GetReasonInfo(Reason reason) {
  switch (reason) {
#define LATCHKEY_REASON(enumerator, name, number, code, text)           \
  case Reason::enumerator: {                                            \
    static constexpr ReasonInfo kInfo = {Reason::enumerator, #name,     \
                                         absl::StatusCode::code, text}; \
    return kInfo;                                                       \
  }
#include "core/base/reasons.def"
#undef LATCHKEY_REASON
    case Reason::kUnspecified:
      break;
  }
  return GetReasonInfo(Reason::kInternal);
}

absl::Span<const Reason> AllReasons() { return kAllReasons; }

std::ostream& operator<<(std::ostream& out, Reason reason) {
  if (reason == Reason::kUnspecified) return out << "UNSPECIFIED";
  return out << GetReasonInfo(reason).name;
}

absl::Status Error(Reason reason, absl::string_view detail) {
  const ReasonInfo& info = GetReasonInfo(reason);
  absl::Status status(info.code, detail);
  status.SetPayload(kReasonUrl,
                    absl::Cord(absl::StrCat(static_cast<int>(info.reason))));
  return status;
}

Reason GetReason(const absl::Status& status) {
  if (status.ok()) return Reason::kUnspecified;
  std::optional<std::string> text = TextPayload(status, kReasonUrl);
  int number = 0;
  if (text.has_value() && absl::SimpleAtoi(*text, &number)) {
    return GetReasonInfo(static_cast<Reason>(number)).reason;
  }
  if (status.code() == absl::StatusCode::kCancelled) return Reason::kCancelled;
  if (status.code() == absl::StatusCode::kDeadlineExceeded) {
    return Reason::kDeadlineExceeded;
  }
  return Reason::kInternal;
}

absl::Status InvalidField(absl::string_view field,
                          absl::string_view description) {
  absl::Status status =
      Error(Reason::kInvalidRequest, absl::StrCat(field, ": ", description));
  AddFieldViolation(&status, {std::string(field), std::string(description)});
  return status;
}

void AddFieldViolation(absl::Status* status, const FieldViolation& violation) {
  std::string fields = TextPayload(*status, kFieldsUrl).value_or("");
  absl::StrAppend(&fields, SizedText(violation.field),
                  SizedText(violation.description));
  status->SetPayload(kFieldsUrl, absl::Cord(fields));
}

std::vector<FieldViolation> GetFieldViolations(const absl::Status& status) {
  const std::string fields = TextPayload(status, kFieldsUrl).value_or("");
  std::vector<FieldViolation> violations;
  absl::string_view rest = fields;
  while (!rest.empty()) {
    std::optional<std::string> field = TakeSizedText(&rest);
    if (!field.has_value()) break;
    std::optional<std::string> description = TakeSizedText(&rest);
    if (!description.has_value()) break;
    violations.push_back({*std::move(field), *std::move(description)});
  }
  return violations;
}

absl::Status WithRetryAfter(absl::Status status, absl::Duration delay) {
  if (delay < absl::ZeroDuration()) delay = absl::ZeroDuration();
  status.SetPayload(kRetryUrl, absl::Cord(absl::FormatDuration(delay)));
  return status;
}

std::optional<absl::Duration> GetRetryAfter(const absl::Status& status) {
  std::optional<std::string> text = TextPayload(status, kRetryUrl);
  absl::Duration delay;
  if (!text.has_value() || !absl::ParseDuration(*text, &delay)) {
    return std::nullopt;
  }
  return delay;
}

}  // namespace latchkey
