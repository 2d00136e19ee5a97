// Where people are sent to log in with Google, Apple or Facebook, in a browser.
#ifndef LATCHKEY_CORE_PROVIDER_AUTHORIZATION_ENDPOINT_H_
#define LATCHKEY_CORE_PROVIDER_AUTHORIZATION_ENDPOINT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/base/identity.h"
#include "core/base/ids.h"
#include "core/provider/provider_settings.h"

namespace latchkey {

// AuthorizationEndpoint: plain data, no secret.
struct AuthorizationEndpoint {
  ProviderName provider;
  ProviderKind kind = ProviderKind::kGoogle;
  std::string uri;        // of the endpoint; may have a query
  std::string client_id;  // ours, that exchanges the codes
  // What is asked for, blanks between: nothing that the settings do not keep.
  std::string scope;
  // Where codes may come to. Empty for Facebook, which keeps that list itself.
  std::vector<std::string> redirect_uris;

  // TakesCodesAt: `callback` is, byte for byte, among them.
  bool TakesCodesAt(absl::string_view callback) const;
};

// What the kinds understand.
bool UsesPkce(ProviderKind kind);      // RFC 7636
bool UsesNonce(ProviderKind kind);     // OpenID Connect Core 1.0 §3.1.2.1
bool UsesFormPost(ProviderKind kind);  // OAuth 2.0 Form Post Response Mode

// AuthorizationEndpointOf is nullopt for other kinds, for a provider that is
// disabled, and for one without the secret that codes need.
std::optional<AuthorizationEndpoint> AuthorizationEndpointOf(
    const ProviderSettings& settings);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_AUTHORIZATION_ENDPOINT_H_
