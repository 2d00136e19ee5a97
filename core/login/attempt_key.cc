#include "core/login/attempt_key.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/provider/api_key_service.h"

namespace latchkey {
namespace {

// An address longer than any that is accepted still makes a bounded key.
constexpr size_t kMaxNameBytes = 256;

struct LoginName {
  std::optional<std::string> operator()(
      const EmailPasswordCredential& credential) const {
    // Spellings of one address share a bucket.
    return absl::AsciiStrToLower(
        absl::string_view(credential.email).substr(0, kMaxNameBytes));
  }
  std::optional<std::string> operator()(
      const ApiKeyCredential& credential) const {
    const std::optional<ApiKeyParts> parts =
        ParseApiKey(credential.key.RevealSecret());
    return parts ? parts->id.value() : "malformed";
  }
  template <typename Other>
  std::optional<std::string> operator()(const Other&) const {
    return std::nullopt;
  }
};

// HostOf is `peer` without port and brackets.
absl::string_view HostOf(absl::string_view peer) {
  if (!peer.empty() && peer.front() == '[') {
    const size_t end = peer.find(']');
    return end == absl::string_view::npos ? peer : peer.substr(1, end - 1);
  }
  const size_t colon = peer.find(':');
  // Two colons without brackets: an IPv6 address that has no port.
  const bool one = colon != absl::string_view::npos && colon == peer.rfind(':');
  return one ? peer.substr(0, colon) : peer;
}

std::string Ipv6Key(struct in6_addr address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    inet_ntop(AF_INET, &address.s6_addr[12], text, sizeof(text));
    return text;
  }
  std::fill(&address.s6_addr[8], &address.s6_addr[16], uint8_t{0});
  inet_ntop(AF_INET6, &address, text, sizeof(text));
  return absl::StrCat(text, "/64");
}

}  // namespace

std::string PeerKey(absl::string_view peer) {
  std::string host(HostOf(peer));
  // A link-local address may name its interface: "fe80::1%eth0".
  const std::string address = host.substr(0, host.find('%'));
  struct in6_addr ipv6;
  if (inet_pton(AF_INET6, address.c_str(), &ipv6) == 1) return Ipv6Key(ipv6);
  return host;
}

std::optional<AttemptKeys> AttemptKeysOf(absl::string_view peer,
                                         const AppId& app,
                                         const Credential& credential) {
  const std::optional<std::string> name =
      std::visit(LoginName(), credential.arm);
  if (!name) return std::nullopt;
  // No part before the last can hold a newline; the first tells the kinds of
  // keys in one limiter apart.
  const std::string of_name = absl::StrCat(
      app.value(), "\n", ProviderKindName(credential.kind()), "\n", *name);
  const std::string of_peer = PeerKey(peer);
  return AttemptKeys{
      absl::StrCat(of_peer, "\n", of_name),
      of_peer == kUnixPeer ? "" : absl::StrCat("peer\n", of_peer),
      absl::StrCat("name\n", of_name)};
}

absl::Status Take(absl::string_view key, absl::Time now, RateLimiter* limiter) {
  if (limiter->Admit(key, now)) return absl::OkStatus();
  return WithRetryAfter(Error(Reason::kThrottled, "too many attempts"),
                        limiter->RetryAfter(key, now));
}

}  // namespace latchkey
