// Google: ID tokens, and authorization codes that are exchanged for one.
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/provider/code_exchange.h"
#include "core/provider/foreign_service.h"
#include "core/provider/id_token.h"
#include "core/provider/oidc_token.h"
#include "core/provider/provider.h"
#include "core/provider/provider_settings.h"
#include "core/provider/social_profile.h"

namespace latchkey {
namespace {

class GoogleProvider final : public Provider {
 public:
  GoogleProvider(const ProviderName& name, const GoogleSettings& settings,
                 const ProviderDeps& deps)
      : name_(name),
        social_(settings.social),
        client_secret_(settings.client_secret.Clone()),
        clock_(deps.clock),
        tokens_({social_.issuers, social_.client_ids}, social_.key_source,
                deps.jwks, deps.clock),
        service_({"google", social_.max_concurrency, deps.fetch}, deps.http,
                 deps.clock) {}

  const ProviderName& name() const override { return name_; }
  ProviderKind kind() const override { return ProviderKind::kGoogle; }

  absl::StatusOr<ProvenIdentity> Authenticate(const Credential& credential,
                                              const CallContext& ctx) override;

 private:
  absl::StatusOr<Claims> Prove(const GoogleCredential& proof,
                               const CallContext& ctx);
  absl::StatusOr<Claims> ProveByCode(const GoogleCredential& proof,
                                     const CallContext& ctx);

  const ProviderName name_;
  const SocialSettings social_;
  const Secret client_secret_;
  Clock* const clock_;
  const IdTokenVerifier tokens_;
  ForeignService service_;
};

SocialProfile ProfileOf(const Claims& claims) {
  const json::Value& payload = claims.payload;
  SocialProfile profile;
  profile.subject = claims.subject.value_or("");
  profile.Take(payload, "name", "name");
  profile.Take(payload, "given_name", "first_name");
  profile.Take(payload, "family_name", "last_name");
  profile.Take(payload, "picture", "picture");
  // Google lets anybody write down any address.
  if (IsTrue(payload.Find("email_verified"))) {
    profile.Take(payload, "email", "email");
  }
  const json::Value* const domain = payload.Find("hd");
  if (domain != nullptr && domain->as_string() != nullptr) {
    profile.hosted_domain = *domain->as_string();
  }
  return profile;
}

absl::StatusOr<ProvenIdentity> GoogleProvider::Authenticate(
    const Credential& credential, const CallContext& ctx) {
  const auto* arm = std::get_if<GoogleCredential>(&credential.arm);
  if (arm == nullptr) {
    return Error(Reason::kInternal, "credential of another kind");
  }
  RETURN_IF_ERROR(ctx.StillWanted(clock_->TimeNow()));
  ASSIGN_OR_RETURN(const Claims claims, Prove(*arm, ctx));
  return ProveSocial(name_, kind(), social_, ProfileOf(claims));
}

absl::StatusOr<Claims> GoogleProvider::Prove(const GoogleCredential& proof,
                                             const CallContext& ctx) {
  if (!proof.auth_code.empty()) return ProveByCode(proof, ctx);
  return tokens_.Verify(proof.id_token.RevealSecret(), {proof.nonce, ""}, ctx);
}

absl::StatusOr<Claims> GoogleProvider::ProveByCode(
    const GoogleCredential& proof, const CallContext& ctx) {
  if (client_secret_.empty()) {
    return Error(Reason::kProviderNotEnabled,
                 "codes need the provider's client_secret");
  }
  RETURN_IF_ERROR(CheckRedirectUri(social_, proof.redirect_uri,
                                   "credential.google.redirect_uri"));
  // An empty redirect URI is sent as such: Google wants the parameter.
  const CodeGrant grant = {&proof.auth_code, &social_.client_ids.front(),
                           &client_secret_, &proof.redirect_uri};
  ASSIGN_OR_RETURN(const ExchangedTokens tokens,
                   ExchangeCode(social_.token_uri, grant, &service_, ctx));
  return tokens_.Verify(tokens.id_token.RevealSecret(),
                        {proof.nonce, tokens.access_token.RevealSecret()}, ctx);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Provider>> NewGoogleProvider(
    const AppId& /*app*/, const ProviderSettings& settings,
    const ProviderDeps& deps) {
  const auto& google = std::get<GoogleSettings>(settings.arm);
  RETURN_IF_ERROR(CheckSocialSettings(google.social));
  if (deps.jwks == nullptr || deps.http == nullptr) {
    return Error(Reason::kInternal, "no way to reach Google from here");
  }
  return std::make_unique<GoogleProvider>(settings.name, google, deps);
}

}  // namespace latchkey
