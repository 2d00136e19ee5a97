#include "core/session/app_services_claims.h"

#include <cstdint>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/crypto/digest.h"

namespace latchkey {
namespace {

constexpr size_t kObjectIdBytes = 12;
// Of 32, as every reader takes: the claim is one level further down.
constexpr int kUserDataDepth = json::Limits{}.max_depth - 1;
constexpr size_t kMaxIdentityText = 128 + 2;  // with its quotes

std::string ObjectIdOf(absl::string_view text) {
  const Sha256Digest digest = Sha256(text);
  return absl::BytesToHexString(AsStringView(digest).substr(0, kObjectIdBytes));
}

// Each claim has an older name beside it.
void SetBoth(absl::string_view name, absl::string_view older,
             const json::Value& value, json::Value* payload) {
  payload->Set(name, value);
  payload->Set(older, value);
}

void AddCommonClaims(const SessionRecord& session, json::Value* payload) {
  SetBoth("baas_device_id", "stitch_devId", AppServicesDeviceId(session),
          payload);
  SetBoth("baas_domain_id", "stitch_domainId", AppServicesDomainId(session.app),
          payload);
}

}  // namespace

absl::string_view AppServicesProviderType(ProviderKind kind) {
  switch (kind) {
    case ProviderKind::kAnonymous:
      return "anon-user";
    case ProviderKind::kEmailPassword:
      return "local-userpass";
    case ProviderKind::kApiKey:
      return "api-key";
    case ProviderKind::kCustomJwt:
      return "custom-token";
    case ProviderKind::kFunction:
      return "custom-function";
    case ProviderKind::kGoogle:
      return "oauth2-google";
    case ProviderKind::kApple:
      return "oauth2-apple";
    case ProviderKind::kFacebook:
      return "oauth2-facebook";
    case ProviderKind::kOidc:
      break;
  }
  return ProviderKindName(kind);
}

std::string AppServicesDomainId(const AppId& app) {
  return ObjectIdOf(absl::StrCat("domain\n", app.value()));
}

std::string AppServicesProviderId(const AppId& app,
                                  const ProviderName& provider) {
  return ObjectIdOf(
      absl::StrCat("provider\n", app.value(), "\n", provider.value()));
}

std::string AppServicesIdentityId(ProviderKind kind,
                                  const std::string& subject) {
  if (kind != ProviderKind::kAnonymous) return subject;
  const Sha256Digest digest = Sha256(absl::StrCat("anon-user\n", subject));
  std::string id = absl::StrCat(subject, "-");
  for (size_t i = 0; i < 2 * kObjectIdBytes; ++i) {
    id.push_back(static_cast<char>('a' + digest[i] % 26));
  }
  return id;
}

std::string AppServicesDeviceId(const SessionRecord& session) {
  const absl::StatusOr<json::Value> device =
      json::ParseObject(session.device_json);
  const json::Value* id = device.ok() ? device->Find("device_id") : nullptr;
  const std::string* text = id == nullptr ? nullptr : id->as_string();
  return text != nullptr && IsObjectId(*text) ? *text : kNoDeviceId;
}

void AddAccessClaims(const SessionRecord& session,
                     absl::string_view custom_data_json, size_t max_user_data,
                     json::Value* payload) {
  payload->Set("typ", "access");
  AddCommonClaims(session, payload);
  if (custom_data_json == "{}" || custom_data_json.size() > max_user_data) {
    return;
  }
  json::Limits limits;
  limits.max_depth = kUserDataDepth;
  absl::StatusOr<json::Value> data =
      json::ParseObject(custom_data_json, limits);
  if (data.ok()) payload->Set("user_data", *std::move(data));
}

void AddRefreshClaims(const SessionRecord& session, ProviderKind kind,
                      json::Value* payload) {
  payload->Set("sub", session.user.value());
  payload->Set("typ", "refresh");
  SetBoth("baas_id", "stitch_id", session.id.value(), payload);
  AddCommonClaims(session, payload);
  SetBoth("baas_data", "stitch_data", nullptr, payload);
  json::Value identity{json::Value::Object()};
  const json::Value id(AppServicesIdentityId(kind, session.subject));
  if (json::Write(id).size() <= kMaxIdentityText) identity.Set("id", id);
  identity.Set("provider_type", AppServicesProviderType(kind));
  identity.Set("provider_id",
               AppServicesProviderId(session.app, session.provider));
  SetBoth("baas_identity", "stitch_ident", identity, payload);
}

}  // namespace latchkey
