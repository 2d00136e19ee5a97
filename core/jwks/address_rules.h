// Which addresses may be connected to (server-side request forgery, CWE-918).
#ifndef LATCHKEY_CORE_JWKS_ADDRESS_RULES_H_
#define LATCHKEY_CORE_JWKS_ADDRESS_RULES_H_

#include <sys/socket.h>

namespace latchkey {

enum class AddressKind {
  kPublic,
  kLoopback,
  // RFC 1918, unique local, shared (RFC 6598), benchmarking.
  kPrivate,
  // Never a peer: link-local (cloud metadata services), unspecified,
  // multicast, broadcast, reserved, not IP.
  kUnusable,
};

// ClassifyAddress looks through IPv4-mapped, 6to4 and NAT64 addresses at the
// IPv4 address inside.
AddressKind ClassifyAddress(const sockaddr& address);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_ADDRESS_RULES_H_
