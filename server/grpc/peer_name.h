// PeerName makes gRPC's peer strings fit for logs and limits.
#ifndef LATCHKEY_SERVER_GRPC_PEER_NAME_H_
#define LATCHKEY_SERVER_GRPC_PEER_NAME_H_

#include <string>

#include "absl/strings/string_view.h"

namespace latchkey {

// "ipv4:127.0.0.1:4711" -> "127.0.0.1:4711", "ipv6:%5B::1%5D:4711" ->
// "[::1]:4711", a Unix socket or an adopted connection ("fd:9") -> "unix".
std::string PeerName(absl::string_view grpc_peer);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_PEER_NAME_H_
