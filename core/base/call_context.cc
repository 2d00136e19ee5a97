#include "core/base/call_context.h"

#include "core/base/reason.h"

namespace latchkey {

absl::Status CallContext::StillWanted(absl::Time now) const {
  if (cancelled && cancelled()) {
    return Error(Reason::kCancelled, "the caller has gone");
  }
  if (now >= deadline) {
    return Error(Reason::kDeadlineExceeded, "the call's deadline has passed");
  }
  return absl::OkStatus();
}

}  // namespace latchkey
