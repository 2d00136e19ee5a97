#include "server/rpc/credential_reader.h"

#include <utility>

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"
#include "core/jwt/compact.h"
#include "server/rpc/convert.h"
#include "server/rpc/field_checks.h"

namespace latchkey {
namespace {

constexpr size_t kMaxProviderName = 64;
constexpr size_t kMaxEmail = 254;
// Longer ones are refused before any hash (the policy may say less).
constexpr size_t kMaxPassword = 1024;
constexpr size_t kMaxApiKey = 256;
constexpr size_t kMaxPayloadJson = 64 * 1024;
constexpr size_t kMaxDeviceText = 64;
constexpr size_t kMaxDeviceName = 128;

absl::StatusOr<Credential> ReadEmailPassword(
    const v1::Credential::EmailPassword& arm) {
  RETURN_IF_ERROR(
      FieldChecks()
          .Text("credential.email_password.email", arm.email(), 1, kMaxEmail)
          .Bytes("credential.email_password.password", arm.password(), 1,
                 kMaxPassword)
          .status());
  Credential result;
  result.arm = EmailPasswordCredential{arm.email(), Secret(arm.password())};
  return result;
}

absl::StatusOr<Credential> ReadApiKey(const v1::Credential::ApiKey& arm) {
  RETURN_IF_ERROR(FieldChecks()
                      .Bytes("credential.api_key.key", arm.key(), 1, kMaxApiKey)
                      .status());
  Credential result;
  result.arm = ApiKeyCredential{Secret(arm.key())};
  return result;
}

absl::StatusOr<Credential> ReadCustomJwt(const v1::Credential::CustomJwt& arm) {
  RETURN_IF_ERROR(FieldChecks()
                      .Text("credential.custom_jwt.provider", arm.provider(), 0,
                            kMaxProviderName)
                      .Bytes("credential.custom_jwt.token", arm.token(), 1,
                             kHardMaxTokenBytes)
                      .status());
  Credential result;
  result.provider = ProviderName(arm.provider());
  result.arm = CustomJwtCredential{Secret(arm.token())};
  return result;
}

absl::StatusOr<Credential> ReadOidc(const v1::Credential::Oidc& arm) {
  RETURN_IF_ERROR(
      FieldChecks()
          .Text("credential.oidc.provider", arm.provider(), 0, kMaxProviderName)
          .Bytes("credential.oidc.token", arm.token(), 1, kHardMaxTokenBytes)
          .status());
  Credential result;
  result.provider = ProviderName(arm.provider());
  result.arm = OidcCredential{Secret(arm.token())};
  return result;
}

absl::StatusOr<Credential> ReadFunction(const v1::Credential::Function& arm) {
  RETURN_IF_ERROR(FieldChecks()
                      .Text("credential.function.provider", arm.provider(), 0,
                            kMaxProviderName)
                      .status());
  ASSIGN_OR_RETURN(std::string payload,
                   StructToJson(arm.payload(), "credential.function.payload",
                                kMaxPayloadJson));
  Credential result;
  result.provider = ProviderName(arm.provider());
  result.arm = FunctionCredential{std::move(payload)};
  return result;
}

Credential Unsupported(ProviderKind kind) {
  Credential result;
  result.arm = UnsupportedCredential{kind};
  return result;
}

}  // namespace

absl::StatusOr<Credential> ReadCredential(const v1::Credential& credential) {
  switch (credential.kind_case()) {
    case v1::Credential::kAnonymous: {
      Credential result;
      result.arm = AnonymousCredential{};
      return result;
    }
    case v1::Credential::kEmailPassword:
      return ReadEmailPassword(credential.email_password());
    case v1::Credential::kApiKey:
      return ReadApiKey(credential.api_key());
    case v1::Credential::kCustomJwt:
      return ReadCustomJwt(credential.custom_jwt());
    case v1::Credential::kFunction:
      return ReadFunction(credential.function());
    case v1::Credential::kOidc:
      return ReadOidc(credential.oidc());
    case v1::Credential::kGoogle:
      return Unsupported(ProviderKind::kGoogle);
    case v1::Credential::kApple:
      return Unsupported(ProviderKind::kApple);
    case v1::Credential::kFacebook:
      return Unsupported(ProviderKind::kFacebook);
    case v1::Credential::KIND_NOT_SET:
      break;
  }
  return InvalidField("credential", "is required: set exactly one arm");
}

Lane CredentialLane(const v1::Credential& credential) {
  switch (credential.kind_case()) {
    case v1::Credential::kEmailPassword:
      return Lane::kHash;
    case v1::Credential::kAnonymous:
    case v1::Credential::kApiKey:
      return Lane::kStore;
    case v1::Credential::kFunction:
      return Lane::kFunction;
    default:
      return Lane::kRemote;
  }
}

absl::StatusOr<std::string> ReadDevice(const v1::Device& device,
                                       const std::string& peer) {
  RETURN_IF_ERROR(
      FieldChecks()
          .Text("device.device_id", device.device_id(), 0, kMaxDeviceText)
          .Text("device.name", device.name(), 0, kMaxDeviceName)
          .Text("device.platform", device.platform(), 0, kMaxDeviceText)
          .Text("device.app_version", device.app_version(), 0, kMaxDeviceText)
          .status());
  json::Value::Object object;
  const auto add = [&object](const char* name, const std::string& value) {
    if (!value.empty()) object.emplace_back(name, json::Value(value));
  };
  add("device_id", device.device_id());
  add("name", device.name());
  add("platform", device.platform());
  add("app_version", device.app_version());
  add("peer", peer);
  return json::Write(json::Value(std::move(object)));
}

}  // namespace latchkey
