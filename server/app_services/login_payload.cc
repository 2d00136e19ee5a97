#include "server/app_services/login_payload.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/ids.h"
#include "core/base/status_macros.h"
#include "core/session/app_services_claims.h"
#include "latchkey/v1/session.pb.h"
#include "server/app_services/ejson.h"
#include "server/rpc/credential_reader.h"
#include "server/rpc/struct_json.h"

namespace latchkey {
namespace {

// Of a device's texts; longer ones say nothing and are dropped.
constexpr size_t kMaxDeviceText = 64;

absl::Status WrongType(const char* name, const char* type, Exchange* exchange) {
  return exchange->Refuse(
      {400, "InvalidParameter", absl::StrCat("'", name, "' must be ", type)},
      Reason::kInvalidRequest);
}

absl::Status ReadEmailPassword(Exchange* exchange, v1::Credential* out) {
  auto* const arm = out->mutable_email_password();
  RETURN_IF_ERROR(exchange->ReadText("username", arm->mutable_email()));
  return exchange->ReadText("password", arm->mutable_password());
}

absl::Status ReadCustomToken(Exchange* exchange, v1::Credential* out) {
  auto* const arm = out->mutable_custom_jwt();
  arm->set_provider(exchange->settings().custom_token_provider);
  return exchange->ReadText("token", arm->mutable_token());
}

// All of the body but what the client says about its device.
absl::Status ReadFunctionPayload(Exchange* exchange, v1::Credential* out) {
  auto* const arm = out->mutable_function();
  arm->set_provider(exchange->settings().custom_function_provider);
  json::Value::Object payload;
  for (const auto& [name, member] : *exchange->body.as_object()) {
    if (name == "options" && member.Find("device") != nullptr) {
      json::Value::Object rest;
      for (const auto& [option, value] : *member.as_object()) {
        if (option != "device") rest.emplace_back(option, RelaxEjson(value));
      }
      if (!rest.empty()) payload.emplace_back(name, std::move(rest));
      continue;
    }
    payload.emplace_back(name, RelaxEjson(member));
  }
  JsonToStruct(json::Value(std::move(payload)), arm->mutable_payload());
  return absl::OkStatus();
}

// Exactly one of two members, `second` being an ID token.
template <typename Arm>
absl::Status ReadOneOf(const char* first, std::string* (Arm::*set_first)(),
                       Exchange* exchange, Arm* arm) {
  const bool has_first = exchange->body.Find(first) != nullptr;
  const bool has_token = exchange->body.Find("id_token") != nullptr;
  if (has_first == has_token) {
    return exchange->Refuse({400, "MissingParameter",
                             absl::StrCat("exactly one of '", first,
                                          "' and 'id_token' is required")},
                            Reason::kInvalidRequest);
  }
  if (has_token) return exchange->ReadText("id_token", arm->mutable_id_token());
  return exchange->ReadText(first, (arm->*set_first)());
}

std::string ShortText(const json::Value& device, absl::string_view name) {
  const json::Value* const member = device.Find(name);
  const std::string* const text =
      member == nullptr ? nullptr : member->as_string();
  return text != nullptr && text->size() <= kMaxDeviceText ? *text : "";
}

std::string DeviceId(const json::Value& device, Clock* clock, Random* random) {
  const json::Value* const sent = device.Find("deviceId");
  std::string id = sent == nullptr ? "" : ObjectIdText(*sent);
  if (id.empty() || id == kNoDeviceId) id = NewObjectId(clock, random);
  return id;
}

}  // namespace

absl::Status ReadPayload(Exchange* exchange, v1::Credential* out) {
  const std::string& provider = exchange->provider;
  if (provider == "anon-user") {
    out->mutable_anonymous();
    return absl::OkStatus();
  }
  if (provider == "local-userpass") return ReadEmailPassword(exchange, out);
  if (provider == "api-key") {
    return exchange->ReadText("key", out->mutable_api_key()->mutable_key());
  }
  if (provider == "custom-token") return ReadCustomToken(exchange, out);
  if (provider == "custom-function") return ReadFunctionPayload(exchange, out);
  if (provider == "oauth2-google") {
    return ReadOneOf("authCode", &v1::Credential::Google::mutable_auth_code,
                     exchange, out->mutable_google());
  }
  if (provider == "oauth2-apple") {
    return ReadOneOf("authCode", &v1::Credential::Apple::mutable_auth_code,
                     exchange, out->mutable_apple());
  }
  if (provider == "oauth2-facebook") {
    return ReadOneOf("accessToken",
                     &v1::Credential::Facebook::mutable_access_token, exchange,
                     out->mutable_facebook());
  }
  return Error(Reason::kProviderNotEnabled, "unknown provider type");
}

absl::StatusOr<std::string> ReadDeviceJson(Clock* clock, Random* random,
                                           Exchange* exchange) {
  v1::Device device;
  const json::Value* const options = exchange->body.Find("options");
  const bool is_function = exchange->provider == "custom-function";
  // The function's own `options` may be anything.
  if (options != nullptr && options->as_object() == nullptr && !is_function) {
    return WrongType("options", "an object", exchange);
  }
  const json::Value* const sent =
      options == nullptr ? nullptr : options->Find("device");
  if (sent != nullptr && sent->as_object() == nullptr && !is_function) {
    return WrongType("options.device", "an object", exchange);
  }
  if (sent != nullptr && sent->as_object() != nullptr &&
      !sent->as_object()->empty()) {
    device.set_device_id(DeviceId(*sent, clock, random));
    device.set_name(ShortText(*sent, "deviceName"));
    device.set_platform(ShortText(*sent, "platform"));
    device.set_app_version(ShortText(*sent, "appVersion"));
  }
  absl::StatusOr<std::string> text =
      ReadDevice(device, exchange->context.call.peer);
  if (text.ok()) return text;
  // Control characters: nothing worth keeping, and no reason to stay out.
  v1::Device plain;
  plain.set_device_id(device.device_id());
  return ReadDevice(plain, exchange->context.call.peer);
}

}  // namespace latchkey
