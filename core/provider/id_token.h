// ID tokens of a foreign OpenID provider (OpenID Connect Core 1.0 §2).
#ifndef LATCHKEY_CORE_PROVIDER_ID_TOKEN_H_
#define LATCHKEY_CORE_PROVIDER_ID_TOKEN_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/call_context.h"
#include "core/base/clock.h"
#include "core/jwks/jwks_cache.h"
#include "core/jwks/key_source.h"
#include "core/jwt/claims.h"
#include "core/provider/foreign_token.h"

namespace latchkey {

// IdTokenAudience is whose tokens an app accepts, and for whom.
struct IdTokenAudience {
  std::vector<std::string> issuers;     // `iss`, byte for byte
  std::vector<std::string> client_ids;  // the app's own there: `aud`, `azp`
  // A token without nonce passes, where one is expected, when it says that
  // `nonce_supported` is not true: Apple's old platforms lose the nonce.
  bool heeds_nonce_supported = false;
};

// IdTokenBinding is what a token has to belong to. Empty: not compared.
struct IdTokenBinding {
  absl::string_view nonce;
  // The access token that came with it, for `at_hash`, which a token may lack.
  absl::string_view access_token;
};

// IdTokenVerifier: immutable, thread-safe.
class IdTokenVerifier final {
 public:
  // `jwks` and `clock` outlive it.
  IdTokenVerifier(IdTokenAudience audience, const KeySourceSpec& keys,
                  JwksCache* jwks, Clock* clock);

  // Verify checks signature, times and `iss`, and what OpenID Connect Core 1.0
  // §3.1.3.7 asks for besides: every value of `aud` is one of our client ids,
  // and so is `azp` where there is one; the nonce; `at_hash` (§3.1.3.8). The
  // token has at most 8 KiB, and a `kid`. Blocks, until ctx.deadline at most,
  // for an unknown key.
  //
  // CREDENTIAL_REJECTED, with the token's own reason (TOKEN_*) first in the
  // detail; ISSUER_UNAVAILABLE.
  absl::StatusOr<Claims> Verify(absl::string_view token,
                                const IdTokenBinding& binding,
                                const CallContext& ctx) const;

 private:
  absl::Status Check(const Claims& claims, const IdTokenBinding& binding) const;

  const IdTokenAudience audience_;
  const ForeignTokenVerifier verifier_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_ID_TOKEN_H_
