#include "core/config/addresses.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/jwks/url_rules.h"

namespace latchkey {
namespace {

constexpr size_t kMaxUnixPath = sizeof(sockaddr_un::sun_path) - 1;
constexpr size_t kMaxUrl = 2048;
constexpr size_t kMaxPortDigits = 5;

std::optional<SocketAddress> ParseUnix(absl::string_view path) {
  // "unix://" leads an absolute path only, as in gRPC.
  if (absl::ConsumePrefix(&path, "//") && !absl::StartsWith(path, "/")) {
    return std::nullopt;
  }
  if (path.empty() || path.size() > kMaxUnixPath) return std::nullopt;
  SocketAddress address;
  address.unix_path = std::string(path);
  address.is_loopback = true;
  return address;
}

bool ParseHost(absl::string_view text, SocketAddress* address) {
  address->host = std::string(text);
  if (text == "localhost") {
    address->is_loopback = true;
    return true;
  }
  if (absl::ConsumePrefix(&text, "[")) {
    if (!absl::ConsumeSuffix(&text, "]")) return false;
    in6_addr v6;
    if (inet_pton(AF_INET6, std::string(text).c_str(), &v6) != 1) return false;
    address->is_loopback = IN6_IS_ADDR_LOOPBACK(&v6);
    return true;
  }
  in_addr v4;
  if (inet_pton(AF_INET, address->host.c_str(), &v4) != 1) return false;
  address->is_loopback = (ntohl(v4.s_addr) >> 24) == 127;
  return true;
}

bool ParsePort(absl::string_view text, SocketAddress* address) {
  uint32_t port = 0;
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  if (!digits || text.size() > kMaxPortDigits ||
      !absl::SimpleAtoi(text, &port) || port > 65535) {
    return false;
  }
  address->port = static_cast<uint16_t>(port);
  return true;
}

}  // namespace

std::string SocketAddress::Key() const {
  if (is_unix()) return absl::StrCat("unix:", unix_path);
  return absl::StrCat(host, ":", port);
}

std::optional<SocketAddress> ParseSocketAddress(absl::string_view text) {
  if (absl::ConsumePrefix(&text, "unix:")) return ParseUnix(text);
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return std::nullopt;
  SocketAddress address;
  if (!ParseHost(text.substr(0, colon), &address) ||
      !ParsePort(text.substr(colon + 1), &address)) {
    return std::nullopt;
  }
  return address;
}

void CheckUrl(absl::string_view url, const Place& place) {
  if (url.size() > kMaxUrl) {
    place.Report(absl::StrCat("must be at most ", kMaxUrl, " bytes"));
  } else if (!ParseHttpUrl(url).ok()) {
    place.Report("must be a URL: https://HOST[:PORT]/PATH");
  } else if (!CheckFetchUrl(url, /*allow_loopback_http=*/true).ok()) {
    place.Report("must be https; http is for loopback only");
  }
}

void CheckIssuer(absl::string_view issuer, const Place& place) {
  CheckUrl(issuer, place);
  if (absl::StrContains(issuer, "?")) place.Report("must have no query");
}

}  // namespace latchkey
