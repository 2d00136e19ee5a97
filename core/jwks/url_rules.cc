#include "core/jwks/url_rules.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

constexpr size_t kMaxUrlSize = 2048;

absl::Status Bad(absl::string_view cause) {
  return Error(Reason::kInvalidRequest, cause);
}

bool HasForbiddenCharacter(absl::string_view url) {
  return std::any_of(url.begin(), url.end(), [](char c) {
    return c <= 0x20 || c >= 0x7f || absl::StrContains("\\#@\"<>^`{|}", c);
  });
}

bool IsHostName(absl::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' ||
           c == '-' || c == '_';
  });
}

// RFC 3986 §3.2.2, without a zone.
bool IsIpv6Address(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

// Splits "host:port" or "[address]:port"; leaves ":port" or nothing in *rest.
absl::Status TakeHost(absl::string_view* rest, HttpUrl* url) {
  if (absl::StartsWith(*rest, "[")) {
    const size_t end = rest->find(']');
    if (end == absl::string_view::npos) return Bad("URL: open bracket");
    url->host = std::string(rest->substr(1, end - 1));
    rest->remove_prefix(end + 1);
    if (!IsIpv6Address(url->host)) return Bad("URL: bad IPv6 address");
    return absl::OkStatus();
  }
  const size_t end = std::min(rest->find(':'), rest->size());
  url->host = std::string(rest->substr(0, end));
  rest->remove_prefix(end);
  if (!IsHostName(url->host)) return Bad("URL: bad host");
  return absl::OkStatus();
}

absl::Status TakePort(absl::string_view rest, HttpUrl* url) {
  url->port = url->scheme == "https" ? 443 : 80;
  if (rest.empty()) return absl::OkStatus();
  uint32_t port = 0;
  const absl::string_view digits = rest.substr(1);
  const bool plain =
      rest[0] == ':' && !digits.empty() && digits.size() <= 5 &&
      std::all_of(digits.begin(), digits.end(), [](char c) {
        return absl::ascii_isdigit(static_cast<unsigned char>(c));
      });
  if (!plain || !absl::SimpleAtoi(digits, &port) || port == 0 || port > 65535) {
    return Bad("URL: bad port");
  }
  url->port = static_cast<int>(port);
  return absl::OkStatus();
}

// A dotted quad in its one canonical spelling: no other base, no short form.
bool IsLoopbackQuad(absl::string_view host) {
  const std::vector<absl::string_view> parts = absl::StrSplit(host, '.');
  if (parts.size() != 4 || parts[0] != "127") return false;
  return std::all_of(parts.begin(), parts.end(), [](absl::string_view part) {
    uint32_t value = 0;
    return part.size() <= 3 && absl::SimpleAtoi(part, &value) && value <= 255 &&
           absl::StrCat(value) == part;
  });
}

}  // namespace

std::string HttpUrl::origin() const {
  const bool is_ipv6 = absl::StrContains(host, ":");
  return absl::AsciiStrToLower(absl::StrCat(
      scheme, "://", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", ":", port));
}

bool HttpUrl::is_loopback_host() const {
  return host == "localhost" || host == "::1" || IsLoopbackQuad(host);
}

absl::StatusOr<HttpUrl> ParseHttpUrl(absl::string_view url) {
  if (url.size() > kMaxUrlSize) return Bad("URL: too long");
  if (HasForbiddenCharacter(url)) return Bad("URL: forbidden character");
  HttpUrl parsed;
  const size_t colon = url.find("://");
  if (colon == absl::string_view::npos) return Bad("URL: no scheme");
  parsed.scheme = std::string(url.substr(0, colon));
  if (parsed.scheme != "https" && parsed.scheme != "http") {
    return Bad("URL: neither https nor http");
  }
  url.remove_prefix(colon + 3);
  const size_t path = std::min(url.find_first_of("/?"), url.size());
  parsed.path = std::string(url.substr(path));
  absl::string_view authority = url.substr(0, path);
  RETURN_IF_ERROR(TakeHost(&authority, &parsed));
  RETURN_IF_ERROR(TakePort(authority, &parsed));
  return parsed;
}

absl::Status CheckFetchUrl(absl::string_view url, bool allow_loopback_http) {
  ASSIGN_OR_RETURN(const HttpUrl parsed, ParseHttpUrl(url));
  if (parsed.scheme == "https") return absl::OkStatus();
  if (allow_loopback_http && parsed.is_loopback_host()) {
    return absl::OkStatus();
  }
  return Bad("URL: http is for loopback only; use https");
}

}  // namespace latchkey
