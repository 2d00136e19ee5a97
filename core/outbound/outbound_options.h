// Every figure of outbound credentials.
#ifndef LATCHKEY_CORE_OUTBOUND_OUTBOUND_OPTIONS_H_
#define LATCHKEY_CORE_OUTBOUND_OUTBOUND_OPTIONS_H_

#include <cstddef>

#include "absl/time/time.h"
#include "core/jwks/http_fetcher.h"

namespace latchkey {

struct OutboundOptions {
  // Of requests to token endpoints and of discovery.
  absl::Duration connect_timeout = absl::Seconds(2);
  absl::Duration total_timeout = absl::Seconds(10);
  size_t max_body_bytes = 256 * 1024;
  size_t max_token_bytes = 16 * 1024;
  bool allow_private_addresses = false;

  // A first token of each credential is fetched as soon as it is set, so that
  // its first caller does not wait, and a wrong secret shows in the log.
  bool prefetch = true;

  // Requests at once. A credential has one at most, so issuers that hang hold
  // up the others only when there are as many of them.
  int fetch_threads = 16;
  // Calls that wait for a token, of all credentials together.
  size_t max_waiters = 10'000;

  // A token is handed out while it lives for `skew` (or a tenth of its life, if
  // that is less), and never longer than max_life.
  absl::Duration skew = absl::Seconds(60);
  absl::Duration max_life = absl::Hours(24);
  // Part of its life after which a token in use is renewed, give or take a
  // tenth of that; at least a tenth of its life before it is unusable.
  double refresh_after = 0.8;

  // A caller may have a token dropped that a resource server refuses, this
  // often at most.
  absl::Duration min_drop_interval = absl::Seconds(10);

  // Tries after the first that one fetch makes when the issuer is away, at
  // random times: up to retry_min after the first failure, doubling up to
  // retry_max.
  int max_retries = 3;
  absl::Duration retry_min = absl::Milliseconds(500);
  absl::Duration retry_max = absl::Seconds(30);
  // An issuer's Retry-After counts up to this.
  absl::Duration max_retry_after = absl::Hours(1);
  // After a refusal nobody asks the issuer for this long, doubling with each
  // refusal in a row up to max_pause: it may lock the client out.
  absl::Duration min_pause = absl::Seconds(30);
  absl::Duration max_pause = absl::Minutes(5);

  // A discovery document is read again after this.
  absl::Duration discovery_refresh = absl::Hours(1);

  FetchOptions Fetch() const {
    FetchOptions fetch;
    fetch.connect_timeout = connect_timeout;
    fetch.total_timeout = total_timeout;
    fetch.max_body_bytes = max_body_bytes;
    fetch.allow_private_addresses = allow_private_addresses;
    return fetch;
  }
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_OUTBOUND_OUTBOUND_OPTIONS_H_
