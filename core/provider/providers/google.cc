// Google: ID tokens, and authorization codes that are exchanged for one.
#include <memory>
#include <string>
#include <variant>

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/provider/oidc_token.h"
#include "core/provider/provider.h"
#include "core/provider/provider_settings.h"
#include "core/provider/social_profile.h"
#include "core/provider/social_provider.h"

namespace latchkey {
namespace {

class GoogleProvider final : public SocialProvider {
 public:
  GoogleProvider(const ProviderName& name, const GoogleSettings& settings,
                 const ProviderDeps& deps)
      : SocialProvider(name, ProviderKind::kGoogle, settings.social, deps),
        client_secret_(settings.client_secret.Clone()) {}

 private:
  absl::StatusOr<SocialProfile> Prove(const Credential& credential,
                                      const CallContext& ctx) override;
  absl::StatusOr<Claims> ProveClaims(const GoogleCredential& proof,
                                     const CallContext& ctx);

  const Secret client_secret_;
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

absl::StatusOr<SocialProfile> GoogleProvider::Prove(
    const Credential& credential, const CallContext& ctx) {
  ASSIGN_OR_RETURN(
      const Claims claims,
      ProveClaims(std::get<GoogleCredential>(credential.arm), ctx));
  return ProfileOf(claims);
}

absl::StatusOr<Claims> GoogleProvider::ProveClaims(
    const GoogleCredential& proof, const CallContext& ctx) {
  if (proof.auth_code.empty()) {
    return tokens().Verify(proof.id_token.RevealSecret(), {proof.nonce, ""},
                           ctx);
  }
  if (client_secret_.empty()) {
    return Error(Reason::kProviderNotEnabled,
                 "codes need the provider's client_secret");
  }
  return ProveByCode(
      {proof.auth_code, proof.redirect_uri, proof.nonce, client_secret_,
       /*always_sends_redirect_uri=*/true,
       proof.code_verifier.empty() ? nullptr : &proof.code_verifier},
      ctx);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Provider>> NewGoogleProvider(
    const AppId& /*app*/, const ProviderSettings& settings,
    const ProviderDeps& deps) {
  const auto& google = std::get<GoogleSettings>(settings.arm);
  RETURN_IF_ERROR(CheckSocial(google.social, deps));
  return std::make_unique<GoogleProvider>(settings.name, google, deps);
}

}  // namespace latchkey
