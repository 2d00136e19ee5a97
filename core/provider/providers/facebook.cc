// Facebook: access tokens, which only Facebook can judge, codes that are
// exchanged for one, and the ID tokens of Limited Login.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "core/provider/foreign_service.h"
#include "core/provider/provider.h"
#include "core/provider/provider_settings.h"
#include "core/provider/social_profile.h"
#include "core/provider/social_provider.h"

namespace latchkey {
namespace {

constexpr size_t kMaxUserIdBytes = 64;

// Error codes of the Graph API.
bool IsTransient(int64_t code) { return code == 1 || code == 2; }
bool IsThrottling(int64_t code) {
  return code == 4 || code == 17 || code == 32 || code == 613;
}

class FacebookProvider final : public SocialProvider {
 public:
  FacebookProvider(const ProviderName& name, const FacebookSettings& settings,
                   const ProviderDeps& deps);

 private:
  absl::StatusOr<SocialProfile> Prove(const Credential& credential,
                                      const CallContext& ctx) override;
  absl::StatusOr<SocialProfile> ProveByAccessToken(const Secret& token,
                                                   const CallContext& ctx);
  // The access token that Facebook gives for a code.
  absl::StatusOr<Secret> Redeem(const FacebookCredential& proof,
                                const CallContext& ctx);
  // The id of the token's user, after Facebook said that the token is good and
  // ours.
  absl::StatusOr<std::string> Inspect(const Secret& token,
                                      const CallContext& ctx);
  absl::StatusOr<std::string> UserOf(const json::Value* data) const;
  absl::StatusOr<json::Value> FetchProfile(const Secret& token,
                                           const CallContext& ctx);
  const std::string& app_id() const { return settings().client_ids.front(); }

  const std::string graph_;
  const Secret app_secret_;
  const std::string profile_fields_;  // what /me is asked for
};

// A member of the Graph API's profile, and our name for it.
struct GraphField {
  absl::string_view path;
  absl::string_view field;
};
constexpr GraphField kGraphFields[] = {
    {"name", "name"},           {"first_name", "first_name"},
    {"last_name", "last_name"}, {"picture", "picture"},
    {"gender", "gender"},       {"birthday", "birthday"},
    {"min_age", "age_range"},   {"max_age", "age_range"},
    {"email", "email"}};

// Only what is kept is asked for.
std::string ProfileFields(const SocialSettings& settings) {
  std::vector<absl::string_view> fields = {"id"};
  for (const GraphField& graph : kGraphFields) {
    const bool wanted =
        (graph.path == "email" && !settings.domains.empty()) ||
        absl::c_any_of(settings.metadata, [&](const MetadataField& field) {
          return field.path == graph.path;
        });
    if (wanted && !absl::c_linear_search(fields, graph.field)) {
      fields.push_back(graph.field);
    }
  }
  return absl::StrJoin(fields, ",");
}

FacebookProvider::FacebookProvider(const ProviderName& name,
                                   const FacebookSettings& settings,
                                   const ProviderDeps& deps)
    : SocialProvider(name, ProviderKind::kFacebook, settings.social, deps),
      graph_(settings.graph),
      app_secret_(settings.app_secret.Clone()),
      profile_fields_(ProfileFields(settings.social)) {}

absl::Status Rejected(absl::string_view why) {
  return Error(Reason::kCredentialRejected, why);
}

std::optional<int64_t> IntegerOf(const json::Value& object,
                                 absl::string_view name) {
  const json::Value* const member = object.Find(name);
  return member == nullptr ? std::nullopt : member->as_int64();
}

absl::string_view TextOf(const json::Value& object, absl::string_view name) {
  const json::Value* const member = object.Find(name);
  const std::string* const text =
      member == nullptr ? nullptr : member->as_string();
  return text == nullptr ? absl::string_view() : *text;
}

// Facebook's ids are numbers, as text.
bool IsUserId(absl::string_view id) {
  return !id.empty() && id.size() <= kMaxUserIdBytes &&
         absl::c_all_of(id, [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c));
         });
}

// The `error.code` of a refusal; 0 when there is none.
int64_t CodeOf(const ForeignAnswer& answer) {
  const json::Value* const error = answer.body.Find("error");
  if (error == nullptr) return 0;
  return IntegerOf(*error, "code").value_or(0);
}

