#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/audit/audit_actions.h"
#include "core/crypto/digest.h"
#include "core/events/event_log.h"
#include "core/events/webhook.h"
#include "core/json/json.h"
#include "core/session/app_services_claims.h"

namespace latchkey {
namespace {

json::Value ObjectOf(const std::string& text) {
  absl::StatusOr<json::Value> value = json::ParseObject(text);
  return value.ok() ? *std::move(value) : json::Value(json::Value::Object());
}

absl::string_view OperationOf(absl::string_view action) {
  if (action == audit_action::kUserCreated) return "CREATE";
  if (action == audit_action::kUserDeleted) return "DELETE";
  if (action == audit_action::kLogin) return "LOGIN";
  if (action == audit_action::kLink) return "LINK";
  if (action == kLogoutAction) return "LOGOUT";
  return action;
}

// A provider that is not configured any more keeps its name.
std::string TypeOf(const WebhookSettings& settings, absl::string_view name) {
  const auto found = settings.kinds.find(std::string(name));
  if (found == settings.kinds.end()) return std::string(name);
  return std::string(AppServicesProviderType(found->second));
}

json::Value ProvidersOf(const WebhookSettings& settings,
                        const EventRecord& event) {
  const std::string& names =
      event.providers.empty() ? event.provider.value() : event.providers;
  json::Value::Array types;
  for (const absl::string_view name :
       absl::StrSplit(names, ',', absl::SkipEmpty())) {
    json::Value type = TypeOf(settings, name);
    if (std::find(types.begin(), types.end(), type) == types.end()) {
      types.push_back(std::move(type));
    }
  }
  return types;
}

json::Value IdentitiesOf(const UserRecord& user) {
  json::Value::Array identities;
  for (const IdentityRecord& identity : user.identities) {
    json::Value one{json::Value::Object()};
    one.Set("id", AppServicesIdentityId(identity.kind, identity.subject));
    one.Set("provider_type", AppServicesProviderType(identity.kind));
    one.Set("provider_data", ObjectOf(identity.data_json));
    identities.push_back(std::move(one));
  }
  return identities;
}

json::Value UserOf(const EventRecord& event, const UserRecord* user) {
  json::Value out{json::Value::Object()};
  out.Set("id", event.user.value());
  if (user == nullptr) return out;
  out.Set("type", user->type == UserType::kServer ? "server" : "normal");
  out.Set("data", ObjectOf(user->data_json));
  out.Set("custom_data", ObjectOf(user->custom_data_json));
  out.Set("identities", IdentitiesOf(*user));
  return out;
}

}  // namespace

std::string WebhookBody(const WebhookSettings& settings,
                        const EventRecord& event, const UserRecord* user) {
  json::Value body{json::Value::Object()};
  body.Set("id", absl::StrCat(event.id));
  body.Set("operationType", OperationOf(event.action));
  body.Set("app", event.app.value());
  body.Set("time", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", event.time,
                                    absl::UTCTimeZone()));
  body.Set("providers", ProvidersOf(settings, event));
  body.Set("user", UserOf(event, user));
  if (!event.session.empty()) body.Set("session_id", event.session.value());
  return json::Write(body);
}

std::string SignWebhook(const Secret& secret, absl::string_view timestamp,
                        absl::string_view body) {
  const Sha256Digest mac =
      HmacSha256(secret.RevealSecret(), absl::StrCat(timestamp, ".", body));
  return absl::StrCat("v1=", absl::BytesToHexString(AsStringView(mac)));
}

}  // namespace latchkey
