// Sessions that API keys begin, and how they end.
#include <string>

#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "latchkey/v1/user_admin_service.pb.h"
#include "latchkey/v1/user_api_key_service.pb.h"
#include "server/rpc/rpc_test_world.h"

namespace latchkey {
namespace {

class ApiKeySessionsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    owner_ = world_.LogInByEmail("owner@example.com");
    key_ = Create("first");
    other_key_ = Create("second");
  }
  v1::CreateApiKeyResponse Create(const std::string& name) {
    v1::CreateApiKeyRequest request;
    request.set_name(name);
    const auto created = Own<v1::CreateApiKeyResponse>("CreateApiKey", request);
    EXPECT_THAT(created, IsOk());
    return created.ok() ? *created : v1::CreateApiKeyResponse();
  }
  template <typename Response, typename Request>
  absl::StatusOr<Response> Own(const std::string& rpc, const Request& request) {
    return world_.Call<Response>("UserApiKeyService/" + rpc, request,
                                 owner_.access_token());
  }
  template <typename Response, typename Request>
  absl::Status Admin(const std::string& rpc, const std::string& id) {
    Request request;
    request.set_app("myapp-abcde");
    request.set_id(id);
    return world_
        .Call<Response>("UserAdminService/" + rpc, request, kTestAdminKey)
        .status();
  }
  v1::Session LogInByKey(const std::string& key) {
    v1::LoginRequest request;
    request.set_app("myapp-abcde");
    request.mutable_credential()->mutable_api_key()->set_key(key);
    const auto response =
        world_.Call<v1::LoginResponse>("AuthService/Login", request);
    EXPECT_THAT(response, IsOk());
    return response.ok() ? response->session() : v1::Session();
  }
  bool Lives(const v1::Session& session) {
    return world_.Verify(session.access_token()).active();
  }
  RpcTestWorld world_;
  v1::Session owner_;
  v1::CreateApiKeyResponse key_;
  v1::CreateApiKeyResponse other_key_;
};

TEST_F(ApiKeySessionsTest, DisablingEndsTheSessionsOfThatKeyOnly) {
  const v1::Session session = LogInByKey(key_.key());
  const v1::Session other = LogInByKey(other_key_.key());
  ASSERT_TRUE(Lives(session));
  v1::DisableApiKeyRequest disable;
  disable.set_id(key_.api_key().id());
  const auto disabled =
      Own<v1::DisableApiKeyResponse>("DisableApiKey", disable);
  ASSERT_THAT(disabled, IsOk());
  EXPECT_TRUE(disabled->api_key().disabled());
  EXPECT_EQ(world_.Verify(session.access_token()).reason(),
            v1::REASON_SESSION_REVOKED);
  EXPECT_TRUE(Lives(other));
  EXPECT_TRUE(Lives(owner_));
  v1::EnableApiKeyRequest enable;
  enable.set_id(key_.api_key().id());
  EXPECT_THAT(Own<v1::EnableApiKeyResponse>("EnableApiKey", enable), IsOk());
  EXPECT_FALSE(Lives(session));
}

TEST_F(ApiKeySessionsTest, DeletingEndsTheSessionsOfThatKeyOnly) {
  const v1::Session session = LogInByKey(key_.key());
  const v1::Session other = LogInByKey(other_key_.key());
  v1::DeleteApiKeyRequest request;
  request.set_id(key_.api_key().id());
  ASSERT_THAT(Own<v1::DeleteApiKeyResponse>("DeleteApiKey", request), IsOk());
  EXPECT_EQ(world_.Verify(session.access_token()).reason(),
            v1::REASON_SESSION_REVOKED);
  EXPECT_TRUE(Lives(other));
  EXPECT_TRUE(Lives(owner_));
  EXPECT_THAT(Own<v1::DeleteApiKeyResponse>("DeleteApiKey", request),
              HasReason(Reason::kResourceNotFound));
}

TEST_F(ApiKeySessionsTest, AKeyMakesNoKeys) {
  const v1::Session session = LogInByKey(key_.key());
  v1::CreateApiKeyRequest request;
  request.set_name("third");
  EXPECT_THAT(
      world_.Call<v1::CreateApiKeyResponse>("UserApiKeyService/CreateApiKey",
                                            request, session.access_token()),
      HasReason(Reason::kCallerNotAllowed));
  EXPECT_THAT(Own<v1::CreateApiKeyResponse>("CreateApiKey", request), IsOk());
}

