// OpenID federation: access tokens that an issuer gave to people (workforce)
// or machines (workload), with the issuer's groups as roles.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/crypto/algorithm.h"
#include "core/json/json.h"
#include "core/jwks/key_issuers.h"
#include "core/jwt/claims.h"
#include "core/jwt/token_verifier.h"
#include "core/policy/pattern.h"
#include "core/provider/federation.h"
#include "core/provider/foreign_token.h"
#include "core/provider/issuer_quirks.h"
#include "core/provider/oidc_token.h"
#include "core/provider/provider.h"
#include "core/provider/provider_settings.h"

namespace latchkey {
namespace {

constexpr size_t kMaxTokenBytes = 16 * 1024;
constexpr size_t kMaxSubjectBytes = 255;
constexpr size_t kMaxRoles = 256;  // of Principal.roles
// MongoDB's grace for `nbf`; `exp` has none.
constexpr absl::Duration kNotBeforeGrace = absl::Seconds(60);

absl::Status BadSettings(absl::string_view what) {
  return Error(Reason::kInvalidRequest, what);
}

absl::Status CheckSettings(const OidcSettings& settings) {
  if (settings.issuer.empty() || settings.audience.empty() ||
      settings.auth_name_prefix.empty() || settings.principal_name.empty()) {
    return BadSettings(
        "issuer, audience, auth_name_prefix and principal_name are needed");
  }
  if (settings.use_authorization_claim &&
      settings.authorization_claim.empty()) {
    return BadSettings("authorization_claim is needed");
  }
  if (settings.supports_human_flows && settings.client_id.empty()) {
    return BadSettings("client_id is needed");
  }
  if (settings.algorithms.empty() ||
      absl::c_any_of(settings.algorithms, IsMac)) {
    // An open key used as a shared secret would let anybody sign.
    return BadSettings("algorithms of public keys are needed");
  }
  const bool of_tenants =
      absl::StrContains(settings.issuer, kTenantPlaceholder);
  if (of_tenants == settings.allowed_tenants.empty() ||
      !absl::c_all_of(settings.allowed_tenants, IsTenantId)) {
    return BadSettings("an issuer with {tenantid} needs allowed_tenants");
  }
  return absl::OkStatus();
}

std::string IssuerOf(const OidcSettings& settings, absl::string_view tenant) {
  return absl::StrReplaceAll(settings.issuer, {{kTenantPlaceholder, tenant}});
}

Expectations MakeExpectations(const OidcSettings& settings) {
  Expectations expected;
  for (const std::string& tenant : settings.allowed_tenants) {
    expected.issuers.push_back(IssuerOf(settings, tenant));
  }
  if (expected.issuers.empty()) expected.issuers = {settings.issuer};
  expected.audiences = {settings.audience};
  expected.types = settings.types;
  expected.algorithms = settings.algorithms;
  expected.max_token_bytes = kMaxTokenBytes;
  expected.leeway = kNotBeforeGrace;
  expected.require_kid = true;
  return expected;
}

// Entra's access tokens all say what they are for, so that a token which does
// not is an ID token, whoever its audience.
bool NeedsToSayWhatItIsFor(const OidcSettings& settings) {
  return settings.audience == settings.client_id || IsEntra(settings.issuer);
}

// A client cannot discover an issuer with a placeholder.
Invitation MakeInvitation(const OidcSettings& settings) {
  Invitation invitation;
  invitation.issuer = settings.allowed_tenants.size() == 1
                          ? IssuerOf(settings, settings.allowed_tenants[0])
                          : IssuerOf(settings, "organizations");
  invitation.client_id = settings.client_id;
  invitation.request_scopes = settings.request_scopes;
  return invitation;
}

// Where the issuer's client and its API have one id (usual with Entra), `aud`
// does not tell the client's ID tokens from access tokens; this does.
bool SaysWhatItIsFor(const json::Value& payload) {
  for (const char* const claim : {"scope", "scp", "client_id", "cid", "appid",
                                  "appidacr", "azpacr", "idtyp"}) {
    if (payload.Find(claim) != nullptr) return true;
  }
  return false;
}

std::string Prefixed(const std::string& prefix, absl::string_view name) {
  return absl::StrCat(prefix, absl::StartsWith(name, "/") ? "" : "/", name);
}

class OidcProvider final : public Provider, public Federation {
 public:
  OidcProvider(const AppId& app, ProviderName name,
               const OidcSettings& settings, std::optional<Pattern> pattern,
               const ProviderDeps& deps)
      : app_(app),
        name_(std::move(name)),
        settings_(settings),
        pattern_(std::move(pattern)),
        clock_(deps.clock),
        verifier_(MakeExpectations(settings),
                  deps.jwks->Use(settings.key_source), deps.jwks, deps.clock) {
    if (settings.supports_human_flows) invitation_ = MakeInvitation(settings);
  }

