// The published keys and metadata.
#ifndef LATCHKEY_SERVER_HTTP_WELL_KNOWN_H_
#define LATCHKEY_SERVER_HTTP_WELL_KNOWN_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "core/jwt/key_ring.h"
#include "server/http/http_message.h"

namespace latchkey {

// WellKnown answers below /.well-known/: jwks.json (RFC 7517 §5),
// openid-configuration (OpenID Connect Discovery 1.0 §3) and
// oauth-authorization-server (RFC 8414 §3). Thread-safe.
class WellKnown final {
 public:
  WellKnown(std::string issuer, const KeyRing* keys);

  // Get: nullopt for a path that is not one of the three.
  std::optional<HttpReply> Get(absl::string_view path) const;

 private:
  std::string Metadata() const;

  const std::string issuer_;
  const KeyRing* const keys_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_HTTP_WELL_KNOWN_H_
