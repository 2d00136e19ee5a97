// Addresses to listen at and to call, and URLs, as the configuration has them.
#ifndef LATCHKEY_CORE_CONFIG_ADDRESSES_H_
#define LATCHKEY_CORE_CONFIG_ADDRESSES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "core/config/problems.h"

namespace latchkey {

// SocketAddress is "HOST:PORT" (HOST an IPv4 address, an IPv6 address in
// brackets, or "localhost") or a Unix socket: "unix:PATH", "unix:///PATH".
struct SocketAddress {
  std::string unix_path;  // empty: TCP
  std::string host;
  uint16_t port = 0;
  bool is_loopback = false;  // also for Unix sockets

  bool is_unix() const { return !unix_path.empty(); }
  // Equal for addresses that cannot both be listened at.
  std::string Key() const;
};

// ParseSocketAddress; nullopt when `text` is none.
std::optional<SocketAddress> ParseSocketAddress(absl::string_view text);

constexpr absl::string_view kSocketAddressRule =
    "must be \"HOST:PORT\" with an IP address or localhost, \"unix:PATH\" or "
    "\"unix:///PATH\"";

// CheckUrl reports a URL over 2048 bytes, malformed, or neither https nor http
// on loopback.
void CheckUrl(absl::string_view url, const Place& place);
// CheckIssuer is CheckUrl, and refuses a query (OpenID Connect Core 1.0 §2).
void CheckIssuer(absl::string_view issuer, const Place& place);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_ADDRESSES_H_
