// Tokens with which a client proves itself to a token endpoint.
#ifndef LATCHKEY_CORE_JWT_CLIENT_ASSERTION_H_
#define LATCHKEY_CORE_JWT_CLIENT_ASSERTION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/crypto/signing_key.h"

namespace latchkey {

// ClientAssertion is what differs between issuers. RFC 7523 §3 wants the client
// id as issuer and subject; Apple's client secret has the team's id as issuer.
struct ClientAssertion {
  std::string issuer;
  std::string subject;
  // Okta wants the token endpoint's URL, Apple its own origin; others accept
  // the issuer too (RFC 7523 §3 item 3).
  std::string audience;
  // Short, as a stolen one works until then.
  absl::Duration lifetime = absl::Minutes(5);
  // `x5t#S256`, base64url: Entra finds the key by it. Empty: left out.
  std::string certificate_sha256 = {};
};

// MakeClientAssertion signs {iss, sub, aud, iat, exp, jti} with `key`: private
// (private_key_jwt) or a shared secret (client_secret_jwt; OpenID Connect Core
// 1.0 §9). The jti is 128 random bits, so that each works once. INVALID_REQUEST
// for text that is not UTF-8. Thread-safe.
absl::StatusOr<Secret> MakeClientAssertion(const ClientAssertion& assertion,
                                           const SigningKey& key,
                                           absl::Time now, Random* random);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWT_CLIENT_ASSERTION_H_
