// A token that the service holds for others.
#ifndef LATCHKEY_CORE_OUTBOUND_OUTBOUND_TOKEN_H_
#define LATCHKEY_CORE_OUTBOUND_OUTBOUND_TOKEN_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "core/base/secret.h"

namespace latchkey {

// OutboundToken is what a token endpoint gave. Its text is never decoded: it is
// for the resource server alone.
struct OutboundToken {
  Secret access_token;
  std::string token_type;  // "Bearer"
  // By our clock, counted from before the request; nullopt when the issuer does
  // not say.
  std::optional<absl::Time> expires_at;
  std::string scope;  // granted, separated by blanks; may be empty
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_OUTBOUND_OUTBOUND_TOKEN_H_
