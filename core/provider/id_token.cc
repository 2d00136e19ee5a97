#include "core/provider/id_token.h"

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/digest.h"
#include "core/jwt/compact.h"
#include "core/jwt/token_verifier.h"
#include "core/provider/oidc_token.h"

namespace latchkey {
namespace {

Expectations MakeExpectations(const IdTokenAudience& audience) {
  Expectations expected;
  expected.issuers = audience.issuers;
  expected.audiences = audience.client_ids;
  // Never at+jwt and the like: an ID token says who logged in to which client,
  // and nothing else may pass for one (RFC 8725 §3.11).
  expected.types = {"", "jwt"};
  expected.algorithms = {Algorithm::kRs256, Algorithm::kEs256};
  expected.max_token_bytes = kDefaultMaxTokenBytes;
  expected.require_kid = true;
  return expected;
}

// OpenID Connect Core 1.0 §3.1.3.6: the left half of the hash of the token's
// algorithm, which is SHA-256 for both that are accepted.
std::string AccessTokenHash(absl::string_view access_token) {
  const Sha256Digest digest = Sha256(access_token);
  return Base64UrlEncode(AsStringView(digest).substr(0, digest.size() / 2));
}

}  // namespace

IdTokenVerifier::IdTokenVerifier(IdTokenAudience audience,
                                 const KeySourceSpec& keys, JwksCache* jwks,
                                 Clock* clock)
    : audience_(std::move(audience)),
      verifier_(MakeExpectations(audience_), jwks->Use(keys), jwks, clock) {}

absl::StatusOr<Claims> IdTokenVerifier::Verify(absl::string_view token,
                                               const IdTokenBinding& binding,
                                               const CallContext& ctx) const {
  const size_t limit = verifier_.expected().max_token_bytes;
  const std::optional<absl::StatusOr<VerifiedToken>> verified =
      verifier_.Verify(token, ctx, /*may_wait=*/true);
  if (!verified.has_value()) {
    return Error(Reason::kInternal, "no answer though it could wait");
  }
  if (!verified->ok()) return AsRejection(verified->status(), limit);
  const Claims& claims = (*verified)->claims();
  if (const absl::Status checked = Check(claims, binding); !checked.ok()) {
    return AsRejection(checked, limit);
  }
  return claims;
}

absl::Status IdTokenVerifier::Check(const Claims& claims,
                                    const IdTokenBinding& binding) const {
  // A token that others may use too could have been stolen from any of them.
  const bool ours_alone =
      absl::c_all_of(claims.audience, [this](const std::string& client) {
        return absl::c_linear_search(audience_.client_ids, client);
      });
  if (!ours_alone) {
    return Error(Reason::kTokenAudienceMismatch,
                 "the token is also for a client that is not ours");
  }
  IdTokenRule rule;
  rule.client_ids = audience_.client_ids;
  const bool may_lack_nonce =
      audience_.heeds_nonce_supported &&
      claims.payload.Find("nonce") == nullptr &&
      claims.payload.Find("nonce_supported") != nullptr &&
      !IsTrue(claims.payload.Find("nonce_supported"));
  if (!binding.nonce.empty() && !may_lack_nonce) {
    rule.nonce = std::string(binding.nonce);
  }
  RETURN_IF_ERROR(CheckIdToken(claims, rule));
  const json::Value* const hash = claims.payload.Find("at_hash");
  if (binding.access_token.empty() || hash == nullptr ||
      *hash == json::Value(AccessTokenHash(binding.access_token))) {
    return absl::OkStatus();
  }
  return Error(Reason::kTokenClaimInvalid,
               "at_hash is not of the access token beside it");
}

}  // namespace latchkey
