// Which URLs may be fetched.
#ifndef LATCHKEY_CORE_JWKS_URL_RULES_H_
#define LATCHKEY_CORE_JWKS_URL_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace latchkey {

// HttpUrl is an absolute http or https URL in parts.
struct HttpUrl {
  std::string scheme;  // "http" or "https"
  std::string host;    // as written; an IPv6 address without its brackets
  int port = 0;        // 80 or 443 when the URL names none
  std::string path;    // from the first "/", query included; may be empty

  // origin is scheme://host:port, in lower case.
  std::string origin() const;
  // is_loopback_host: "localhost", a dotted quad of 127/8, or "::1", spelled
  // just so.
  bool is_loopback_host() const;
};

// ParseHttpUrl takes the plain subset of RFC 3986 that no two parsers read
// differently: lower-case scheme, no user info, no fragment, no blanks,
// controls, backslashes or non-ASCII. INVALID_REQUEST otherwise.
absl::StatusOr<HttpUrl> ParseHttpUrl(absl::string_view url);

// CheckFetchUrl allows https, and http to a loopback host when
// `allow_loopback_http`. INVALID_REQUEST otherwise.
absl::Status CheckFetchUrl(absl::string_view url, bool allow_loopback_http);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_URL_RULES_H_
