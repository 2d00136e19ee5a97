#include "core/jwks/address_rules.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>

#include "absl/types/span.h"

namespace latchkey {
namespace {

struct Range4 {
  uint32_t prefix;
  int bits;
  AddressKind kind;
};

// IANA IPv4 Special-Purpose Address Registry.
constexpr Range4 kRanges4[] = {
    {0x00000000, 8, AddressKind::kUnusable},   // this network
    {0x0a000000, 8, AddressKind::kPrivate},    // RFC 1918
    {0x64400000, 10, AddressKind::kPrivate},   // shared, RFC 6598
    {0x7f000000, 8, AddressKind::kLoopback},   //
    {0xa9fe0000, 16, AddressKind::kUnusable},  // link-local
    {0xac100000, 12, AddressKind::kPrivate},   // RFC 1918
    {0xc0000000, 24, AddressKind::kPrivate},   // protocol assignments
    {0xc0a80000, 16, AddressKind::kPrivate},   // RFC 1918
    {0xc6120000, 15, AddressKind::kPrivate},   // benchmarking
    {0xe0000000, 4, AddressKind::kUnusable},   // multicast
    {0xf0000000, 4, AddressKind::kUnusable},   // reserved, broadcast
};

AddressKind Classify4(absl::Span<const uint8_t> bytes) {
  uint32_t address = 0;
  for (size_t i = 0; i < 4; ++i) address = (address << 8) | bytes[i];
  for (const Range4& range : kRanges4) {
    if ((address ^ range.prefix) >> (32 - range.bits) == 0) return range.kind;
  }
  return AddressKind::kPublic;
}

bool HasPrefix(absl::Span<const uint8_t> bytes,
               std::initializer_list<uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

AddressKind Classify6(absl::Span<const uint8_t> a) {
  if (HasPrefix(a, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) {
    return Classify4(a.subspan(12));  // IPv4-mapped
  }
  if (HasPrefix(a, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) {
    return Classify4(a.subspan(12));  // NAT64, RFC 6052
  }
  if (HasPrefix(a, {0x20, 0x02})) return Classify4(a.subspan(2));  // 6to4
  if (HasPrefix(a, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})) {
    const bool one = HasPrefix(a.subspan(12), {0, 0, 0, 1});
    return one ? AddressKind::kLoopback : AddressKind::kUnusable;
  }
  if ((a[0] & 0xfe) == 0xfc) return AddressKind::kPrivate;  // unique local
  if (a[0] == 0xfe && a[1] >= 0x80) {
    const bool site_local = a[1] >= 0xc0;  // RFC 3879; else link-local
    return site_local ? AddressKind::kPrivate : AddressKind::kUnusable;
  }
  if (a[0] == 0xff) return AddressKind::kUnusable;  // multicast
  // NAT64 of local use (RFC 8215) may lead to any IPv4 address.
  if (HasPrefix(a, {0, 0x64, 0xff, 0x9b, 0, 1})) return AddressKind::kPrivate;
  return AddressKind::kPublic;
}

}  // namespace

AddressKind ClassifyAddress(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof(v4));
    return Classify4(
        absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(&v4.sin_addr), 4));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof(v6));
    return Classify6(absl::MakeConstSpan(v6.sin6_addr.s6_addr, 16));
  }
  return AddressKind::kUnusable;
}

}  // namespace latchkey
