// One attempt to get a token.
#ifndef LATCHKEY_CORE_OUTBOUND_TOKEN_TRY_H_
#define LATCHKEY_CORE_OUTBOUND_TOKEN_TRY_H_

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/jwks/http_fetcher.h"
#include "core/outbound/outbound_options.h"
#include "core/outbound/outbound_settings.h"
#include "core/outbound/outbound_token.h"

namespace latchkey {

// TokenTry is what an attempt needs, apart from the state that changes
// meanwhile.
struct TokenTry {
  std::shared_ptr<const OutboundSettings> settings;
  // Empty: the issuer's discovery document is asked for it.
  std::string token_url;
};

struct TokenTryResult {
  absl::StatusOr<OutboundToken> token;
  // Where it came from; empty when discovery failed.
  std::string token_url;
};

// Borrowed; all thread-safe.
struct TokenTryDeps {
  HttpFetcher* fetcher;
  Clock* clock;
  Random* random;
  // Stops transfers. May be null.
  const std::atomic<bool>* cancelled;
};

// RunTokenTry asks once; blocks. Errors as for ReadTokenReply.
TokenTryResult RunTokenTry(const TokenTry& attempt,
                           const OutboundOptions& options,
                           const TokenTryDeps& deps);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_OUTBOUND_TOKEN_TRY_H_
