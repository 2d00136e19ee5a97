// AttackWorld makes tokens that are right but for one thing. For the tests of
// jwt-attacks: the numbers in their names are those of cases.txt.
#ifndef LATCHKEY_TESTS_ATTACKS_ATTACK_WORLD_H_
#define LATCHKEY_TESTS_ATTACKS_ATTACK_WORLD_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/signing_key.h"
#include "core/json/json.h"
#include "core/jwt/jwk.h"
#include "core/jwt/key_table.h"
#include "core/jwt/token_verifier.h"

namespace latchkey {

inline constexpr char kAttackIssuer[] = "https://issuer.example";
inline constexpr char kAttackAudience[] = "app";
inline constexpr char kAttackSubject[] = "24601";
// The kid of an AttackWorld's key.
inline constexpr char kAttackKid[] = "k1";
inline constexpr int64_t kAttackSeconds = 1'700'000'000;

// Every algorithm there is.
const std::vector<Algorithm>& AllAlgorithms();

// AttackWorld is a verifier that trusts one key and expects the issuer and
// audience above. Change its members to expect something else.
class AttackWorld {
 public:
  explicit AttackWorld(Algorithm algorithm = Algorithm::kEs256);

  // Verify asks in each way that the service does, copying and in place, for
  // the first time and once more, and fails the test when the answers differ.
  absl::StatusOr<VerifiedToken> Verify(absl::string_view token) const;

  // Header gives {"alg","kid"} of the key; `more` is put behind them as it is,
  // for example R"("typ":"JWT")".
  std::string Header(absl::string_view more = "") const;
  // Claims gives the usual claims, good for five minutes.
  json::Value Claims() const;
  std::string Payload() const { return json::Write(Claims()); }

  // Each gives a token that the key has signed.
  std::string Good() const;
  std::string WithHeader(absl::string_view header) const;
  std::string WithPayload(absl::string_view payload) const;
  // `value` is the JSON text of one claim.
  std::string WithClaim(absl::string_view name, absl::string_view value) const;
  std::string WithoutClaim(absl::string_view name) const;
  // SignSegments signs two texts as they stand, base64url or not.
  std::string SignSegments(absl::string_view header,
                           absl::string_view payload) const;

  SigningKey key;
  KeyTable keys;
  Expectations expected;
  absl::Time now = absl::FromUnixSeconds(kAttackSeconds);

 private:
  mutable VerifyBuffers buffers_;
};

// HmacToken signs with HS256 and any secret, also an empty one.
std::string HmacToken(absl::string_view header, absl::string_view payload,
                      absl::string_view secret);

// ReplaceSignature gives the token with another signature (its bytes).
std::string ReplaceSignature(absl::string_view token,
                             absl::string_view signature);
// SignatureOf gives the bytes of a token's signature.
std::string SignatureOf(absl::string_view token);

// KeysOf gives the usable keys of a JWKS or JWK; fails the test when the
// document itself is refused.
KeyTable KeysOf(absl::string_view document, const JwksOptions& options = {});

// WhyDropped gives the cause for which the document's only key is not used;
// fails the test when it is used or when the document is refused.
std::string WhyDropped(absl::string_view document,
                       const JwksOptions& options = {});

// JwkOf gives a key's public JWK without alg and use, with kid.
json::Value JwkOf(const PublicKey& key);

}  // namespace latchkey

#endif  // LATCHKEY_TESTS_ATTACKS_ATTACK_WORLD_H_
