// RpcContext is what a transport tells the handlers about one call.
#ifndef LATCHKEY_SERVER_RPC_RPC_CONTEXT_H_
#define LATCHKEY_SERVER_RPC_RPC_CONTEXT_H_

#include <string>
#include <vector>

#include "core/base/call_context.h"

namespace latchkey {

// RpcContext lives as long as the call. Handlers read it only.
struct RpcContext {
  CallContext call;
  // Values of the `authorization` metadata, as received: none, one, or too
  // many (then the call is refused where a caller is needed).
  std::vector<std::string> authorization;
  // The transport proved that the peer may administer: allowed uid on a Unix
  // socket, or an allowed client certificate.
  bool peer_is_admin = false;
  // Who that peer is, for the audit trail: "unix:uid=<uid>", "san:<name>". May
  // be empty.
  std::string admin_peer;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_RPC_CONTEXT_H_
