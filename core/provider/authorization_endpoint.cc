#include "core/provider/authorization_endpoint.h"

#include <variant>

#include "absl/algorithm/container.h"
#include "absl/strings/str_join.h"

namespace latchkey {
namespace {

bool Keeps(const SocialSettings& settings, absl::string_view path) {
  return absl::c_any_of(settings.metadata, [path](const MetadataField& field) {
    return field.path == path;
  });
}

// Domains are those of addresses.
bool WantsEmail(const SocialSettings& settings) {
  return Keeps(settings, "email") || !settings.domains.empty();
}

bool WantsName(const SocialSettings& settings) {
  return Keeps(settings, "name") || Keeps(settings, "first_name") ||
         Keeps(settings, "last_name");
}

std::string ScopeOf(ProviderKind kind, const SocialSettings& settings) {
  std::vector<absl::string_view> scopes;
  if (kind == ProviderKind::kGoogle) {
    scopes.push_back("openid");
    if (WantsName(settings) || Keeps(settings, "picture")) {
      scopes.push_back("profile");
    }
  }
  if (kind == ProviderKind::kApple && WantsName(settings)) {
    scopes.push_back("name");
  }
  if (kind == ProviderKind::kFacebook) {
    scopes.push_back("public_profile");
    if (Keeps(settings, "gender")) scopes.push_back("user_gender");
    if (Keeps(settings, "birthday")) scopes.push_back("user_birthday");
  }
  if (WantsEmail(settings)) scopes.push_back("email");
  return absl::StrJoin(scopes, " ");
}

AuthorizationEndpoint Make(const ProviderSettings& provider,
                           const SocialSettings& settings) {
  AuthorizationEndpoint endpoint;
  endpoint.provider = provider.name;
  endpoint.kind = KindOf(provider);
  endpoint.uri = settings.authorize_uri;
  endpoint.client_id = settings.client_ids.front();
  endpoint.scope = ScopeOf(endpoint.kind, settings);
  endpoint.redirect_uris = settings.redirect_uris;
  return endpoint;
}

}  // namespace

bool AuthorizationEndpoint::TakesCodesAt(absl::string_view callback) const {
  return kind == ProviderKind::kFacebook ||
         absl::c_linear_search(redirect_uris, callback);
}

bool UsesPkce(ProviderKind kind) { return kind == ProviderKind::kGoogle; }

bool UsesNonce(ProviderKind kind) {
  return kind == ProviderKind::kGoogle || kind == ProviderKind::kApple;
}

bool UsesFormPost(ProviderKind kind) { return kind == ProviderKind::kApple; }

std::optional<AuthorizationEndpoint> AuthorizationEndpointOf(
    const ProviderSettings& settings) {
  if (settings.disabled) return std::nullopt;
  const SocialSettings* social = nullptr;
  if (const auto* google = std::get_if<GoogleSettings>(&settings.arm)) {
    if (!google->client_secret.empty()) social = &google->social;
  } else if (const auto* apple = std::get_if<AppleSettings>(&settings.arm)) {
    if (!apple->private_key.empty()) social = &apple->social;
  } else if (const auto* facebook =
                 std::get_if<FacebookSettings>(&settings.arm)) {
    if (!facebook->app_secret.empty()) social = &facebook->social;
  }
  if (social == nullptr || social->client_ids.empty() ||
      social->authorize_uri.empty()) {
    return std::nullopt;
  }
  return Make(settings, *social);
}

}  // namespace latchkey
