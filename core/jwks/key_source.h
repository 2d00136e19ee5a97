// A foreign issuer's keys, and how they stand.
#ifndef LATCHKEY_CORE_JWKS_KEY_SOURCE_H_
#define LATCHKEY_CORE_JWKS_KEY_SOURCE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/crypto/algorithm.h"

namespace latchkey {

// KeySourceSpec says where keys come from: exactly one of jwks_uri and issuer
// (OpenID Connect Discovery 1.0 §4) is set. Two specs with equal fields share
// one source.
struct KeySourceSpec {
  std::string jwks_uri;
  std::string issuer;
  // Period of the background refresh; zero: the answer's max-age, else the
  // cache's default; infinite: as seldom as may be. Clamped to [min_refresh,
  // max_refresh].
  absl::Duration poll = absl::ZeroDuration();
  // The service is not ready before this source has keys.
  bool required = false;
  // What RSA keys without `alg` are for; keys for RS256 are dropped then.
  // nullopt: RS256.
  std::optional<Algorithm> rsa_default = std::nullopt;
  // PEM: authorities that the issuer's server must have its certificate from.
  // Empty: the system's.
  std::string ca_pem = {};

  // id is the issuer or the URI: the name in logs, metrics and the admin API.
  const std::string& id() const { return issuer.empty() ? jwks_uri : issuer; }
};

// KeySourceStatus is a picture of one source for operators.
struct KeySourceStatus {
  std::string id;
  std::string jwks_uri;  // from discovery when the spec had an issuer
  struct Key {
    std::string kid;
    Algorithm algorithm;
  };
  std::vector<Key> keys;
  std::optional<absl::Time> last_success;
  std::optional<absl::Time> last_attempt;
  absl::Time next_refresh = absl::InfiniteFuture();
  std::string last_error;  // empty after a success
  bool stale = false;      // serving a last good set past its time
  bool expired = false;    // past max_stale: nothing is served
  bool from_disk = false;  // the set came from the disk copy
  bool required = false;
  uint64_t fetches = 0;
  uint64_t failures = 0;
  uint64_t unknown_kids = 0;
  uint64_t cooldown_suppressed = 0;
  // What somebody should look at, counted in each document that was read:
  uint64_t leaked_keys = 0;    // private keys and secrets, which are not used
  uint64_t shared_kids = 0;    // kids of several keys of one algorithm
  uint64_t replaced_kids = 0;  // kids that another key has from then on
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_KEY_SOURCE_H_
