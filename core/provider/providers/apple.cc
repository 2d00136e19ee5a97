// Apple: ID tokens, and authorization codes that are exchanged for one. A
// person's name comes once, beside the first of them, and is kept.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/crypto/signing_key.h"
#include "core/crypto/signing_key_pem.h"
#include "core/jwt/client_assertion.h"
#include "core/provider/code_exchange.h"
#include "core/provider/foreign_service.h"
#include "core/provider/id_token.h"
#include "core/provider/oidc_token.h"
#include "core/provider/provider.h"
#include "core/provider/provider_settings.h"
#include "core/provider/social_profile.h"
#include "core/store/user_store.h"

namespace latchkey {
namespace {

constexpr absl::string_view kUserField = "credential.apple.user";
constexpr size_t kMaxUserBytes = 2048;
constexpr size_t kMaxNameBytes = 255;
constexpr absl::string_view kNamePaths[] = {"name", "first_name", "last_name"};

class AppleProvider final : public Provider {
 public:
  AppleProvider(const AppId& app, const ProviderSettings& settings,
                std::optional<SigningKey> key, const ProviderDeps& deps)
      : app_(app),
        name_(settings.name),
        social_(std::get<AppleSettings>(settings.arm).social),
        team_id_(std::get<AppleSettings>(settings.arm).team_id),
        key_(std::move(key)),
        clock_(deps.clock),
        random_(deps.random),
        users_(deps.store->users()),
        tokens_({social_.issuers, social_.client_ids,
                 /*heeds_nonce_supported=*/true},
                social_.key_source, deps.jwks, deps.clock),
        service_({"apple", social_.max_concurrency, deps.fetch}, deps.http,
                 deps.clock) {}

  const ProviderName& name() const override { return name_; }
  ProviderKind kind() const override { return ProviderKind::kApple; }

  absl::StatusOr<ProvenIdentity> Authenticate(const Credential& credential,
                                              const CallContext& ctx) override;

 private:
  absl::StatusOr<Claims> Prove(const AppleCredential& proof,
                               const CallContext& ctx);
  absl::StatusOr<Claims> ProveByCode(const AppleCredential& proof,
                                     const CallContext& ctx);
  absl::StatusOr<Secret> MakeClientSecret() const;
  // Sets the names that an earlier login brought.
  absl::Status RecallNames(SocialProfile* profile) const;

