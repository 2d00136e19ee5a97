// Credential is what a caller hands to Login or LinkIdentity.
#ifndef LATCHKEY_CORE_PROVIDER_CREDENTIAL_H_
#define LATCHKEY_CORE_PROVIDER_CREDENTIAL_H_

#include <string>
#include <variant>

#include "core/base/identity.h"
#include "core/base/ids.h"
#include "core/base/secret.h"

namespace latchkey {

struct AnonymousCredential {};

struct EmailPasswordCredential {
  std::string email;
  Secret password;
};

struct ApiKeyCredential {
  Secret key;
};

struct CustomJwtCredential {
  Secret token;
};

// An access token of a federated issuer. Where the provider is not named, its
// (unverified) `iss` and `aud` choose.
struct OidcCredential {
  Secret token;
};

struct FunctionCredential {
  // A JSON object, already bounded by the transport's message limit.
  std::string payload_json;
};

// Of the Secrets of each of the following, exactly one is not empty.
struct GoogleCredential {
  Secret id_token;
  Secret auth_code;
  // What the code was asked for with; empty for codes of native apps.
  std::string redirect_uri;
  std::string nonce;          // empty: not compared
  Secret code_verifier = {};  // RFC 7636; empty: the code has no challenge
};

struct AppleCredential {
  Secret id_token;
  Secret auth_code;
  std::string redirect_uri;
  std::string nonce;
  // The `user` parameter of the first authorization; may be empty.
  std::string user_json;
};

struct FacebookCredential {
  Secret access_token;
  Secret id_token;  // of Limited Login
  std::string nonce;
  Secret auth_code = {};
  std::string redirect_uri = {};  // what the code was asked for with
};

// Credential: one arm, and the provider's name inside the app (empty: the app's
// only provider of that kind). Move-only.
struct Credential {
  ProviderName provider;
  std::variant<AnonymousCredential, EmailPasswordCredential, ApiKeyCredential,
               CustomJwtCredential, FunctionCredential, OidcCredential,
               GoogleCredential, AppleCredential, FacebookCredential>
      arm;

  ProviderKind kind() const;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_CREDENTIAL_H_
