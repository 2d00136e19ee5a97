// Rules of the API that protoc and buf do not know.
#include <set>
#include <string>
#include <vector>

#include "core/base/reason.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "latchkey/v1/audit_service.pb.h"
#include "latchkey/v1/auth_service.pb.h"
#include "latchkey/v1/email_password_service.pb.h"
#include "latchkey/v1/key_admin_service.pb.h"
#include "latchkey/v1/options.pb.h"
#include "latchkey/v1/outbound_credential_service.pb.h"
#include "latchkey/v1/provider_admin_service.pb.h"
#include "latchkey/v1/reason.pb.h"
#include "latchkey/v1/user_admin_service.pb.h"
#include "latchkey/v1/user_api_key_service.pb.h"

namespace latchkey {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::FileDescriptor;
using ::google::protobuf::MethodDescriptor;
using ::google::protobuf::ServiceDescriptor;

// The services' files; generated code registers them when they are named.
std::vector<const FileDescriptor*> ServiceFiles() {
  return {
      v1::LoginRequest::descriptor()->file(),
      v1::RegisterRequest::descriptor()->file(),
      v1::CreateApiKeyRequest::descriptor()->file(),
      v1::FetchAccessTokenRequest::descriptor()->file(),
      v1::ListUsersRequest::descriptor()->file(),
      v1::ListAppsRequest::descriptor()->file(),
      v1::ListKeysRequest::descriptor()->file(),
      v1::ListEventsRequest::descriptor()->file(),
  };
}

// Names under which secrets travel.
bool SoundsSecret(const std::string& name) {
  static const auto& names = *new std::set<std::string>{
      "access_token", "auth_code",     "current_password", "id_token",
      "key",          "new_password",  "password",         "payload",
      "arguments",    "refresh_token", "refused_token",    "token",
      "tokens",       "password_hash",
  };
  return names.count(name) > 0;
}

// SigningKey messages are public descriptions, also when named "key".
bool IsSecretShaped(const FieldDescriptor& field) {
  return SoundsSecret(field.name()) &&
         (field.message_type() == nullptr ||
          field.message_type()->file()->package() == "google.protobuf");
}

void ExpectSecretsMarked(const Descriptor& message,
                         std::set<std::string>* seen) {
  if (!seen->insert(message.full_name()).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    EXPECT_EQ(field.options().GetExtension(v1::sensitive),
              IsSecretShaped(field))
        << field.full_name();
    const Descriptor* type = field.message_type();
    if (type != nullptr && type->file()->package() == "latchkey.v1") {
      ExpectSecretsMarked(*type, seen);
    }
  }
}

TEST(ApiTest, SecretsAndNothingElseAreSensitive) {
  std::set<std::string> seen;
  for (const FileDescriptor* file : ServiceFiles()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      ExpectSecretsMarked(*file->message_type(i), &seen);
    }
  }
  EXPECT_EQ(seen.count("latchkey.v1.Credential.EmailPassword"), 1u);
}

TEST(ApiTest, EveryCallIsNamed) {
  std::multiset<std::string> services;
  int methods = 0;
  for (const FileDescriptor* file : ServiceFiles()) {
    ASSERT_EQ(file->service_count(), 1) << file->name();
    services.insert(file->service(0)->full_name());
    methods += file->service(0)->method_count();
  }
  EXPECT_THAT(
      services,
      testing::ElementsAre(
          "latchkey.v1.AuditService", "latchkey.v1.AuthService",
          "latchkey.v1.EmailPasswordService", "latchkey.v1.KeyAdminService",
          "latchkey.v1.OutboundCredentialService",
          "latchkey.v1.ProviderAdminService", "latchkey.v1.UserAdminService",
          "latchkey.v1.UserApiKeyService"));
  EXPECT_EQ(methods, 10 + 6 + 6 + 2 + 19 + 5 + 5 + 2);
}

// The caller's token travels as metadata: no request may ask for it.
TEST(ApiTest, NoRequestHasTheCallersToken) {
  for (const FileDescriptor* file : ServiceFiles()) {
    const ServiceDescriptor& service = *file->service(0);
    for (int i = 0; i < service.method_count(); ++i) {
      const MethodDescriptor& method = *service.method(i);
      EXPECT_EQ(method.input_type()->FindFieldByName("access_token"), nullptr)
          << method.full_name();
    }
  }
}

// reason.proto mirrors reasons.def: same names, same numbers, nothing more.
TEST(ReasonProtoTest, MirrorsReasonsDef) {
  std::set<std::string> ours;
#define LATCHKEY_REASON(enumerator, name, number, code, text) \
  ours.insert("REASON_" #name);                               \
  EXPECT_EQ(static_cast<int>(v1::REASON_##name),              \
            static_cast<int>(Reason::enumerator));
#include "core/base/reasons.def"
#undef LATCHKEY_REASON
  ours.insert("REASON_UNSPECIFIED");
  std::set<std::string> declared;
  for (int i = 0; i < v1::Reason_descriptor()->value_count(); ++i) {
    declared.insert(v1::Reason_descriptor()->value(i)->name());
  }
  EXPECT_EQ(declared, ours);
}

}  // namespace
}  // namespace latchkey