  const AppId app_;
  const ProviderName name_;
  const SocialSettings social_;
  const std::string team_id_;
  const std::optional<SigningKey> key_;
  Clock* const clock_;
  Random* const random_;
  UserStore* const users_;
  const IdTokenVerifier tokens_;
  ForeignService service_;
};

bool IsName(const MetadataField& field) {
  return absl::c_linear_search(kNamePaths, field.path);
}

// Takes a part of the name; false when it is none.
bool TakeName(const json::Value& name, absl::string_view from,
              absl::string_view to, SocialProfile* profile) {
  const json::Value* const part = name.Find(from);
  if (part == nullptr || part->is_null()) return true;
  const std::string* const text = part->as_string();
  if (text == nullptr || text->size() > kMaxNameBytes ||
      HasControlCharacters(*text)) {
    return false;
  }
  profile->Take(name, from, to);
  return true;
}

// Takes the names in `user_json`, which Apple does not sign: nothing else in it
// is believed. Parts are empty where a client has none to give.
absl::Status TakeNames(const std::string& user_json, SocialProfile* profile) {
  if (user_json.empty()) return absl::OkStatus();
  json::Limits limits;
  limits.max_bytes = kMaxUserBytes;
  const absl::StatusOr<json::Value> user = json::ParseObject(user_json, limits);
  if (!user.ok()) return InvalidField(kUserField, "a JSON object");
  const json::Value* const name = user->Find("name");
  if (name == nullptr || name->is_null()) return absl::OkStatus();
  if (name->as_object() == nullptr ||
      !TakeName(*name, "firstName", "first_name", profile) ||
      !TakeName(*name, "lastName", "last_name", profile)) {
    return InvalidField(kUserField,
                        "name.firstName and name.lastName: at most 255 bytes "
                        "of text each");
  }
  std::string whole;
  for (const char* part : {"first_name", "last_name"}) {
    const json::Value* const text = profile->data.Find(part);
    if (text == nullptr) continue;
    absl::StrAppend(&whole, whole.empty() ? "" : " ", *text->as_string());
  }
  if (!whole.empty()) profile->data.Set("name", std::move(whole));
  return absl::OkStatus();
}

SocialProfile ProfileOf(const Claims& claims) {
  const json::Value& payload = claims.payload;
  SocialProfile profile;
  profile.subject = claims.subject.value_or("");
  if (IsTrue(payload.Find("email_verified"))) {
    profile.Take(payload, "email", "email");
  }
  return profile;
}

absl::StatusOr<ProvenIdentity> AppleProvider::Authenticate(
    const Credential& credential, const CallContext& ctx) {
  const auto* arm = std::get_if<AppleCredential>(&credential.arm);
  if (arm == nullptr) {
    return Error(Reason::kInternal, "credential of another kind");
  }
  SocialProfile names;
  RETURN_IF_ERROR(TakeNames(arm->user_json, &names));
  RETURN_IF_ERROR(ctx.StillWanted(clock_->TimeNow()));
  ASSIGN_OR_RETURN(const Claims claims, Prove(*arm, ctx));
  SocialProfile profile = ProfileOf(claims);
  for (const absl::string_view path : kNamePaths) {
    profile.Take(names.data, path, path);
  }
  RETURN_IF_ERROR(RecallNames(&profile));
  return ProveSocial(name_, kind(), social_, std::move(profile));
}

absl::Status AppleProvider::RecallNames(SocialProfile* profile) const {
  // A name that is given is the whole name: its parts are not mixed with old
  // ones.
  if (profile->data.Find("name") != nullptr ||
      absl::c_none_of(social_.metadata, IsName)) {
    return absl::OkStatus();
  }
  const absl::StatusOr<UserRecord> user =
      users_->FindByIdentity(app_, name_, profile->subject);
  if (GetReason(user.status()) == Reason::kUserNotFound) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(user.status());
  for (const IdentityRecord& identity : user->identities) {
    if (identity.kind != ProviderKind::kApple || identity.provider != name_ ||
        identity.subject != profile->subject) {
      continue;
    }
    ASSIGN_OR_RETURN(const json::Value kept,
                     json::ParseObject(identity.data_json));
    for (const MetadataField& field : social_.metadata) {
      if (!IsName(field)) continue;
      profile->Take(kept, field.field.empty() ? field.path : field.field,
                    field.path);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Claims> AppleProvider::Prove(const AppleCredential& proof,
                                            const CallContext& ctx) {
  if (!proof.auth_code.empty()) return ProveByCode(proof, ctx);
  return tokens_.Verify(proof.id_token.RevealSecret(), {proof.nonce, ""}, ctx);
}

// Apple's client secret is a JWT of ours, for a few minutes instead of the six
// months that Apple allows.
absl::StatusOr<Secret> AppleProvider::MakeClientSecret() const {
  ClientAssertion assertion;
  assertion.issuer = team_id_;
  assertion.subject = social_.client_ids.front();
  assertion.audience = social_.issuers.front();
  return MakeClientAssertion(assertion, *key_, clock_->TimeNow(), random_);
}

absl::StatusOr<Claims> AppleProvider::ProveByCode(const AppleCredential& proof,
                                                  const CallContext& ctx) {
  if (!key_.has_value()) {
    return Error(Reason::kProviderNotEnabled,
                 "codes need the provider's private_key");
  }
  RETURN_IF_ERROR(CheckRedirectUri(social_, proof.redirect_uri,
                                   "credential.apple.redirect_uri"));
  ASSIGN_OR_RETURN(const Secret client_secret, MakeClientSecret());
  const CodeGrant grant = {
      &proof.auth_code, &social_.client_ids.front(), &client_secret,
      proof.redirect_uri.empty() ? nullptr : &proof.redirect_uri};
  ASSIGN_OR_RETURN(const ExchangedTokens tokens,
                   ExchangeCode(social_.token_uri, grant, &service_, ctx));
  return tokens_.Verify(tokens.id_token.RevealSecret(),
                        {proof.nonce, tokens.access_token.RevealSecret()}, ctx);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Provider>> NewAppleProvider(
    const AppId& app, const ProviderSettings& settings,
    const ProviderDeps& deps) {
  const auto& apple = std::get<AppleSettings>(settings.arm);
  RETURN_IF_ERROR(CheckSocialSettings(apple.social));
  if (deps.jwks == nullptr || deps.http == nullptr || deps.store == nullptr) {
    return Error(Reason::kInternal, "no way to reach Apple from here");
  }
  std::optional<SigningKey> key;
  if (!apple.private_key.empty()) {
    ASSIGN_OR_RETURN(key, SigningKeyFromPem(Algorithm::kEs256, apple.key_id,
                                            apple.private_key));
  }
  return std::make_unique<AppleProvider>(app, settings, std::move(key), deps);
}

}  // namespace latchkey
