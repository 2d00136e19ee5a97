// AccessTokens mints and verifies latchkey's own access tokens.
#ifndef LATCHKEY_CORE_SESSION_ACCESS_TOKENS_H_
#define LATCHKEY_CORE_SESSION_ACCESS_TOKENS_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/jwt/key_ring.h"
#include "core/session/principal.h"
#include "core/session/revocations.h"
#include "core/session/served_apps.h"
#include "core/store/session_store.h"

namespace latchkey {

struct AccessTokenOptions {
  std::string issuer;
  absl::Duration ttl = absl::Minutes(30);
  absl::Duration leeway = absl::ZeroDuration();
  // Verified tokens remembered, 0: none. Rounded up to a power of two. About
  // 1.5 KiB each once used.
  size_t cache_entries = 4096;
  // Bytes of the claim user_data, as JSON; without it when it would be longer.
  size_t max_user_data = 8 * 1024;
  // Tokens of other apps are refused. Borrowed; null: every app is served.
  const ServedApps* apps = nullptr;
};

// AccessTokens: a token is a JWT (RFC 9068: typ at+jwt) with sub (user id), aud
// (app id), iss, iat, exp, jti, sid, app, idp (provider), idp_sub (subject) and
// roles when there are any; in sessions that do not rotate also what App
// Services clients read (app_services_claims.h). Thread-safe.
class AccessTokens final {
 public:
  AccessTokens(AccessTokenOptions options, const KeyRing* keys,
               const Revocations* revocations, Random* random);
  ~AccessTokens();

  struct Minted {
    std::string token;
    absl::Time expires_at;
  };
  // Mint signs a token for the session; it never outlives the session.
  // `custom_data_json` is the user's, for App Services clients. SESSION_EXPIRED
  // when it ends at once; INTERNAL when there can be no such token.
  absl::StatusOr<Minted> Mint(const SessionRecord& session, absl::Time now,
                              absl::string_view custom_data_json = "{}") const;

  // Verify fills *out for a good token. One that lives longer than today's
  // ttl, minted before that was made smaller, is refused
  // (TOKEN_LIFETIME_TOO_LONG): revocations are known for that long only.
  // Reasons TOKEN_*, SESSION_REVOKED, PROVIDER_NOT_ENABLED (the app was taken
  // out of the configuration).
  // On a failure *out is emptied.
  // `audiences` empty: any app; else one must be in aud. No lock and, with a
  // remembered token and a reused *out, no allocation of ours: a token that
  // verified before is found by its whole text; expiry, revocation, audience,
  // app and the key set's generation are checked every time.
  absl::Status Verify(absl::string_view token,
                      absl::Span<const std::string> audiences, absl::Time now,
                      Principal* out) const;

  // LooksOwn says, without verifying, whether the token's kid is one of our
  // published keys. Decodes the header: ask it about a token that Verify
  // refused, not before.
  bool LooksOwn(absl::string_view token) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_SESSION_ACCESS_TOKENS_H_