  const ProviderName& name() const override { return name_; }
  ProviderKind kind() const override { return ProviderKind::kOidc; }
  const Federation* federation() const override { return this; }

  absl::StatusOr<ProvenIdentity> Authenticate(const Credential& credential,
                                              const CallContext& ctx) override;

  absl::Status CheckAddressee(const Claims& unverified) const override {
    RETURN_IF_ERROR(CheckIssuer(unverified));
    return CheckAudience(unverified);
  }
  const Invitation* invitation() const override {
    return invitation_.has_value() ? &*invitation_ : nullptr;
  }
  bool Matches(absl::string_view hint) const override {
    return !pattern_.has_value() || pattern_->Search(hint);
  }

 private:
  absl::Status CheckIssuer(const Claims& claims) const;
  absl::Status CheckAudience(const Claims& claims) const;
  // CheckEarly refuses what no signature could save: it is cheap, and asks no
  // issuer.
  absl::Status CheckEarly(absl::string_view token) const;
  // CheckExpiry is without the grace that `nbf` has.
  absl::Status CheckExpiry(const Claims& claims) const;
  absl::Status CheckAccessToken(const json::Value& payload) const;
  absl::Status CheckTenant(const Claims& claims) const;
  absl::StatusOr<Claims> Verify(absl::string_view token,
                                const CallContext& ctx) const;
  absl::StatusOr<std::vector<std::string>> RolesOf(
      const json::Value& payload) const;
  absl::StatusOr<ProvenIdentity> Describe(const Claims& claims) const;
  void LogClaims(const json::Value& payload, const CallContext& ctx) const;

