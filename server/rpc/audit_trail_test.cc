// What every call leaves in the audit trail, and who acted.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "core/audit/audit.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "latchkey/v1/email_password_service.pb.h"
#include "latchkey/v1/provider_admin_service.pb.h"
#include "latchkey/v1/user_admin_service.pb.h"
#include "latchkey/v1/user_api_key_service.pb.h"
#include "server/rpc/rpc_test_world.h"

namespace latchkey {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kActor[] = "admin-key:test";

class AuditTrailTest : public ::testing::Test {
 protected:
  // Ask calls as an administrator and expects success.
  template <typename Response, typename Request>
  Response Ask(const std::string& rpc, Request request) {
    request.set_app("myapp-abcde");
    const auto response = world_.Call<Response>("UserAdminService/" + rpc,
                                                request, kTestAdminKey);
    EXPECT_THAT(response, IsOk()) << rpc;
    return response.ok() ? *response : Response();
  }
  template <typename Request>
  static Request ForUser(const std::string& id) {
    Request request;
    request.set_user_id(id);
    return request;
  }
  template <typename Request>
  static Request ForEmail(const std::string& email) {
    Request request;
    request.set_email(email);
    return request;
  }
  template <typename Request>
  static Request ForKey(const std::string& id) {
    Request request;
    request.set_id(id);
    return request;
  }
  AuditEvent Last(absl::string_view action) {
    return world_.base.audit.Of(action);
  }
  std::vector<std::string> Lines() { return world_.base.audit.Lines(); }
  v1::CreateUserRequest NewUser(const std::string& email) {
    auto request = ForEmail<v1::CreateUserRequest>(email);
    request.set_password("battery staple");
    return request;
  }
  // Makes an API key of the session's user.
  std::string OwnKey(const v1::Session& session) {
    v1::CreateApiKeyRequest request;
    request.set_name("own");
    const auto created = world_.Call<v1::CreateApiKeyResponse>(
        "UserApiKeyService/CreateApiKey", request, session.access_token());
    EXPECT_THAT(created, IsOk());
    return created.ok() ? created->api_key().id() : "";
  }
  template <typename Response, typename Request>
  absl::Status Own(const std::string& method, const Request& request,
                   const v1::Session& session) {
    return world_.Call<Response>(method, request, session.access_token())
        .status();
  }
  RpcTestWorld world_;
};

TEST_F(AuditTrailTest, UserAdministrationNamesTheAdministrator) {
  const std::string id =
      Ask<v1::CreateUserResponse>("CreateUser", NewUser("ann@example.com"))
          .user()
          .id();
  Ask<v1::DisableUserResponse>("DisableUser",
                               ForUser<v1::DisableUserRequest>(id));
  Ask<v1::EnableUserResponse>("EnableUser", ForUser<v1::EnableUserRequest>(id));
  Ask<v1::UserAdminServiceDeleteUserResponse>(
      "DeleteUser", ForUser<v1::UserAdminServiceDeleteUserRequest>(id));
  EXPECT_THAT(Lines(), ElementsAre("user_created ", "user_disabled ",
                                   "user_enabled ", "user_deleted "));
  for (const AuditEvent& event : world_.base.audit.events()) {
    EXPECT_EQ(event.actor, kActor) << event.action;
    EXPECT_EQ(event.user.value(), id) << event.action;
    EXPECT_EQ(event.app.value(), "myapp-abcde") << event.action;
    EXPECT_NE(event.request_id, "") << event.action;
  }
}

TEST_F(AuditTrailTest, EndingSessionsNamesTheAdministrator) {
  const v1::Session session = world_.LogInByEmail("ann@example.com");
  world_.LogInByEmail("ann@example.com");
  auto request = ForUser<v1::RevokeSessionsRequest>(session.user().id());
  request.set_session_id(session.session_id());
  Ask<v1::RevokeSessionsResponse>("RevokeSessions", request);
  EXPECT_EQ(Last(audit_action::kSessionRevoked).actor, kActor);
  EXPECT_EQ(Last(audit_action::kSessionRevoked).session.value(),
            session.session_id());
  request.clear_session_id();
  Ask<v1::RevokeSessionsResponse>("RevokeSessions", request);
  EXPECT_EQ(Last(audit_action::kSessionsRevoked).actor, kActor);
  EXPECT_EQ(Last(audit_action::kSessionsRevoked).detail, "admin");
}

TEST_F(AuditTrailTest, RegistrationsNameTheAdministrator) {
  const auto pending = world_.passwords.RegisterNew(
      AppId("myapp-abcde"), ProviderName("email_password"), "ann@example.com",
      Secret("correct horse"), /*confirmed=*/false, world_.base.ctx());
  ASSERT_THAT(pending, IsOk());
  Ask<v1::ConfirmPendingUserResponse>(
      "ConfirmPendingUser",
      ForEmail<v1::ConfirmPendingUserRequest>("ann@example.com"));
  Ask<v1::DeletePendingUserResponse>(
      "DeletePendingUser",
      ForEmail<v1::DeletePendingUserRequest>("ann@example.com"));
  EXPECT_THAT(Lines(),
              ElementsAre("registration_confirmed ", "registration_deleted "));
  for (const AuditEvent& event : world_.base.audit.events()) {
    EXPECT_EQ(event.actor, kActor);
    EXPECT_EQ(event.target, pending->id);
    EXPECT_EQ(event.provider.value(), "email_password");
  }
}

TEST_F(AuditTrailTest, ServerKeysNameTheAdministrator) {
  v1::CreateServerApiKeyRequest create;
  create.set_name("worker");
  const auto created =
      Ask<v1::CreateServerApiKeyResponse>("CreateServerApiKey", create);
  const std::string id = created.api_key().id();
  Ask<v1::DisableServerApiKeyResponse>(
      "DisableServerApiKey", ForKey<v1::DisableServerApiKeyRequest>(id));
  Ask<v1::EnableServerApiKeyResponse>(
      "EnableServerApiKey", ForKey<v1::EnableServerApiKeyRequest>(id));
  Ask<v1::DeleteServerApiKeyResponse>(
      "DeleteServerApiKey", ForKey<v1::DeleteServerApiKeyRequest>(id));
  EXPECT_THAT(Lines(), ElementsAre("user_created ", "api_key_created ",
                                   "api_key_disabled ", "api_key_enabled ",
                                   "api_key_deleted ", "user_deleted "));
  for (const AuditEvent& event : world_.base.audit.events()) {
    EXPECT_EQ(event.actor, kActor) << event.action;
    const bool of_key = absl::StartsWith(event.action, "api_key");
    EXPECT_EQ(event.target, of_key ? id : "") << event.action;
    EXPECT_EQ(event.user.value(), created.user().id()) << event.action;
  }
}

TEST_F(AuditTrailTest, RefreshingKeysNamesTheAdministrator) {
  EXPECT_THAT(world_.Call<v1::RefreshIdentityProviderKeysResponse>(
                  "ProviderAdminService/RefreshIdentityProviderKeys",
                  v1::RefreshIdentityProviderKeysRequest(), kTestAdminKey),
              IsOk());
  EXPECT_EQ(Last(audit_action::kProviderKeysRefreshed).actor, kActor);
}

// What changes nothing leaves nothing.
TEST_F(AuditTrailTest, ReadingLeavesNothing) {
  Ask<v1::ListUsersResponse>("ListUsers", v1::ListUsersRequest());
  Ask<v1::ListPendingUsersResponse>("ListPendingUsers",
                                    v1::ListPendingUsersRequest());
  Ask<v1::ListServerApiKeysResponse>("ListServerApiKeys",
                                     v1::ListServerApiKeysRequest());
  EXPECT_THAT(Lines(), IsEmpty());
}

TEST_F(AuditTrailTest, APeerThatIsAdministratorIsNamed) {
  const Method* method =
      world_.table.Find("/latchkey.v1.UserAdminService/CreateUser");
  ASSERT_NE(method, nullptr);
  RpcContext context = world_.Context("");
  context.peer_is_admin = true;
  const auto create = [&](const std::string& email) {
    v1::CreateUserRequest request = NewUser(email);
    request.set_app("myapp-abcde");
    v1::CreateUserResponse response;
    EXPECT_THAT(method->handle(request, context, &response), IsOk());
    return Last(audit_action::kUserCreated).actor;
  };
  context.admin_peer = "san:ops.example.com";
  EXPECT_EQ(create("ann@example.com"), "san:ops.example.com");
  context.admin_peer = "";
  context.call.peer = "unix";
  EXPECT_EQ(create("bob@example.com"), "unix");
}

TEST_F(AuditTrailTest, WhoIsNoAdministratorIsNoted) {
  v1::ListUsersRequest request;
  request.set_app("myapp-abcde");
  for (const char* bearer : {"", "lka_test_wrong"}) {
    EXPECT_THAT(world_.Call<v1::ListUsersResponse>("UserAdminService/ListUsers",
                                                   request, bearer),
                HasReason(Reason::kCallerNotAllowed));
  }
  EXPECT_THAT(Lines(), ElementsAre("admin_refused no admin proof",
                                   "admin_refused unknown admin key"));
  EXPECT_EQ(Last(audit_action::kAdminRefused).actor, "");
}

// Secrets of the calls above are nowhere.
TEST_F(AuditTrailTest, NoEventHoldsAnAdminKey) {
  Ask<v1::CreateUserResponse>("CreateUser", NewUser("ann@example.com"));
  for (const AuditEvent& event : world_.base.audit.events()) {
    for (const std::string& text :
         {event.actor, event.target, event.detail, event.peer}) {
      EXPECT_EQ(text.find(kTestAdminKey), std::string::npos);
      EXPECT_EQ(text.find("battery staple"), std::string::npos);
    }
  }
}

// A known address leaves the same as a new one.
TEST_F(AuditTrailTest, RegistrationsLeaveEvents) {
  v1::RegisterRequest request;
  request.set_app("myapp-abcde");
  request.set_email("Ann@example.com");
  request.set_password("correct horse");
  std::string subject;
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(world_.Call<v1::RegisterResponse>(
                    "EmailPasswordService/Register", request),
                IsOk());
    const AuditEvent event = Last(audit_action::kRegistered);
    if (i == 0) subject = event.target;
    EXPECT_EQ(event.target, subject);
    EXPECT_EQ(event.provider.value(), "email_password");
    EXPECT_EQ(event.actor, "");
  }
  const v1::Session session = world_.LogInByEmail("ann@example.com");
  EXPECT_EQ(session.user().identities(0).subject(), subject);
  request.set_password("short");
  EXPECT_THAT(world_.Call<v1::RegisterResponse>("EmailPasswordService/Register",
                                                request),
              HasReason(Reason::kPasswordUnacceptable));
  EXPECT_THAT(Lines(), Contains("register_failed PASSWORD_UNACCEPTABLE"));
}

