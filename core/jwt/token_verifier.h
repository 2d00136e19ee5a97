// TokenVerifier turns a text into a VerifiedToken, or says why not.
#ifndef LATCHKEY_CORE_JWT_TOKEN_VERIFIER_H_
#define LATCHKEY_CORE_JWT_TOKEN_VERIFIER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/crypto/public_key.h"
#include "core/json/document.h"
#include "core/jwt/claims.h"
#include "core/jwt/compact.h"
#include "core/jwt/key_table.h"

namespace latchkey {

// Expectations: everything a token must satisfy. Fails closed: what is checked
// less strictly is named here.
struct Expectations {
  // Accepted `iss` values, byte for byte. Empty: iss is not checked.
  std::vector<std::string> issuers;
  // Empty: aud is not checked.
  std::vector<std::string> audiences;
  // kAny: one listed value must be in aud. kAll: every listed value must be.
  enum class AudienceMatch { kAny, kAll } audience_match = AudienceMatch::kAny;
  // Accepted `typ` values, lower case without "application/". "" stands for an
  // absent typ. Empty list: typ is not checked.
  std::vector<std::string> types;
  // Accepted algorithms; empty: whatever the key says. (The key decides; this
  // narrows.)
  std::vector<Algorithm> algorithms;
  size_t max_token_bytes = kDefaultMaxTokenBytes;
  // For exp, nbf and iat; 0 s .. 10 min (larger is cut).
  absl::Duration leeway = absl::ZeroDuration();
  // exp may be at most this far after iat (or now, without iat).
  std::optional<absl::Duration> max_lifetime;
  bool allow_missing_expiration = false;
  bool require_subject = true;
  // A token without kid is refused even where one key would fit.
  bool require_kid = false;
};

// VerifiedToken is proof that signature and expectations held; only
// TokenVerifier makes it.
class VerifiedToken {
 public:
  const JoseHeader& header() const { return header_; }
  const Claims& claims() const { return claims_; }
  // The kid of the key that verified.
  const std::string& key_id() const { return key_id_; }

 private:
  friend class TokenVerifier;
  VerifiedToken(JoseHeader header, Claims claims, std::string key_id)
      : header_(std::move(header)),
        claims_(std::move(claims)),
        key_id_(std::move(key_id)) {}
  JoseHeader header_;
  Claims claims_;
  std::string key_id_;
};

// VerifyBuffers is what verifications work in, one after the other: once warm,
// a good token costs no allocation. Thread-compatible.
class VerifyBuffers {
 private:
  friend class TokenVerifier;
  friend class VerifiedTokenView;
  std::string payload_;
  json::Document document_;
  ClaimsView claims_;
};

// VerifiedTokenView is the same proof as VerifiedToken, in views. Valid until
// the next verification in the same buffers, and as long as they and the
// KeyTable live; the header until the thread reads another one.
class VerifiedTokenView {
 public:
  const JoseHeader& header() const { return *header_; }
  const ClaimsView& claims() const { return *claims_; }
  const std::string& key_id() const { return key_->kid(); }

 private:
  friend class TokenVerifier;
  VerifiedTokenView(const JoseHeader* header, const ClaimsView* claims,
                    const PublicKey* key)
      : header_(header), claims_(claims), key_(key) {}
  const JoseHeader* header_;
  const ClaimsView* claims_;
  const PublicKey* key_;
};

// TokenVerifier is stateless and thread-safe; no I/O, no lock of ours. Keys
// and time are parameters.
class TokenVerifier {
 public:
  // Order of work: size and shape, header, algorithm, key, signature, and only
  // then claims: typ, cnf (a bound token is refused: TOKEN_UNSUPPORTED), iss,
  // exp, nbf, iat, aud, sub. Reasons TOKEN_*:
  // MALFORMED, TOO_LARGE, UNSUPPORTED, KEY_UNKNOWN, ALGORITHM_MISMATCH,
  // SIGNATURE_INVALID, TYPE_MISMATCH, ISSUER_MISMATCH, EXPIRED, NOT_YET_VALID,
  // AUDIENCE_MISMATCH, CLAIM_INVALID, LIFETIME_TOO_LONG. A token is expired at
  // the second of exp (RFC 7519 §4.1.4).
  absl::StatusOr<VerifiedToken> Verify(absl::string_view text,
                                       const Expectations& expectations,
                                       const KeyTable& keys,
                                       absl::Time now) const;

  // VerifyInPlace does the same without copying anything.
  absl::StatusOr<VerifiedTokenView> VerifyInPlace(
      absl::string_view text, const Expectations& expectations,
      const KeyTable& keys, absl::Time now, VerifyBuffers* buffers) const;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWT_TOKEN_VERIFIER_H_
