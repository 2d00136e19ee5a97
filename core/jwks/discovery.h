// Issuer metadata: OpenID Connect Discovery 1.0 and RFC 8414.
#ifndef LATCHKEY_CORE_JWKS_DISCOVERY_H_
#define LATCHKEY_CORE_JWKS_DISCOVERY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/jwks/http_fetcher.h"

namespace latchkey {

// IssuerMetadata is what latchkey uses of the document.
struct IssuerMetadata {
  std::string issuer;
  std::string jwks_uri;
  // Where clients get tokens; empty when there is none, or it may not be
  // fetched under the same rules as `jwks_uri`.
  std::string token_endpoint;
};

// DiscoveryUrls gives where the document of `issuer` may be, in the order to
// try: OpenID Connect Discovery §4 (suffix), then RFC 8414 §3.1 (infix). For
// an issuer with "{tenantid}" (Entra) it is the document of tenant "common",
// which names that issuer.
std::vector<std::string> DiscoveryUrls(absl::string_view issuer);

// ParseIssuerMetadata wants a member `issuer` equal to `issuer` byte for byte
// (Discovery §4.3, RFC 8414 §3.3) and a `jwks_uri` that may be fetched under
// `options`, on loopback only when `issuer` is. ISSUER_UNAVAILABLE with the
// cause otherwise.
absl::StatusOr<IssuerMetadata> ParseIssuerMetadata(absl::string_view document,
                                                   absl::string_view issuer,
                                                   const FetchOptions& options);

// Discover fetches and parses; blocks. The second URL is tried only when the
// first answers with a status other than 200. ISSUER_UNAVAILABLE on failure,
// with the server's Retry-After where it gave one.
absl::StatusOr<IssuerMetadata> Discover(HttpFetcher* fetcher,
                                        absl::string_view issuer,
                                        const FetchOptions& options,
                                        absl::Time now);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_DISCOVERY_H_
