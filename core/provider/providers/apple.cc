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
#include "core/provider/oidc_token.h"
#include "core/provider/provider.h"
#include "core/provider/provider_settings.h"
#include "core/provider/social_profile.h"
#include "core/provider/social_provider.h"
#include "core/store/user_store.h"

namespace latchkey {
namespace {

constexpr absl::string_view kUserField = "credential.apple.user";
constexpr size_t kMaxUserBytes = 2048;
constexpr size_t kMaxNameBytes = 255;
constexpr absl::string_view kNamePaths[] = {"name", "first_name", "last_name"};

class AppleProvider final : public SocialProvider {
 public:
  AppleProvider(const AppId& app, const ProviderName& name,
                const AppleSettings& settings, std::optional<SigningKey> key,
                const ProviderDeps& deps)
      : SocialProvider(name, ProviderKind::kApple, settings.social, deps),
        app_(app),
        team_id_(settings.team_id),
        key_(std::move(key)),
        random_(deps.random),
        users_(deps.store->users()) {}

 private:
  absl::StatusOr<SocialProfile> Prove(const Credential& credential,
                                      const CallContext& ctx) override;
  absl::StatusOr<Claims> ProveClaims(const AppleCredential& proof,
                                     const CallContext& ctx);
  absl::StatusOr<Secret> MakeClientSecret() const;
  // Sets the names that an earlier login brought.
  absl::Status RecallNames(SocialProfile* profile) const;

  const AppId app_;
  const std::string team_id_;
  const std::optional<SigningKey> key_;
  Random* const random_;
  UserStore* const users_;
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

absl::StatusOr<SocialProfile> AppleProvider::Prove(const Credential& credential,
                                                   const CallContext& ctx) {
  const auto& proof = std::get<AppleCredential>(credential.arm);
  // Before a code is used up.
  SocialProfile names;
  RETURN_IF_ERROR(TakeNames(proof.user_json, &names));
  ASSIGN_OR_RETURN(const Claims claims, ProveClaims(proof, ctx));
  SocialProfile profile = ProfileOf(claims);
  for (const absl::string_view path : kNamePaths) {
    profile.Take(names.data, path, path);
  }
  RETURN_IF_ERROR(RecallNames(&profile));
  return profile;
}

absl::Status AppleProvider::RecallNames(SocialProfile* profile) const {
  // A name that is given is the whole name: its parts are not mixed with old
  // ones.
  if (profile->data.Find("name") != nullptr ||
      absl::c_none_of(settings().metadata, IsName)) {
    return absl::OkStatus();
  }
  const absl::StatusOr<UserRecord> user =
      users_->FindByIdentity(app_, name(), profile->subject);
  if (GetReason(user.status()) == Reason::kUserNotFound) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(user.status());
  for (const IdentityRecord& identity : user->identities) {
    if (identity.kind != ProviderKind::kApple || identity.provider != name() ||
        identity.subject != profile->subject) {
      continue;
    }
    ASSIGN_OR_RETURN(const json::Value kept,
                     json::ParseObject(identity.data_json));
    for (const MetadataField& field : settings().metadata) {
      if (!IsName(field)) continue;
      profile->Take(kept, field.field.empty() ? field.path : field.field,
                    field.path);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Claims> AppleProvider::ProveClaims(const AppleCredential& proof,
                                                  const CallContext& ctx) {
  if (proof.auth_code.empty()) {
    return tokens().Verify(proof.id_token.RevealSecret(), {proof.nonce, ""},
                           ctx);
  }
  if (!key_.has_value()) {
    return Error(Reason::kProviderNotEnabled,
                 "codes need the provider's private_key");
  }
  ASSIGN_OR_RETURN(const Secret client_secret, MakeClientSecret());
  return ProveByCode(
      {proof.auth_code, proof.redirect_uri, proof.nonce, client_secret}, ctx);
}

// Apple's client secret is a JWT of ours, for a few minutes instead of the six
// months that Apple allows.
absl::StatusOr<Secret> AppleProvider::MakeClientSecret() const {
  ClientAssertion assertion;
  assertion.issuer = team_id_;
  assertion.subject = settings().client_ids.front();
  assertion.audience = settings().issuers.front();
  return MakeClientAssertion(assertion, *key_, clock()->TimeNow(), random_);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Provider>> NewAppleProvider(
    const AppId& app, const ProviderSettings& settings,
    const ProviderDeps& deps) {
  const auto& apple = std::get<AppleSettings>(settings.arm);
  RETURN_IF_ERROR(CheckSocial(apple.social, deps));
  if (deps.store == nullptr) return Error(Reason::kInternal, "no store here");
  std::optional<SigningKey> key;
  if (!apple.private_key.empty()) {
    ASSIGN_OR_RETURN(key, SigningKeyFromPem(Algorithm::kEs256, apple.key_id,
                                            apple.private_key));
  }
  return std::make_unique<AppleProvider>(app, settings.name, apple,
                                         std::move(key), deps);
}

}  // namespace latchkey