  const AppId app_;
  const ProviderName name_;
  const OidcSettings settings_;
  const std::optional<Pattern> pattern_;
  Clock* const clock_;
  const ForeignTokenVerifier verifier_;
  std::optional<Invitation> invitation_;
};

absl::StatusOr<ProvenIdentity> OidcProvider::Authenticate(
    const Credential& credential, const CallContext& ctx) {
  const auto* arm = std::get_if<OidcCredential>(&credential.arm);
  if (arm == nullptr) {
    return Error(Reason::kInternal, "credential of another kind");
  }
  RETURN_IF_ERROR(ctx.StillWanted(clock_->TimeNow()));
  const absl::StatusOr<Claims> claims = Verify(arm->token.RevealSecret(), ctx);
  if (!claims.ok()) return AsRejection(claims.status(), kMaxTokenBytes);
  absl::StatusOr<ProvenIdentity> identity = Describe(*claims);
  if (!identity.ok()) return AsRejection(identity.status(), kMaxTokenBytes);
  LogClaims(claims->payload, ctx);
  return identity;
}

absl::StatusOr<Claims> OidcProvider::Verify(absl::string_view token,
                                            const CallContext& ctx) const {
  RETURN_IF_ERROR(CheckEarly(token));
  const auto verified = verifier_.Verify(token, ctx, /*may_wait=*/true);
  if (!verified.has_value()) {
    return Error(Reason::kInternal, "no answer though it could wait");
  }
  RETURN_IF_ERROR(verified->status());
  const Claims& claims = (*verified)->claims();
  RETURN_IF_ERROR(CheckExpiry(claims));
  RETURN_IF_ERROR(CheckAccessToken(claims.payload));
  RETURN_IF_ERROR(CheckTenant(claims));
  return claims;
}

absl::Status OidcProvider::CheckEarly(absl::string_view token) const {
  ASSIGN_OR_RETURN(const Claims claims,
                   UnverifiedClaims(token, kMaxTokenBytes));
  RETURN_IF_ERROR(CheckAddressee(claims));
  return CheckExpiry(claims);
}

absl::Status OidcProvider::CheckIssuer(const Claims& claims) const {
  const std::string issuer = claims.issuer.value_or("");
  if (absl::c_linear_search(verifier_.expected().issuers, issuer)) {
    return absl::OkStatus();
  }
  const std::string cause = ExplainOtherIssuer(settings_.issuer, issuer);
  return Error(Reason::kTokenIssuerMismatch,
               absl::StrCat("iss is not the configured issuer",
                            cause.empty() ? "" : ": ", cause));
}

absl::Status OidcProvider::CheckAudience(const Claims& claims) const {
  if (absl::c_linear_search(claims.audience, settings_.audience)) {
    return absl::OkStatus();
  }
  const bool is_clients =
      invitation_.has_value() &&
      absl::c_linear_search(claims.audience, settings_.client_id);
  return Error(Reason::kTokenAudienceMismatch,
               is_clients
                   ? "aud is the client, as in an ID token, not the audience"
                   : "aud does not hold the configured audience");
}

absl::Status OidcProvider::CheckExpiry(const Claims& claims) const {
  if (!claims.expiration.has_value()) {
    return Error(Reason::kTokenClaimInvalid, "exp is missing");
  }
  if (clock_->TimeNow() < *claims.expiration) return absl::OkStatus();
  return Error(Reason::kTokenExpired, "exp has passed");
}

absl::Status OidcProvider::CheckAccessToken(const json::Value& payload) const {
  RETURN_IF_ERROR(RefuseIdToken(payload));
  if (!NeedsToSayWhatItIsFor(settings_) || SaysWhatItIsFor(payload)) {
    return absl::OkStatus();
  }
  return Error(Reason::kTokenTypeMismatch,
               "neither a scope nor a client is named: an ID token, where an "
               "access token is needed");
}

// `iss` was compared, so it names an allowed tenant; `tid` must name the same.
absl::Status OidcProvider::CheckTenant(const Claims& claims) const {
  if (settings_.allowed_tenants.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string tenant,
                   TextClaim(claims.payload, "tid", kMaxSubjectBytes));
  if (IsTenantId(tenant) && IssuerOf(settings_, tenant) == claims.issuer) {
    return absl::OkStatus();
  }
  return Error(Reason::kTokenIssuerMismatch, "tid is not the tenant of iss");
}

absl::StatusOr<std::vector<std::string>> OidcProvider::RolesOf(
    const json::Value& payload) const {
  std::vector<std::string> roles;
  if (!settings_.use_authorization_claim) return roles;
  const std::string& claim = settings_.authorization_claim;
  ASSIGN_OR_RETURN(const std::vector<std::string> groups,
                   GroupsOf(payload, claim));
  for (const std::string& group : groups) {
    roles.push_back(Prefixed(settings_.auth_name_prefix, group));
  }
  const json::Value list(json::Value::Array(roles.begin(), roles.end()));
  const size_t bytes = roles.empty() ? 0 : json::Write(list).size();
  if (roles.size() <= kMaxRoles && bytes <= settings_.max_roles_bytes) {
    return roles;
  }
  return Error(
      Reason::kTooManyRoles,
      absl::StrCat("claim ", claim, " makes ", roles.size(), " roles of ",
                   bytes, " bytes; an access token holds ", kMaxRoles, " of ",
                   settings_.max_roles_bytes,
                   " (which limits.max_metadata_bytes leaves): let the issuer "
                   "send fewer, or raise the limit"));
}

absl::StatusOr<ProvenIdentity> OidcProvider::Describe(
    const Claims& claims) const {
  const size_t left = kMaxSubjectBytes - settings_.auth_name_prefix.size() - 1;
  ASSIGN_OR_RETURN(const std::string principal,
                   TextClaim(claims.payload, settings_.principal_name, left));
  ProvenIdentity identity;
  identity.provider = name_;
  identity.kind = kind();
  identity.subject = absl::StrCat(settings_.auth_name_prefix, "/", principal);
  ASSIGN_OR_RETURN(identity.roles, RolesOf(claims.payload));
  if (settings_.cap_session_at_token_expiry) {
    identity.session_not_after = claims.expiration;
  }
  json::Value data(json::Value::Object{});
  data.Set("issuer", claims.issuer.value_or(""));
  const std::string client = ClientOf(claims.payload);
  if (!client.empty()) data.Set("client_id", client);
  const std::vector<std::string> scopes = ScopesOf(claims.payload);
  data.Set("scopes", json::Value::Array(scopes.begin(), scopes.end()));
  identity.data_json = json::Write(data);
  return identity;
}

void OidcProvider::LogClaims(const json::Value& payload,
                             const CallContext& ctx) const {
  if (settings_.log_claims.empty()) return;
  std::vector<LogField> fields = {{"app", app_.value()},
                                  {"provider", name_.value()},
                                  {"request_id", ctx.request_id}};
  for (const std::string& claim : settings_.log_claims) {
    const json::Value* const value = payload.Find(claim);
    if (value == nullptr) continue;
    const std::string* const text = value->as_string();
    fields.emplace_back(absl::StrCat("claim.", claim),
                        text != nullptr ? *text : json::Write(*value));
  }
  Log(LogLevel::kInfo, "oidc_token_accepted", fields);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Provider>> NewOidcProvider(
    const AppId& app, const ProviderSettings& settings,
    const ProviderDeps& deps) {
  const auto& oidc = std::get<OidcSettings>(settings.arm);
  RETURN_IF_ERROR(CheckSettings(oidc));
  if (deps.jwks == nullptr) {
    return Error(Reason::kInternal, "no cache of foreign keys here");
  }
  std::optional<Pattern> pattern;
  if (!oidc.match_pattern.empty()) {
    ASSIGN_OR_RETURN(pattern, Pattern::Compile(oidc.match_pattern));
  }
  return std::make_unique<OidcProvider>(app, settings.name, oidc,
                                        std::move(pattern), deps);
}

}  // namespace latchkey
