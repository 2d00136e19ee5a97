// What the configuration says about one outbound credential.
#ifndef LATCHKEY_CORE_OUTBOUND_OUTBOUND_SETTINGS_H_
#define LATCHKEY_CORE_OUTBOUND_OUTBOUND_SETTINGS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/secret.h"
#include "core/crypto/signing_key.h"

namespace latchkey {

// How a client proves itself to the token endpoint.
enum class ClientAuthMethod {
  kSecretBasic,    // RFC 6749 §2.3.1, in the Authorization header
  kSecretPost,     // the same, in the body
  kSecretJwt,      // OpenID Connect Core 1.0 §9: HS256 under the secret
  kPrivateKeyJwt,  // RFC 7523 §2.2
};

// OutboundSettings is one named grant (RFC 6749 §4.4). Move-only.
struct OutboundSettings {
  std::string name;
  // Where tokens come from: `token_url`, or what the discovery document of
  // `issuer` names.
  std::string token_url;
  std::string issuer;
  std::string client_id;
  ClientAuthMethod auth_method = ClientAuthMethod::kSecretBasic;
  Secret client_secret;  // of kSecretBasic and kSecretPost
  // Signs assertions of the two others; HS256 under the secret for kSecretJwt.
  std::optional<SigningKey> assertion_key;
  // `x5t#S256` of assertions, base64url; empty: none.
  std::string assertion_certificate;
  // `aud` of assertions; empty: the token endpoint.
  std::string assertion_audience;
  std::vector<std::string> scopes;
  // Further form parameters.
  std::map<std::string, std::string> parameters;
  // Who may fetch it, as CallContext::actor names them; empty: everybody that
  // is admitted at all.
  std::vector<std::string> allowed_callers;
  // Differs when anything above (but allowed_callers) does: a token of another
  // version is not handed out. Not secret, but not for logs either.
  std::string version;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_OUTBOUND_OUTBOUND_SETTINGS_H_
