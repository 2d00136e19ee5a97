// One attempt to get the keys of a source.
#ifndef LATCHKEY_CORE_JWKS_KEY_LOAD_H_
#define LATCHKEY_CORE_JWKS_KEY_LOAD_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/crypto/public_key.h"
#include "core/jwks/http_fetcher.h"
#include "core/jwks/jwks_cache_options.h"
#include "core/jwks/key_source.h"

namespace latchkey {

struct KeyLoadRequest {
  KeySourceSpec spec;
  // From an earlier discovery; empty when there was none.
  std::string jwks_uri;
  // Read the discovery document (again).
  bool discover = false;
  // Of the set that is held and came from jwks_uri; empty: fetch it whole.
  std::string etag;
};

struct KeyLoad {
  std::string jwks_uri;
  bool discovered = false;
  // 304: the held set is current; document and keys are empty.
  bool not_modified = false;
  std::string etag;
  std::string document;
  std::vector<PublicKey> keys;  // never empty unless not_modified
  std::optional<absl::Duration> max_age;
};

// KeyAlarms counts what somebody should look at in one document.
struct KeyAlarms {
  int leaked = 0;       // private keys and secrets that everybody can read
  int shared_kids = 0;  // kids of several keys of one algorithm
};

// UsableKeys parses a JWKS of that source and logs what it drops, keys that say
// to be another issuer's too (key_issuers.h), and what it alarms at.
// ISSUER_UNAVAILABLE when nothing usable is left (a provider never means "no
// keys"); *alarms is set all the same.
absl::StatusOr<std::vector<PublicKey>> UsableKeys(const KeySourceSpec& spec,
                                                  const std::string& document,
                                                  const JwksOptions& options,
                                                  KeyAlarms* alarms);

// LoadKeys does discovery where needed, then the JWKS; blocks. When discovery
// fails, a jwks_uri that is known already is used. ISSUER_UNAVAILABLE on any
// failure, with the server's Retry-After where it gave one. *alarms is of the
// document that came, whether it could be used or not.
absl::StatusOr<KeyLoad> LoadKeys(HttpFetcher* fetcher,
                                 const KeyLoadRequest& request,
                                 const JwksCacheOptions& options,
                                 absl::Time now, KeyAlarms* alarms);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_KEY_LOAD_H_
