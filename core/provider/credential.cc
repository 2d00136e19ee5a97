#include "core/provider/credential.h"

#include <variant>

namespace latchkey {
namespace {

struct KindOfArm {
  ProviderKind operator()(const AnonymousCredential&) const {
    return ProviderKind::kAnonymous;
  }
  ProviderKind operator()(const EmailPasswordCredential&) const {
    return ProviderKind::kEmailPassword;
  }
  ProviderKind operator()(const ApiKeyCredential&) const {
    return ProviderKind::kApiKey;
  }
  ProviderKind operator()(const CustomJwtCredential&) const {
    return ProviderKind::kCustomJwt;
  }
  ProviderKind operator()(const FunctionCredential&) const {
    return ProviderKind::kFunction;
  }
  ProviderKind operator()(const OidcCredential&) const {
    return ProviderKind::kOidc;
  }
  ProviderKind operator()(const GoogleCredential&) const {
    return ProviderKind::kGoogle;
  }
  ProviderKind operator()(const AppleCredential&) const {
    return ProviderKind::kApple;
  }
  ProviderKind operator()(const FacebookCredential&) const {
    return ProviderKind::kFacebook;
  }
};

}  // namespace

ProviderKind Credential::kind() const { return std::visit(KindOfArm(), arm); }

}  // namespace latchkey
