// BatchInspection examines the tokens of a BatchVerify, some at a time.
#ifndef LATCHKEY_SERVER_RPC_BATCH_INSPECTION_H_
#define LATCHKEY_SERVER_RPC_BATCH_INSPECTION_H_

#include <optional>

#include "absl/status/status.h"
#include "core/base/clock.h"
#include "latchkey/v1/auth_service.pb.h"
#include "server/rpc/rpc_context.h"
#include "server/rpc/token_inspector.h"

namespace latchkey {

// One token must hide no other. So every token is looked at once without
// waiting for any issuer, which also makes all the fetches start that are
// needed; only then are the tokens waited for that are still open, until half
// of the call's time is gone. What is open after that is ISSUER_UNAVAILABLE.
//
// All state is in the response: a result that is neither active nor has a
// reason is open. Thread-safe.
class BatchInspection final {
 public:
  // Borrows all.
  BatchInspection(const TokenInspector* inspector, Clock* clock,
                  const RpcContext* context);

  // Continue examines the next few tokens; nullopt: call again, there are more.
  // May block as said above, and on the store. DEADLINE_EXCEEDED, CANCELLED.
  std::optional<absl::Status> Continue(const v1::BatchVerifyRequest& request,
                                       v1::BatchVerifyResponse* response) const;

 private:
  // NoWaiting and HalfTime are the call with a deadline of that kind.
  RpcContext NoWaiting() const;
  RpcContext HalfTime() const;
  absl::Status StillWanted() const;

  const TokenInspector* const inspector_;
  Clock* const clock_;
  const RpcContext* const context_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_BATCH_INSPECTION_H_
