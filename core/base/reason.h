// The one error vocabulary. Every failure that can reach a caller is an
// absl::Status made by Error(): canonical code and public text come from the
// reason's row in reasons.def, the detail is for the log only.
//
// All functions are thread-safe.
#ifndef LATCHKEY_CORE_BASE_REASON_H_
#define LATCHKEY_CORE_BASE_REASON_H_

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace latchkey {

enum class Reason {
  kUnspecified = 0,
#define LATCHKEY_REASON(enumerator, name, number, code, text) \
  enumerator = number,
#include "core/base/reasons.def"
#undef LATCHKEY_REASON
};

// One row of the table.
struct ReasonInfo {
  Reason reason;
  absl::string_view name;  // UPPER_SNAKE, as in ErrorInfo.reason
  absl::StatusCode code;
  absl::string_view public_text;
};

// GetReasonInfo returns the row of `reason`; kUnspecified gives INTERNAL's.
const ReasonInfo& GetReasonInfo(Reason reason);

// AllReasons lists the reasons of the table in its order.
absl::Span<const Reason> AllReasons();

// Prints the name.
std::ostream& operator<<(std::ostream& out, Reason reason);

// Error makes a status with the reason's canonical code. `detail` goes to logs
// and never to a caller; it must hold no secret. The status message is
// `detail`.
absl::Status Error(Reason reason, absl::string_view detail);

// GetReason reads the reason of a status: kUnspecified for OK. A status that
// Error() did not make gives kCancelled or kDeadlineExceeded if that is its
// code, and kInternal otherwise.
Reason GetReason(const absl::Status& status);

// A field of the request that is wrong: path as in the proto
// ("credential.email_password.email"), and what to do about it. Shown to the
// caller: name the limit, never the value.
struct FieldViolation {
  std::string field;
  std::string description;
};

// InvalidField is Error(kInvalidRequest) with one violation.
absl::Status InvalidField(absl::string_view field,
                          absl::string_view description);
// AddFieldViolation appends to the violations that `status` carries; nothing
// happens to an OK status.
void AddFieldViolation(absl::Status* status, const FieldViolation& violation);
std::vector<FieldViolation> GetFieldViolations(const absl::Status& status);

// WithRetryAfter notes when a retry makes sense (RetryInfo at the edge). A
// negative delay counts as zero.
absl::Status WithRetryAfter(absl::Status status, absl::Duration delay);
std::optional<absl::Duration> GetRetryAfter(const absl::Status& status);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_REASON_H_
