#include "core/testing/status_matchers.h"

namespace latchkey {
namespace status_matchers_internal {

void Describe(const absl::Status& status, std::ostream* out) {
  if (status.ok()) {
    *out << "which is OK";
    return;
  }
  *out << "which is " << status.code() << " with reason " << GetReason(status)
       << ": " << status.message();
  for (const FieldViolation& violation : GetFieldViolations(status)) {
    *out << " [" << violation.field << ": " << violation.description << "]";
  }
}

}  // namespace status_matchers_internal
}  // namespace latchkey
