// What the providers google, apple and facebook have in common.
#ifndef LATCHKEY_CORE_PROVIDER_SOCIAL_PROVIDER_H_
#define LATCHKEY_CORE_PROVIDER_SOCIAL_PROVIDER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/call_context.h"
#include "core/base/clock.h"
#include "core/base/identity.h"
#include "core/base/ids.h"
#include "core/base/secret.h"
#include "core/jwt/claims.h"
#include "core/provider/credential.h"
#include "core/provider/foreign_service.h"
#include "core/provider/id_token.h"
#include "core/provider/provider.h"
#include "core/provider/provider_settings.h"
#include "core/provider/social_profile.h"

namespace latchkey {

// SocialProvider turns what a service says of a person into an identity; the
// kinds differ in how they ask it. Thread-safe, as Provider is.
class SocialProvider : public Provider {
 public:
  const ProviderName& name() const final { return name_; }
  ProviderKind kind() const final { return kind_; }
  // Looks at the credential's kind and the call first, then at Prove, then at
  // domains and required fields.
  absl::StatusOr<ProvenIdentity> Authenticate(const Credential& credential,
                                              const CallContext& ctx) final;

 protected:
  SocialProvider(const ProviderName& name, ProviderKind kind,
                 const SocialSettings& settings, const ProviderDeps& deps);

  // Prove says who the person is. `credential` is of kind().
  virtual absl::StatusOr<SocialProfile> Prove(const Credential& credential,
                                              const CallContext& ctx) = 0;

  // A code, and what belongs to it. Borrows all of it.
  struct CodeProof {
    const Secret& code;
    const std::string& redirect_uri;
    const std::string& nonce;  // empty: not compared
    const Secret& client_secret;
    // The parameter redirect_uri is sent even when it is empty.
    bool always_sends_redirect_uri = false;
    const Secret* code_verifier = nullptr;  // null: none
  };
  // ProveByCode exchanges the code and judges the ID token that comes for it.
  // The redirect URI is one of the settings' (see CheckRedirectUri).
  absl::StatusOr<Claims> ProveByCode(const CodeProof& proof,
                                     const CallContext& ctx);

  const SocialSettings& settings() const { return settings_; }
  const IdTokenVerifier& tokens() const { return tokens_; }
  ForeignService* service() { return &service_; }
  Clock* clock() const { return clock_; }

 private:
  const ProviderName name_;
  const ProviderKind kind_;
  const SocialSettings settings_;
  Clock* const clock_;
  const IdTokenVerifier tokens_;
  ForeignService service_;
};

// CheckSocial: INVALID_REQUEST when `settings` lack what every login needs,
// INTERNAL when `deps` have no way to reach the service.
absl::Status CheckSocial(const SocialSettings& settings,
                         const ProviderDeps& deps);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_SOCIAL_PROVIDER_H_