TEST_F(ApiKeySessionsTest, AKeyEnablesNoKey) {
  const v1::Session session = LogInByKey(key_.key());
  v1::DisableApiKeyRequest disable;
  disable.set_id(other_key_.api_key().id());
  ASSERT_THAT(Own<v1::DisableApiKeyResponse>("DisableApiKey", disable), IsOk());
  v1::EnableApiKeyRequest enable;
  enable.set_id(other_key_.api_key().id());
  EXPECT_THAT(
      world_.Call<v1::EnableApiKeyResponse>("UserApiKeyService/EnableApiKey",
                                            enable, session.access_token()),
      HasReason(Reason::kCallerNotAllowed));
  EXPECT_THAT(Own<v1::EnableApiKeyResponse>("EnableApiKey", enable), IsOk());
  // It may still end what leaked.
  EXPECT_THAT(
      world_.Call<v1::DisableApiKeyResponse>("UserApiKeyService/DisableApiKey",
                                             disable, session.access_token()),
      IsOk());
}

TEST_F(ApiKeySessionsTest, AKeyUnlinksNoIdentity) {
  v1::LinkIdentityRequest link;
  auto* arm = link.mutable_credential()->mutable_custom_jwt();
  arm->set_provider("jwt");
  arm->set_token(world_.ForeignToken("24601"));
  ASSERT_THAT(world_.Call<v1::LinkIdentityResponse>(
                  "AuthService/LinkIdentity", link, owner_.access_token()),
              IsOk());
  v1::UnlinkIdentityRequest request;
  request.set_provider("jwt");
  request.set_subject("24601");
  const auto unlink = [&](const v1::Session& session) {
    return world_
        .Call<v1::UnlinkIdentityResponse>("AuthService/UnlinkIdentity", request,
                                          session.access_token())
        .status();
  };
  EXPECT_THAT(unlink(LogInByKey(key_.key())),
              HasReason(Reason::kCallerNotAllowed));
  EXPECT_THAT(unlink(owner_), IsOk());
}

TEST_F(ApiKeySessionsTest, AKeyLinksNoIdentity) {
  v1::LinkIdentityRequest request;
  auto* arm = request.mutable_credential()->mutable_custom_jwt();
  arm->set_provider("jwt");
  arm->set_token(world_.ForeignToken("24601"));
  const auto link = [&](const v1::Session& session) {
    return world_
        .Call<v1::LinkIdentityResponse>("AuthService/LinkIdentity", request,
                                        session.access_token())
        .status();
  };
  EXPECT_THAT(link(LogInByKey(key_.key())),
              HasReason(Reason::kCallerNotAllowed));
  EXPECT_THAT(link(owner_), IsOk());
}

// Sessions keep the name that the provider had when they began.
TEST_F(ApiKeySessionsTest, RenamingTheProviderChangesNothing) {
  SessionService::BeginOptions options;
  options.user = *world_.base.store->users()->Find(world_.base.app,
                                                   UserId(owner_.user().id()));
  options.provider = ProviderName("older");
  options.subject = key_.api_key().id();
  const auto session = world_.base.sessions.Begin(options, world_.base.ctx());
  ASSERT_THAT(session, IsOk());
  v1::CreateApiKeyRequest create;
  create.set_name("third");
  EXPECT_THAT(
      world_.Call<v1::CreateApiKeyResponse>("UserApiKeyService/CreateApiKey",
                                            create, session->access_token),
      HasReason(Reason::kCallerNotAllowed));
  ASSERT_TRUE(world_.Verify(session->access_token).active());
  v1::DisableApiKeyRequest disable;
  disable.set_id(key_.api_key().id());
  ASSERT_THAT(Own<v1::DisableApiKeyResponse>("DisableApiKey", disable), IsOk());
  EXPECT_EQ(world_.Verify(session->access_token).reason(),
            v1::REASON_SESSION_REVOKED);
  EXPECT_TRUE(Lives(owner_));
}

TEST_F(ApiKeySessionsTest, DisablingAServerKeyEndsItsSessions) {
  v1::CreateServerApiKeyRequest create;
  create.set_app("myapp-abcde");
  create.set_name("worker");
  const auto created = world_.Call<v1::CreateServerApiKeyResponse>(
      "UserAdminService/CreateServerApiKey", create, kTestAdminKey);
  ASSERT_THAT(created, IsOk());
  const v1::Session session = LogInByKey(created->key());
  ASSERT_TRUE(Lives(session));
  const std::string id = created->api_key().id();
  EXPECT_THAT(
      (Admin<v1::DisableServerApiKeyResponse, v1::DisableServerApiKeyRequest>(
          "DisableServerApiKey", id)),
      IsOk());
  EXPECT_EQ(world_.Verify(session.access_token()).reason(),
            v1::REASON_SESSION_REVOKED);
  EXPECT_THAT(
      (Admin<v1::EnableServerApiKeyResponse, v1::EnableServerApiKeyRequest>(
          "EnableServerApiKey", id)),
      IsOk());
  EXPECT_FALSE(Lives(session));
  EXPECT_TRUE(Lives(LogInByKey(created->key())));
}

}  // namespace
}  // namespace latchkey
