#include "core/provider/provider_settings.h"

#include <variant>

namespace latchkey {
namespace {

struct KindOfArm {
  ProviderKind operator()(const AnonymousSettings&) const {
    return ProviderKind::kAnonymous;
  }
  ProviderKind operator()(const EmailPasswordSettings&) const {
    return ProviderKind::kEmailPassword;
  }
  ProviderKind operator()(const ApiKeySettings&) const {
    return ProviderKind::kApiKey;
  }
  ProviderKind operator()(const CustomJwtSettings&) const {
    return ProviderKind::kCustomJwt;
  }
  ProviderKind operator()(const FunctionSettings&) const {
    return ProviderKind::kFunction;
  }
  ProviderKind operator()(const OidcSettings&) const {
    return ProviderKind::kOidc;
  }
};

}  // namespace

ProviderKind KindOf(const ProviderSettings& settings) {
  return std::visit(KindOfArm(), settings.arm);
}

const KeySourceSpec* KeySourceOf(const ProviderSettings& settings) {
  if (const auto* jwt = std::get_if<CustomJwtSettings>(&settings.arm)) {
    return jwt->key_source.has_value() ? &*jwt->key_source : nullptr;
  }
  if (const auto* oidc = std::get_if<OidcSettings>(&settings.arm)) {
    return &oidc->key_source;
  }
  return nullptr;
}

bool ShareUsers(const ProviderSettings& a, const ProviderSettings& b) {
  const auto* const one = std::get_if<OidcSettings>(&a.arm);
  const auto* const other = std::get_if<OidcSettings>(&b.arm);
  return one != nullptr && other != nullptr && one->issuer == other->issuer &&
         one->auth_name_prefix == other->auth_name_prefix &&
         one->principal_name == other->principal_name;
}

}  // namespace latchkey
