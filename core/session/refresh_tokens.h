// RefreshTokens makes and reads refresh tokens.
#ifndef LATCHKEY_CORE_SESSION_REFRESH_TOKENS_H_
#define LATCHKEY_CORE_SESSION_REFRESH_TOKENS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/identity.h"
#include "core/base/ids.h"
#include "core/jwt/key_ring.h"
#include "core/jwt/key_table.h"
#include "core/jwt/token_verifier.h"
#include "core/store/session_store.h"

namespace latchkey {

// The counter of the one refresh token of a session that does not rotate.
// Rotating sessions count from 1, so that a token tells which kind it is of.
inline constexpr uint64_t kFixedCounter = 0;
inline constexpr uint64_t kFirstCounter = 1;

// RefreshClaim is what a refresh token says.
struct RefreshClaim {
  SessionId session;
  uint64_t counter = 0;
};

// RefreshTokens: a refresh token is a JWT (HS256, typ rt+jwt) with sid, ctr and
// exp; one (session, counter) has exactly one text. One that rotates has
// nothing else; one that does not has iat and what App Services clients read
// (app_services_claims.h). Thread-safe.
class RefreshTokens final {
 public:
  explicit RefreshTokens(const KeyRing* keys);

  // Mint gives the current refresh token of a session that rotates.
  absl::StatusOr<std::string> Mint(const SessionRecord& session) const;
  // MintFixed gives the one refresh token of a session that does not; `kind` is
  // that of the session's provider.
  absl::StatusOr<std::string> MintFixed(const SessionRecord& session,
                                        ProviderKind kind) const;

  // Parse: SESSION_EXPIRED for a genuine token after its time, else
  // REFRESH_TOKEN_INVALID.
  absl::StatusOr<RefreshClaim> Parse(absl::string_view text,
                                     absl::Time now) const;

 private:
  const KeyRing* const keys_;
  const KeyTable table_;  // the refresh key alone
  const Expectations expectations_;
  const TokenVerifier verifier_{};
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_SESSION_REFRESH_TOKENS_H_
