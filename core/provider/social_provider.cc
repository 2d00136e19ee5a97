#include "core/provider/social_provider.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/provider/code_exchange.h"

namespace latchkey {
namespace {

IdTokenAudience AudienceOf(const SocialSettings& settings, ProviderKind kind) {
  return {settings.issuers, settings.client_ids,
          /*heeds_nonce_supported=*/kind == ProviderKind::kApple};
}

}  // namespace

SocialProvider::SocialProvider(const ProviderName& name, ProviderKind kind,
                               const SocialSettings& settings,
                               const ProviderDeps& deps)
    : name_(name),
      kind_(kind),
      settings_(settings),
      clock_(deps.clock),
      tokens_(AudienceOf(settings, kind), settings.key_source, deps.jwks,
              deps.clock),
      service_({ProviderKindName(kind), settings.max_concurrency, deps.fetch},
               deps.http, deps.clock) {}

absl::StatusOr<ProvenIdentity> SocialProvider::Authenticate(
    const Credential& credential, const CallContext& ctx) {
  if (credential.kind() != kind_) {
    return Error(Reason::kInternal, "credential of another kind");
  }
  RETURN_IF_ERROR(ctx.StillWanted(clock_->TimeNow()));
  ASSIGN_OR_RETURN(SocialProfile profile, Prove(credential, ctx));
  return ProveSocial(name_, kind_, settings_, std::move(profile));
}

absl::StatusOr<Claims> SocialProvider::ProveByCode(const CodeProof& proof,
                                                   const CallContext& ctx) {
  RETURN_IF_ERROR(CheckRedirectUri(
      settings_, proof.redirect_uri,
      absl::StrCat("credential.", ProviderKindName(kind_), ".redirect_uri")));
  const bool sends_uri =
      proof.always_sends_redirect_uri || !proof.redirect_uri.empty();
  const CodeGrant grant = {
      &proof.code, &settings_.client_ids.front(), &proof.client_secret,
      sends_uri ? &proof.redirect_uri : nullptr, proof.code_verifier};
  ASSIGN_OR_RETURN(const ExchangedTokens tokens,
                   ExchangeCode(settings_.token_uri, grant, &service_, ctx));
  return tokens_.Verify(tokens.id_token.RevealSecret(),
                        {proof.nonce, tokens.access_token.RevealSecret()}, ctx);
}

absl::Status CheckSocial(const SocialSettings& settings,
                         const ProviderDeps& deps) {
  RETURN_IF_ERROR(CheckSocialSettings(settings));
  if (deps.jwks == nullptr || deps.http == nullptr) {
    return Error(Reason::kInternal, "no way to reach the service from here");
  }
  return absl::OkStatus();
}

}  // namespace latchkey