// What a refusal means when it does not concern the token itself; OK when it
// does.
absl::Status NoVerdict(const ForeignAnswer& answer, absl::string_view what) {
  const int64_t code = CodeOf(answer);
  const std::string detail = absl::StrCat("facebook ", what, ": HTTP status ",
                                          answer.status, ", code ", code);
  if (IsThrottling(code)) return Error(Reason::kOverloaded, detail);
  if (IsTransient(code)) return Error(Reason::kIssuerUnavailable, detail);
  return absl::OkStatus();
}

// Times are seconds; 0 is never.
bool IsPast(const json::Value& data, absl::string_view name, absl::Time now) {
  const std::optional<int64_t> seconds = IntegerOf(data, name);
  return seconds.has_value() && *seconds != 0 &&
         absl::FromUnixSeconds(*seconds) <= now;
}

void TakeAges(const json::Value& source, absl::string_view name,
              SocialProfile* profile) {
  const json::Value* const range = source.Find(name);
  if (range == nullptr) return;
  const std::pair<const char*, const char*> ends[] = {{"min", "min_age"},
                                                      {"max", "max_age"}};
  for (const auto& end : ends) {
    const std::optional<int64_t> age = IntegerOf(*range, end.first);
    if (age.has_value()) profile->data.Set(end.second, json::Value(*age));
  }
}

SocialProfile ProfileOfGraph(const json::Value& me) {
  SocialProfile profile;
  for (const char* name :
       {"name", "first_name", "last_name", "gender", "birthday", "email"}) {
    profile.Take(me, name, name);
  }
  const json::Value* const picture = me.Find("picture");
  const json::Value* const data =
      picture == nullptr ? nullptr : picture->Find("data");
  if (data != nullptr) profile.Take(*data, "url", "picture");
  TakeAges(me, "age_range", &profile);
  return profile;
}

SocialProfile ProfileOfToken(const Claims& claims) {
  const json::Value& payload = claims.payload;
  SocialProfile profile;
  profile.subject = claims.subject.value_or("");
  profile.Take(payload, "name", "name");
  profile.Take(payload, "given_name", "first_name");
  profile.Take(payload, "family_name", "last_name");
  profile.Take(payload, "picture", "picture");
  profile.Take(payload, "email", "email");
  profile.Take(payload, "user_gender", "gender");
  profile.Take(payload, "user_birthday", "birthday");
  TakeAges(payload, "user_age_range", &profile);
  return profile;
}

absl::StatusOr<SocialProfile> FacebookProvider::Prove(
    const Credential& credential, const CallContext& ctx) {
  const auto& proof = std::get<FacebookCredential>(credential.arm);
  if (!proof.access_token.empty()) {
    return ProveByAccessToken(proof.access_token, ctx);
  }
  if (!proof.auth_code.empty()) {
    ASSIGN_OR_RETURN(const Secret token, Redeem(proof, ctx));
    return ProveByAccessToken(token, ctx);
  }
  ASSIGN_OR_RETURN(
      const Claims claims,
      tokens().Verify(proof.id_token.RevealSecret(), {proof.nonce, ""}, ctx));
  return ProfileOfToken(claims);
}

absl::StatusOr<Secret> FacebookProvider::Redeem(const FacebookCredential& proof,
                                                const CallContext& ctx) {
  if (app_secret_.empty()) {
    return Error(Reason::kProviderNotEnabled,
                 "codes need the provider's app_secret");
  }
  FormBody form;
  form.Add("client_id", app_id());
  form.Add("client_secret", app_secret_.RevealSecret());
  form.Add("redirect_uri", proof.redirect_uri);
  form.Add("code", proof.auth_code.RevealSecret());
  ASSIGN_OR_RETURN(
      const ForeignAnswer answer,
      service()->Post(absl::StrCat(graph_, "/oauth/access_token"), &form, ctx));
  if (answer.ok()) {
    Secret token(answer.Text("access_token"));
    if (!token.empty()) return token;
    return Error(Reason::kIssuerUnavailable,
                 "facebook /oauth/access_token: the answer has no token");
  }
  RETURN_IF_ERROR(NoVerdict(answer, "/oauth/access_token"));
  const int64_t code = CodeOf(answer);
  // 100 is about the code; the others are about our app.
  if (code == 100) return Rejected("facebook /oauth/access_token: the code");
  return Error(Reason::kOutboundRejected,
               absl::StrCat("facebook refused our app: HTTP status ",
                            answer.status, ", code ", code));
}

