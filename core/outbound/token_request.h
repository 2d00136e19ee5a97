// The request of a client-credentials grant.
#ifndef LATCHKEY_CORE_OUTBOUND_TOKEN_REQUEST_H_
#define LATCHKEY_CORE_OUTBOUND_TOKEN_REQUEST_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/random.h"
#include "core/jwks/http_fetcher.h"
#include "core/outbound/outbound_settings.h"

namespace latchkey {

// WriteTokenRequest sets body and headers of *fetch to the access token request
// (RFC 6749 §4.4.2) of `settings` to `token_url`, with the client's proof. The
// secret is in one place only, and never in the URL (§2.3.1). INTERNAL when an
// assertion cannot be signed.
absl::Status WriteTokenRequest(const OutboundSettings& settings,
                               const std::string& token_url, absl::Time now,
                               Random* random, FetchOptions* fetch);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_OUTBOUND_TOKEN_REQUEST_H_