TEST_F(AuditTrailTest, PasswordChangesLeaveEvents) {
  const v1::Session session = world_.LogInByEmail("ann@example.com");
  v1::ChangePasswordRequest request;
  request.set_current_password("wrong horse");
  request.set_new_password("battery staple");
  EXPECT_THAT(Own<v1::ChangePasswordResponse>(
                  "EmailPasswordService/ChangePassword", request, session),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(Lines(), Contains("password_change_failed CREDENTIAL_REJECTED"));
  request.set_current_password("correct horse");
  EXPECT_THAT(Own<v1::ChangePasswordResponse>(
                  "EmailPasswordService/ChangePassword", request, session),
              IsOk());
  for (const char* action : {"password_change_failed", "password_changed"}) {
    const AuditEvent event = Last(action);
    EXPECT_EQ(event.user.value(), session.user().id()) << action;
    EXPECT_EQ(event.session.value(), session.session_id()) << action;
    EXPECT_EQ(event.provider.value(), "email_password") << action;
    EXPECT_NE(event.peer, "") << action;
  }
}

TEST_F(AuditTrailTest, OwnKeysLeaveEvents) {
  const v1::Session session = world_.LogInByEmail("ann@example.com");
  const std::string id = OwnKey(session);
  EXPECT_THAT(Own<v1::DisableApiKeyResponse>(
                  "UserApiKeyService/DisableApiKey",
                  ForKey<v1::DisableApiKeyRequest>(id), session),
              IsOk());
  EXPECT_THAT(Own<v1::EnableApiKeyResponse>("UserApiKeyService/EnableApiKey",
                                            ForKey<v1::EnableApiKeyRequest>(id),
                                            session),
              IsOk());
  EXPECT_THAT(Own<v1::DeleteApiKeyResponse>("UserApiKeyService/DeleteApiKey",
                                            ForKey<v1::DeleteApiKeyRequest>(id),
                                            session),
              IsOk());
  for (const char* action : {"api_key_created", "api_key_disabled",
                             "api_key_enabled", "api_key_deleted"}) {
    const AuditEvent event = Last(action);
    EXPECT_EQ(event.target, id) << action;
    EXPECT_EQ(event.user.value(), session.user().id()) << action;
    EXPECT_EQ(event.actor, "") << action;
  }
}

TEST_F(AuditTrailTest, LogoutNamesThePeer) {
  const v1::Session session = world_.LogInAnonymously();
  EXPECT_THAT(Own<v1::LogoutResponse>("AuthService/Logout", v1::LogoutRequest(),
                                      session),
              IsOk());
  EXPECT_EQ(Last(audit_action::kSessionRevoked).detail, "logout");
  EXPECT_EQ(Last(audit_action::kSessionRevoked).peer, world_.base.ctx().peer);
}

}  // namespace
}  // namespace latchkey
