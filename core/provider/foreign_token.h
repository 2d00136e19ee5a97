// Verification of a foreign issuer's token by the keys that it publishes.
#ifndef LATCHKEY_CORE_PROVIDER_FOREIGN_TOKEN_H_
#define LATCHKEY_CORE_PROVIDER_FOREIGN_TOKEN_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/call_context.h"
#include "core/base/clock.h"
#include "core/crypto/algorithm.h"
#include "core/jwks/jwks_cache.h"
#include "core/jwt/claims.h"
#include "core/jwt/token_verifier.h"

namespace latchkey {

// ForeignTokenVerifier checks tokens against one Expectations and one source of
// keys. Immutable, thread-safe; borrows `jwks` and `clock`.
class ForeignTokenVerifier final {
 public:
  ForeignTokenVerifier(Expectations expected,
                       std::shared_ptr<JwksCache::Source> source,
                       JwksCache* jwks, Clock* clock);

  // Verify: the reasons of TokenVerifier, and ISSUER_UNAVAILABLE when there are
  // no keys to judge the token by. Size, shape and algorithm are looked at
  // before the source is asked for the kid, so that a token that cannot be
  // accepted causes no fetch. With `may_wait` it may block, until ctx.deadline
  // at most; without, it answers nullopt where it would have to.
  std::optional<absl::StatusOr<VerifiedToken>> Verify(absl::string_view token,
                                                      const CallContext& ctx,
                                                      bool may_wait) const;

  const Expectations& expected() const { return expected_; }
  const JwksCache::Source* source() const { return source_.get(); }

 private:
  absl::StatusOr<std::optional<std::string>> KidOf(
      absl::string_view token) const;

  const Expectations expected_;
  const std::shared_ptr<JwksCache::Source> source_;
  JwksCache* const jwks_;
  Clock* const clock_;
  const TokenVerifier verifier_{};
};

// RsaDefault is KeySourceSpec::rsa_default for a provider that accepts these:
// nothing (RS256) where RS256 is accepted, which many issuers mean, and else
// the first RSA algorithm.
std::optional<Algorithm> RsaDefault(const std::vector<Algorithm>& accepted);

// UnverifiedClaims reads the payload of a token that nobody has verified: to
// choose who is to verify it, and to refuse early what could not be accepted.
// Nothing else may be believed of it. The reasons of SplitCompact and
// ParseClaims.
absl::StatusOr<Claims> UnverifiedClaims(absl::string_view token,
                                        size_t max_bytes);

// AsRejection makes CREDENTIAL_REJECTED of a TOKEN_* status, whose name begins
// the detail: what was wrong with a token is for the log. Any other status
// stays.
absl::Status AsRejection(const absl::Status& status, size_t max_token_bytes);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_FOREIGN_TOKEN_H_
