#include "core/base/identity.h"

namespace latchkey {

const char* ProviderKindName(ProviderKind kind) {
  switch (kind) {
    case ProviderKind::kAnonymous:
      return "anonymous";
    case ProviderKind::kEmailPassword:
      return "email_password";
    case ProviderKind::kApiKey:
      return "api_key";
    case ProviderKind::kCustomJwt:
      return "custom_jwt";
    case ProviderKind::kFunction:
      return "function";
    case ProviderKind::kOidc:
      return "oidc";
    case ProviderKind::kGoogle:
      return "google";
    case ProviderKind::kApple:
      return "apple";
    case ProviderKind::kFacebook:
      return "facebook";
  }
  return "unknown";
}

}  // namespace latchkey
