// RpcContext is what a transport tells the handlers about one call.
#ifndef LATCHKEY_SERVER_RPC_RPC_CONTEXT_H_
#define LATCHKEY_SERVER_RPC_RPC_CONTEXT_H_

#include <string>
#include <vector>

#include "core/base/call_context.h"

namespace latchkey {

struct Principal;

// RpcContext lives as long as the call. Handlers read it only.
struct RpcContext {
  CallContext call;
  // Values of the `authorization` metadata, as received: none, one, or too
  // many (then the call is refused where a caller is needed).
  std::vector<std::string> authorization;
  // Who calls, where the transport has proved it in its own way; then
  // `authorization` is not looked at. Null: `authorization` says it. Borrowed.
  const Principal* caller = nullptr;
  // The transport proved that the peer may administer: allowed uid on a Unix
  // socket, or an allowed client certificate.
  bool peer_is_admin = false;
  // Who that peer is, for the audit trail: "unix:uid=<uid>", "san:<name>". May
  // be empty.
  std::string admin_peer;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_RPC_CONTEXT_H_
