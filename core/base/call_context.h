// All that core may know of a call.
#ifndef LATCHKEY_CORE_BASE_CALL_CONTEXT_H_
#define LATCHKEY_CORE_BASE_CALL_CONTEXT_H_

#include <cstddef>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace latchkey {

// CallContext is made by a transport for each call and outlives it.
// Immutable while handlers run; the cancelled predicate is thread-safe.
struct CallContext {
  // Address for limits and the audit trail: "ip:port", or "unix". Not trusted
  // for authorization.
  std::string peer;
  // Who acts for the audit trail, where it is not the user of the token: see
  // AuditEvent::actor. Set by whoever admitted the caller.
  std::string actor;
  // Printable ASCII, at most 64 characters; made by us.
  std::string request_id;
  // When the transport received the call.
  absl::Time started;
  // Capped by the transport; never InfiniteFuture.
  absl::Time deadline = absl::InfiniteFuture();
  // Shortest new password that this call may set, in characters, where its
  // surface promises other rules than ours; 0: the policy's.
  size_t min_password_length = 0;
  // True when nobody waits for the answer any more. May be empty.
  std::function<bool()> cancelled;

  // StillWanted is OK, or CANCELLED / DEADLINE_EXCEEDED: asked before work
  // that costs something.
  absl::Status StillWanted(absl::Time now) const;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_CALL_CONTEXT_H_
