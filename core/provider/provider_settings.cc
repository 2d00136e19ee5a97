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
  ProviderKind operator()(const GoogleSettings&) const {
    return ProviderKind::kGoogle;
  }
  ProviderKind operator()(const AppleSettings&) const {
    return ProviderKind::kApple;
  }
  ProviderKind operator()(const FacebookSettings&) const {
    return ProviderKind::kFacebook;
  }
};

// `settings` is const or is not, and so is the result.
template <typename Settings>
auto FindKeySource(Settings* settings)
    -> decltype(&std::get<GoogleSettings>(settings->arm).social.key_source) {
  auto* const arm = &settings->arm;
  if (auto* const jwt = std::get_if<CustomJwtSettings>(arm)) {
    return jwt->key_source.has_value() ? &*jwt->key_source : nullptr;
  }
  if (auto* const oidc = std::get_if<OidcSettings>(arm)) {
    return &oidc->key_source;
  }
  if (auto* const google = std::get_if<GoogleSettings>(arm)) {
    return &google->social.key_source;
  }
  if (auto* const apple = std::get_if<AppleSettings>(arm)) {
    return &apple->social.key_source;
  }
  if (auto* const facebook = std::get_if<FacebookSettings>(arm)) {
    return &facebook->social.key_source;
  }
  return nullptr;
}

}  // namespace

SocialSettings GoogleSettings::Defaults() {
  SocialSettings google;
  google.issuers = {"https://accounts.google.com", "accounts.google.com"};
  google.key_source.jwks_uri = "https://www.googleapis.com/oauth2/v3/certs";
  google.authorize_uri = "https://accounts.google.com/o/oauth2/v2/auth";
  google.token_uri = "https://oauth2.googleapis.com/token";
  return google;
}

SocialSettings AppleSettings::Defaults() {
  SocialSettings apple;
  apple.issuers = {"https://appleid.apple.com"};
  apple.key_source.jwks_uri = "https://appleid.apple.com/auth/keys";
  apple.authorize_uri = "https://appleid.apple.com/auth/authorize";
  apple.token_uri = "https://appleid.apple.com/auth/token";
  return apple;
}

SocialSettings FacebookSettings::Defaults() {
  SocialSettings facebook;
  // Limited Login has moved once.
  facebook.issuers = {"https://limited.facebook.com",
                      "https://www.facebook.com", "https://facebook.com"};
  facebook.key_source.jwks_uri =
      "https://limited.facebook.com/.well-known/oauth/openid/jwks/";
  facebook.authorize_uri = "https://www.facebook.com/dialog/oauth";
  return facebook;
}

ProviderKind KindOf(const ProviderSettings& settings) {
  return std::visit(KindOfArm(), settings.arm);
}

const KeySourceSpec* KeySourceOf(const ProviderSettings& settings) {
  return FindKeySource(&settings);
}

KeySourceSpec* MutableKeySourceOf(ProviderSettings* settings) {
  return FindKeySource(settings);
}

bool ShareUsers(const ProviderSettings& a, const ProviderSettings& b) {
  const auto* const one = std::get_if<OidcSettings>(&a.arm);
  const auto* const other = std::get_if<OidcSettings>(&b.arm);
  return one != nullptr && other != nullptr && one->issuer == other->issuer &&
         one->auth_name_prefix == other->auth_name_prefix &&
         one->principal_name == other->principal_name;
}

}  // namespace latchkey
