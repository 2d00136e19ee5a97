// Who is calling: the bearer token of users, the proof of administrators.
#ifndef LATCHKEY_SERVER_RPC_CALLER_H_
#define LATCHKEY_SERVER_RPC_CALLER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/audit/audit.h"
#include "core/base/call_context.h"
#include "core/base/clock.h"
#include "core/config/config.h"
#include "core/session/access_tokens.h"
#include "core/session/principal.h"
#include "server/rpc/rpc_context.h"

namespace latchkey {

// BearerToken reads the one `authorization: Bearer <token>` of a call (scheme
// without case, one space; RFC 9110 §11.1, RFC 6750 §2.1).
// CALLER_TOKEN_MISSING when there is none or more than one, or another scheme.
// The view lives as long as `context`.
absl::StatusOr<absl::string_view> BearerToken(const RpcContext& context);

// CallerAuthenticator: thread-safe; no I/O.
class CallerAuthenticator final {
 public:
  CallerAuthenticator(const AccessTokens* tokens, Clock* clock);

  // Authenticate: CALLER_TOKEN_MISSING, CALLER_TOKEN_INVALID (the precise
  // reason is in the detail).
  absl::StatusOr<Principal> Authenticate(const RpcContext& context) const;

 private:
  const AccessTokens* const tokens_;
  Clock* const clock_;
};

// AdminGuard admits peers that the transport vouches for and admin keys
// ("lka_<id>_<base64url of 32 bytes>", known by the SHA-256 of the whole text).
// Thread-safe. Whoever is refused leaves an audit event.
class AdminGuard final {
 public:
  // `audit` is borrowed.
  AdminGuard(std::vector<AdminKeyConfig> keys, AuditSink* audit);

  // Admit gives the call with its administrator named (CallContext::actor), or
  // CALLER_NOT_ALLOWED.
  absl::StatusOr<CallContext> Admit(const RpcContext& context) const;

 private:
  absl::StatusOr<std::string> FindActor(const RpcContext& context) const;

  const std::vector<AdminKeyConfig> keys_;
  AuditSink* const audit_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_CALLER_H_
