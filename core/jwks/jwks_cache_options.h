// Every figure of the key cache.
#ifndef LATCHKEY_CORE_JWKS_JWKS_CACHE_OPTIONS_H_
#define LATCHKEY_CORE_JWKS_JWKS_CACHE_OPTIONS_H_

#include <cstddef>
#include <string>

#include "absl/time/time.h"
#include "core/jwks/http_fetcher.h"
#include "core/jwt/jwk.h"

namespace latchkey {

struct JwksCacheOptions {
  // A source is never refreshed on schedule more often, nor more seldom, than
  // this; nor more seldom than half of max_stale, so that a failed refresh can
  // be tried again before the keys expire.
  absl::Duration min_refresh = absl::Seconds(60);
  absl::Duration max_refresh = absl::Hours(24);
  // When neither the configuration nor the answer names a period.
  absl::Duration default_refresh = absl::Seconds(600);
  // Between refreshes that tokens ask for (unknown kid): from attempt to
  // attempt, successful or not; those by schedule do not count. Before the
  // first success, and after a failure by schedule, it is retry_min.
  absl::Duration cooldown = absl::Seconds(30);
  // The last good set is served this long after it was last confirmed.
  absl::Duration max_stale = absl::Hours(24);
  // After a failure: jittered, doubling from retry_min up to retry_max.
  absl::Duration retry_min = absl::Seconds(1);
  absl::Duration retry_max = absl::Seconds(60);
  // The longest that one caller waits for a refresh.
  absl::Duration max_wait = absl::Seconds(5);
  // A discovery document is read again after this.
  absl::Duration discovery_refresh = absl::Hours(24);
  // How many unknown kids are remembered for each source.
  size_t negative_kids = 256;
  int fetch_threads = 2;
  // Folder for the last good sets; empty: none are kept.
  std::string cache_dir;
  FetchOptions fetch;
  JwksOptions jwks;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_JWKS_CACHE_OPTIONS_H_
