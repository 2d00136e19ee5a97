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
constexpr size_t kMaxIdToken = 8 * 1024;
constexpr size_t kMaxCode = 2048;
constexpr size_t kMaxRedirectUri = 2048;
constexpr size_t kMaxNonce = 256;
constexpr size_t kMaxAppleUser = 2048;
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

// What the arms of google and apple have in common; `path` is the arm's.
template <typename Arm>
absl::Status CheckCodeOrToken(const Arm& arm, const std::string& path) {
  FieldChecks checks;
  checks.Text(path + ".provider", arm.provider(), 0, kMaxProviderName)
      .Text(path + ".redirect_uri", arm.redirect_uri(), 0, kMaxRedirectUri)
      .Text(path + ".nonce", arm.nonce(), 0, kMaxNonce);
  switch (arm.proof_case()) {
    case Arm::kIdToken:
      checks.Bytes(path + ".id_token", arm.id_token(), 1, kMaxIdToken)
          .That(arm.redirect_uri().empty(), path + ".redirect_uri",
                "is for auth_code");
      break;
    case Arm::kAuthCode:
      checks.Bytes(path + ".auth_code", arm.auth_code(), 1, kMaxCode);
      break;
    case Arm::PROOF_NOT_SET:
      checks.That(false, path, "needs id_token or auth_code");
  }
  return checks.status();
}

absl::StatusOr<Credential> ReadGoogle(const v1::Credential::Google& arm) {
  RETURN_IF_ERROR(CheckCodeOrToken(arm, "credential.google"));
  Credential result;
  result.provider = ProviderName(arm.provider());
  result.arm = GoogleCredential{Secret(arm.id_token()), Secret(arm.auth_code()),
                                arm.redirect_uri(), arm.nonce()};
  return result;
}

absl::StatusOr<Credential> ReadApple(const v1::Credential::Apple& arm) {
  RETURN_IF_ERROR(CheckCodeOrToken(arm, "credential.apple"));
  RETURN_IF_ERROR(
      FieldChecks()
          .Bytes("credential.apple.user", arm.user(), 0, kMaxAppleUser)
          .status());
  Credential result;
  result.provider = ProviderName(arm.provider());
  result.arm = AppleCredential{Secret(arm.id_token()), Secret(arm.auth_code()),
                               arm.redirect_uri(), arm.nonce(), arm.user()};
  return result;
}

absl::StatusOr<Credential> ReadFacebook(const v1::Credential::Facebook& arm) {
  FieldChecks checks;
  checks
      .Text("credential.facebook.provider", arm.provider(), 0, kMaxProviderName)
      .Text("credential.facebook.nonce", arm.nonce(), 0, kMaxNonce);
  switch (arm.proof_case()) {
    case v1::Credential::Facebook::kAccessToken:
      checks.Bytes("credential.facebook.access_token", arm.access_token(), 1,
                   kMaxCode);
      break;
    case v1::Credential::Facebook::kIdToken:
      checks.Bytes("credential.facebook.id_token", arm.id_token(), 1,
                   kMaxIdToken);
      break;
    case v1::Credential::Facebook::PROOF_NOT_SET:
      checks.That(false, "credential.facebook",
                  "needs access_token or id_token");
  }
  RETURN_IF_ERROR(checks.status());
  Credential result;
  result.provider = ProviderName(arm.provider());
  result.arm = FacebookCredential{Secret(arm.access_token()),
                                  Secret(arm.id_token()), arm.nonce()};
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
      return ReadGoogle(credential.google());
    case v1::Credential::kApple:
      return ReadApple(credential.apple());
    case v1::Credential::kFacebook:
      return ReadFacebook(credential.facebook());
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
