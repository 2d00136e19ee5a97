// HttpFetcher is the seam to HTTPS for discovery and JWKS documents.
#ifndef LATCHKEY_CORE_JWKS_HTTP_FETCHER_H_
#define LATCHKEY_CORE_JWKS_HTTP_FETCHER_H_

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace latchkey {

struct FetchOptions {
  absl::Duration connect_timeout = absl::Seconds(2);
  absl::Duration total_timeout = absl::Seconds(5);
  size_t max_body_bytes = 512 * 1024;
  size_t max_header_bytes = 64 * 1024;
  // Same scheme, host and port only. 0: none are followed.
  int max_redirects = 0;
  // http:// is allowed for loopback hosts only, and only with this flag.
  bool allow_loopback_http = true;
  // Connections to private addresses (SSRF); never link-local. Loopback follows
  // allow_loopback_http for http and is allowed for https.
  bool allow_private_addresses = false;
  std::map<std::string, std::string> headers;  // e.g. If-None-Match
  // A POST with this body when set (forms for token endpoints).
  std::shared_ptr<const std::string> post_body;
  // PEM: the only authorities trusted; they are not checked before. Empty: the
  // system's.
  std::string ca_pem;
  // The transfer stops soon after this becomes true. May be null.
  const std::atomic<bool>* cancelled = nullptr;
};

struct HttpResponse {
  int status = 0;
  // Lower-case names; the last of a repeated header wins.
  std::map<std::string, std::string> headers;
  std::string body;
};

// HttpFetcher gets one URL; blocks. Thread-safe. Any HTTP status is a response;
// ISSUER_UNAVAILABLE when there is none (refused URL, TLS, time, size, encoding
// other than identity), with a cause that names no secret.
class HttpFetcher {
 public:
  virtual ~HttpFetcher() = default;
  virtual absl::StatusOr<HttpResponse> Fetch(const std::string& url,
                                             const FetchOptions& options) = 0;
};

// NewCurlFetcher is the real one (libcurl, TLS >= 1.2, certificates checked).
std::unique_ptr<HttpFetcher> NewCurlFetcher();

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_HTTP_FETCHER_H_
