// The answer of a token endpoint.
#ifndef LATCHKEY_CORE_OUTBOUND_TOKEN_REPLY_H_
#define LATCHKEY_CORE_OUTBOUND_TOKEN_REPLY_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/jwks/http_fetcher.h"
#include "core/outbound/outbound_options.h"
#include "core/outbound/outbound_settings.h"
#include "core/outbound/outbound_token.h"

namespace latchkey {

// When a request was sent and when its answer came.
struct ReplyTimes {
  absl::Time asked;
  absl::Time answered;
};

// ReadTokenReply takes the token (RFC 6749 §5.1) out of `response`, whose body
// it wipes, or says why there is none (§5.2):
//   OUTBOUND_REJECTED      the client or what it asks for is refused
//   OUTBOUND_NOT_PERMITTED the client may not have such a token
//   THROTTLED              with the issuer's Retry-After
//   ISSUER_UNAVAILABLE     server trouble, with Retry-After where it is given
//   INTERNAL               status 200 and no token that could be used
// The cause names the issuer's error, and never anything that we sent or got.
absl::StatusOr<OutboundToken> ReadTokenReply(const OutboundSettings& settings,
                                             const OutboundOptions& options,
                                             const ReplyTimes& times,
                                             HttpResponse* response);

// IsWorthRetrying: another try may end otherwise.
bool IsWorthRetrying(const absl::Status& failure);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_OUTBOUND_TOKEN_REPLY_H_