absl::StatusOr<SocialProfile> FacebookProvider::ProveByAccessToken(
    const Secret& token, const CallContext& ctx) {
  if (app_secret_.empty()) {
    return Error(Reason::kProviderNotEnabled,
                 "access tokens need the provider's app_secret");
  }
  ASSIGN_OR_RETURN(std::string user, Inspect(token, ctx));
  ASSIGN_OR_RETURN(const json::Value me, FetchProfile(token, ctx));
  if (TextOf(me, "id") != user) {
    return Rejected("facebook /me: not the user of the token");
  }
  SocialProfile profile = ProfileOfGraph(me);
  profile.subject = std::move(user);
  return profile;
}

absl::StatusOr<std::string> FacebookProvider::Inspect(const Secret& token,
                                                      const CallContext& ctx) {
  FormBody query;
  query.Add("input_token", token.RevealSecret());
  std::string app_token =
      absl::StrCat(app_id(), "|", app_secret_.RevealSecret());
  query.Add("access_token", app_token);
  WipeString(&app_token);
  ASSIGN_OR_RETURN(
      const ForeignAnswer answer,
      service()->Get(absl::StrCat(graph_, "/debug_token"), &query, ctx));
  if (answer.ok()) return UserOf(answer.body.Find("data"));
  RETURN_IF_ERROR(NoVerdict(answer, "/debug_token"));
  const int64_t code = CodeOf(answer);
  // 100 is about the token that is asked about; the others are about the one
  // that asks.
  if (code == 100) return Rejected("facebook /debug_token: not of this app");
  return Error(Reason::kOutboundRejected,
               absl::StrCat("facebook refused our app: HTTP status ",
                            answer.status, ", code ", code));
}

absl::StatusOr<std::string> FacebookProvider::UserOf(
    const json::Value* data) const {
  if (data == nullptr || data->as_object() == nullptr) {
    return Error(Reason::kIssuerUnavailable,
                 "facebook /debug_token: the answer has no data");
  }
  const json::Value* const valid = data->Find("is_valid");
  if (valid == nullptr || valid->as_bool() == nullptr || !*valid->as_bool()) {
    return Rejected("facebook /debug_token: the token is not valid");
  }
  // A token of another app proves nothing to us: that app may have passed on
  // what its user gave it alone.
  if (TextOf(*data, "app_id") != app_id()) {
    return Rejected("facebook /debug_token: the token is of another app");
  }
  if (TextOf(*data, "type") != "USER") {
    return Rejected("facebook /debug_token: not the token of a user");
  }
  const absl::Time now = clock()->TimeNow();
  if (!IntegerOf(*data, "expires_at").has_value() ||
      IsPast(*data, "expires_at", now) ||
      IsPast(*data, "data_access_expires_at", now)) {
    return Rejected("facebook /debug_token: the token has expired");
  }
  const absl::string_view user = TextOf(*data, "user_id");
  if (!IsUserId(user)) {
    return Rejected("facebook /debug_token: the token has no user");
  }
  return std::string(user);
}

absl::StatusOr<json::Value> FacebookProvider::FetchProfile(
    const Secret& token, const CallContext& ctx) {
  FormBody query;
  query.Add("fields", profile_fields_);
  query.Add("access_token", token.RevealSecret());
  // Shows that the call comes from a server of the app, so that the app can
  // refuse calls with stolen tokens.
  query.Add("appsecret_proof",
            absl::BytesToHexString(AsStringView(
                HmacSha256(app_secret_.RevealSecret(), token.RevealSecret()))));
  ASSIGN_OR_RETURN(ForeignAnswer answer,
                   service()->Get(absl::StrCat(graph_, "/me"), &query, ctx));
  if (answer.ok()) return std::move(answer.body);
  RETURN_IF_ERROR(NoVerdict(answer, "/me"));
  return Rejected(absl::StrCat("facebook /me: HTTP status ", answer.status,
                               ", code ", CodeOf(answer)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Provider>> NewFacebookProvider(
    const AppId& /*app*/, const ProviderSettings& settings,
    const ProviderDeps& deps) {
  const auto& facebook = std::get<FacebookSettings>(settings.arm);
  RETURN_IF_ERROR(CheckSocial(facebook.social, deps));
  return std::make_unique<FacebookProvider>(settings.name, facebook, deps);
}

}  // namespace latchkey
