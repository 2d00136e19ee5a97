#include "server/grpc/peer_name.h"

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace latchkey {

std::string PeerName(absl::string_view grpc_peer) {
  if (absl::ConsumePrefix(&grpc_peer, "ipv4:")) return std::string(grpc_peer);
  if (absl::ConsumePrefix(&grpc_peer, "ipv6:")) {
    // gRPC escapes the brackets, as in a URI.
    return absl::StrReplaceAll(grpc_peer, {{"%5B", "["}, {"%5D", "]"}});
  }
  if (absl::StartsWith(grpc_peer, "unix") ||
      absl::StartsWith(grpc_peer, "fd:")) {
    return "unix";
  }
  return "unknown";
}

}  // namespace latchkey
