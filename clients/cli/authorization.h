// One authorization request of a person's client and its answer: RFC 6749 §4.1,
// PKCE (RFC 7636), issuer identification (RFC 9207), nonce (OpenID Connect Core
// §3.1.2.1).
#ifndef LATCHKEY_CLIENTS_CLI_AUTHORIZATION_H_
#define LATCHKEY_CLIENTS_CLI_AUTHORIZATION_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/cli/issuer_client.h"
#include "clients/cli/redirect_listener.h"
#include "core/base/random.h"
#include "core/base/secret.h"

namespace latchkey {

// CodeChallenge is the S256 challenge of a verifier (RFC 7636 §4.2).
std::string CodeChallenge(absl::string_view verifier);

// AuthorizationRequest is what one login says to the issuer, and remembers.
struct AuthorizationRequest {
  // Makes state, nonce and verifier, of 256 bits each.
  static AuthorizationRequest Make(Random* random);

  std::string state;
  std::string nonce;
  Secret verifier;  // 43 characters
  std::string redirect_uri;
  std::string scope;
  std::string login_hint;  // who is going to log in; empty: not known

  // The URL for the browser.
  std::string Url(const IssuerClient& client) const;
};

// AuthorizationAnswer judges what comes to the redirect URI. Not thread-safe.
class AuthorizationAnswer final {
 public:
  // Both are borrowed.
  AuthorizationAnswer(const AuthorizationRequest* request,
                      const IssuerClient* client)
      : request_(request), client_(client) {}

  // Judge takes one query. Without the request's `state` (compared in constant
  // time), or with a parameter given twice, it is a stranger's.
  RedirectVerdict Judge(absl::string_view query);

  // After the end of the wait: the code, or why there is none.
  absl::StatusOr<Secret> TakeCode();

 private:
  const AuthorizationRequest* const request_;
  const IssuerClient* const client_;
  absl::Status refusal_;
  Secret code_;
};

// IdTokenRules is what an ID token that came from the token endpoint must say.
// Its signature is not looked at: TLS says who sent it (OpenID Connect Core
// §3.1.3.7, point 6), and latchkeyd verifies what it is sent.
struct IdTokenRules {
  std::string issuer;
  std::string client_id;
  std::optional<std::string> nonce;
  absl::Time now;
};
absl::Status CheckIdToken(absl::string_view token, const IdTokenRules& rules);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_AUTHORIZATION_H_
