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

// Kinds that are declared in the API and have no provider yet carry their
// kind only.
struct UnsupportedCredential {
  ProviderKind kind;
};

// Credential: one arm, and the provider's name inside the app (empty: the app's
// only provider of that kind). Move-only.
struct Credential {
  ProviderName provider;
  std::variant<AnonymousCredential, EmailPasswordCredential, ApiKeyCredential,
               CustomJwtCredential, FunctionCredential, OidcCredential,
               UnsupportedCredential>
      arm;

  ProviderKind kind() const;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_CREDENTIAL_H_
