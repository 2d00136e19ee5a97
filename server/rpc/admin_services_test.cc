#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "core/base/ids.h"
#include "core/base/reason.h"
#include "core/jwks/key_source.h"
#include "core/login/hooked_store.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "latchkey/v1/email_password_service.pb.h"
#include "latchkey/v1/provider_admin_service.pb.h"
#include "latchkey/v1/user_admin_service.pb.h"
#include "server/rpc/rpc_test_world.h"

namespace latchkey {
namespace {

using ::testing::SizeIs;

class AdminServicesTest : public ::testing::Test {
 protected:
  template <typename Response, typename Request>
  absl::StatusOr<Response> Users(const std::string& rpc, Request request) {
    request.set_app("myapp-abcde");
    return world_.Call<Response>("UserAdminService/" + rpc, request,
                                 kTestAdminKey);
  }
  template <typename Request>
  static Request ForUser(const std::string& id) {
    Request request;
    request.set_user_id(id);
    return request;
  }
  RpcTestWorld world_;
};

TEST_F(AdminServicesTest, EveryAdminRpcAsksForProof) {
  int checked = 0;
  for (const Method* method : world_.table.methods()) {
    if (method->group != ServiceGroup::kAdmin) continue;
    ++checked;
    const std::unique_ptr<google::protobuf::Message> request(
        method->request->New());
    const std::unique_ptr<google::protobuf::Message> response(
        method->response->New());
    EXPECT_THAT(method->handle(*request, world_.Context(""), response.get()),
                HasReason(Reason::kCallerNotAllowed))
        << method->path;
    EXPECT_THAT(method->handle(*request, world_.Context("lka_test_wrong"),
                               response.get()),
                HasReason(Reason::kCallerNotAllowed))
        << method->path;
    RpcContext trusted = world_.Context("");
    trusted.peer_is_admin = true;
    EXPECT_NE(GetReason(method->handle(*request, trusted, response.get())),
              Reason::kCallerNotAllowed)
        << method->path;
  }
  EXPECT_EQ(checked, 24);
}

TEST_F(AdminServicesTest, UserTokensAreNoAdminProof) {
  const v1::Session session = world_.LogInAnonymously();
  v1::ListUsersRequest request;
  request.set_app("myapp-abcde");
  EXPECT_THAT(
      world_.Call<v1::ListUsersResponse>("UserAdminService/ListUsers", request,
                                         session.access_token()),
      HasReason(Reason::kCallerNotAllowed));
}

TEST_F(AdminServicesTest, ListsPagesAndFilters) {
  for (int i = 0; i < 5; ++i) world_.LogInAnonymously();
  const std::string ann = world_.LogInByEmail("ann@example.com").user().id();
  v1::ListUsersRequest request;
  request.set_page_size(4);
  auto page = Users<v1::ListUsersResponse>("ListUsers", request);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(page->users(), SizeIs(4));
  request.set_page_token(page->next_page_token());
  page = Users<v1::ListUsersResponse>("ListUsers", request);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(page->users(), SizeIs(2));
  EXPECT_EQ(page->next_page_token(), "");
  request.set_page_token("nonsense!");
  EXPECT_THAT(Users<v1::ListUsersResponse>("ListUsers", request),
              HasReason(Reason::kInvalidRequest));
  request.Clear();
  request.set_email("ANN@example.com");
  page = Users<v1::ListUsersResponse>("ListUsers", request);
  ASSERT_THAT(page, IsOk());
  ASSERT_THAT(page->users(), SizeIs(1));
  EXPECT_EQ(page->users(0).id(), ann);
  request.set_disabled(true);
  page = Users<v1::ListUsersResponse>("ListUsers", request);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(page->users(), SizeIs(0));
}

TEST_F(AdminServicesTest, DisablingEndsSessionsAndKeepsThemEnded) {
  const v1::Session session = world_.LogInByEmail("dis@example.com");
  const std::string id = session.user().id();
  auto changed = Users<v1::DisableUserResponse>(
      "DisableUser", ForUser<v1::DisableUserRequest>(id));
  ASSERT_THAT(changed, IsOk());
  EXPECT_TRUE(changed->user().disabled());
  EXPECT_EQ(world_.Verify(session.access_token()).reason(),
            v1::REASON_SESSION_REVOKED);
  v1::LoginRequest login;
  login.set_app("myapp-abcde");
  auto* arm = login.mutable_credential()->mutable_email_password();
  arm->set_email("dis@example.com");
  arm->set_password("correct horse");
  EXPECT_THAT(world_.Call<v1::LoginResponse>("AuthService/Login", login),
              HasReason(Reason::kUserDisabled));
  EXPECT_THAT(Users<v1::EnableUserResponse>("EnableUser",
                                            ForUser<v1::EnableUserRequest>(id)),
              IsOk());
  EXPECT_THAT(world_.Call<v1::LoginResponse>("AuthService/Login", login),
              IsOk());
  EXPECT_FALSE(world_.Verify(session.access_token()).active());
}

TEST_F(AdminServicesTest, RevokesOneSessionOfTheRightUserOnly) {
  const v1::Session mine = world_.LogInByEmail("a@example.com");
  const v1::Session other = world_.LogInByEmail("b@example.com");
  auto request = ForUser<v1::RevokeSessionsRequest>(mine.user().id());
  request.set_session_id(other.session_id());
  EXPECT_THAT(Users<v1::RevokeSessionsResponse>("RevokeSessions", request),
              HasReason(Reason::kResourceNotFound));
  request.set_session_id(mine.session_id());
  auto revoked = Users<v1::RevokeSessionsResponse>("RevokeSessions", request);
  ASSERT_THAT(revoked, IsOk());
  EXPECT_EQ(revoked->revoked_count(), 1);
  EXPECT_FALSE(world_.Verify(mine.access_token()).active());
  EXPECT_TRUE(world_.Verify(other.access_token()).active());
  const auto listed = Users<v1::ListSessionsResponse>(
      "ListSessions", ForUser<v1::ListSessionsRequest>(mine.user().id()));
  ASSERT_THAT(listed, IsOk());
  ASSERT_THAT(listed->sessions(), SizeIs(1));
  EXPECT_TRUE(listed->sessions(0).has_revoked_at());
}

TEST_F(AdminServicesTest, CreatesUsersThatCanLogIn) {
  v1::CreateUserRequest request;
  request.set_email("New@Example.com");
  request.set_password("correct horse");
  (*request.mutable_custom_data()->mutable_fields())["plan"].set_string_value(
      "pro");
  const auto created = Users<v1::CreateUserResponse>("CreateUser", request);
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(world_.LogInByEmail("new@example.com").user().id(),
            created->user().id());
  EXPECT_EQ(created->user().custom_data().fields().at("plan").string_value(),
            "pro");
  EXPECT_THAT(Users<v1::CreateUserResponse>("CreateUser", request),
              HasReason(Reason::kIdentityInUse));
}

TEST_F(AdminServicesTest, ServerKeysLogInAndEndWithTheirKey) {
  v1::CreateServerApiKeyRequest request;
  request.set_name("worker");
  const auto created =
      Users<v1::CreateServerApiKeyResponse>("CreateServerApiKey", request);
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->user().type(), v1::USER_TYPE_SERVER);
  v1::LoginRequest login;
  login.set_app("myapp-abcde");
  login.mutable_credential()->mutable_api_key()->set_key(created->key());
  const auto session =
      world_.Call<v1::LoginResponse>("AuthService/Login", login);
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->session().user().id(), created->user().id());
  v1::DeleteServerApiKeyRequest remove;
  remove.set_id(created->api_key().id());
  EXPECT_THAT(
      Users<v1::DeleteServerApiKeyResponse>("DeleteServerApiKey", remove),
      IsOk());
  EXPECT_FALSE(world_.Verify(session->session().access_token()).active());
  EXPECT_THAT(world_.Call<v1::LoginResponse>("AuthService/Login", login),
              HasReason(Reason::kCredentialRejected));
}

TEST_F(AdminServicesTest, PasswordChangeKeepsOnlyTheCallersSession) {
  const v1::Session mine = world_.LogInByEmail("pw@example.com");
  const v1::Session other = world_.LogInByEmail("pw@example.com");
  v1::ChangePasswordRequest request;
  request.set_current_password("wrong horse");
  request.set_new_password("battery staple");
  EXPECT_THAT(
      world_.Call<v1::ChangePasswordResponse>(
          "EmailPasswordService/ChangePassword", request, mine.access_token()),
      HasReason(Reason::kCredentialRejected));
  EXPECT_TRUE(world_.Verify(other.access_token()).active());
  request.set_current_password("correct horse");
  EXPECT_THAT(
      world_.Call<v1::ChangePasswordResponse>(
          "EmailPasswordService/ChangePassword", request, mine.access_token()),
      IsOk());
  EXPECT_TRUE(world_.Verify(mine.access_token()).active());
  EXPECT_EQ(world_.Verify(other.access_token()).reason(),
            v1::REASON_SESSION_REVOKED);
}

// A crash is a store that fails for ever.
TEST(ChangePasswordTest, NoSessionOutlivesThePasswordWhateverFails) {
  StoreHooks hooks;
  RpcTestWorld world(std::make_unique<HookedStore>(&hooks));
  const v1::Session mine = world.LogInByEmail("pw@example.com");
  const v1::Session other = world.LogInByEmail("pw@example.com");
  const auto stored = [&] {
    return world.base.store->passwords()
        ->FindByEmail(world.base.app, ProviderName("email_password"),
                      "pw@example.com")
        ->phc;
  };
  const std::string before = stored();
  const auto change = [&] {
    v1::ChangePasswordRequest request;
    request.set_current_password("correct horse");
    request.set_new_password("battery staple");
    return world
        .Call<v1::ChangePasswordResponse>("EmailPasswordService/ChangePassword",
                                          request, mine.access_token())
        .status();
  };
  // While sessions cannot end nothing changes.
  hooks.revoke_all_of = [] { return Error(Reason::kStoreUnavailable, "full"); };
  EXPECT_THAT(change(), HasReason(Reason::kStoreUnavailable));
  EXPECT_EQ(stored(), before);
  EXPECT_TRUE(world.Verify(other.access_token()).active());
  hooks.revoke_all_of = [&] {
    return stored() == before ? absl::OkStatus()
                              : Error(Reason::kStoreUnavailable, "crash");
  };
  EXPECT_THAT(change(), HasReason(Reason::kStoreUnavailable));
  EXPECT_NE(stored(), before);
  EXPECT_EQ(world.Verify(other.access_token()).reason(),
            v1::REASON_SESSION_REVOKED);
  EXPECT_TRUE(world.Verify(mine.access_token()).active());
}

TEST_F(AdminServicesTest, WhatTheAppDoesNotOfferIsUnimplemented) {
  v1::RequestPasswordResetRequest request;
  request.set_app("myapp-abcde");
  request.set_email("ann@example.com");
  EXPECT_THAT(world_.Call<v1::RequestPasswordResetResponse>(
                  "EmailPasswordService/RequestPasswordReset", request),
              HasReason(Reason::kUnimplemented));
}

TEST_F(AdminServicesTest, RefreshAsksForEachSourceOnce) {
  KeySourceSpec spec;
  spec.jwks_uri = "https://i.example/keys";  // where nobody answers
  const auto one = world_.jwks.Use(spec);
  spec.poll = absl::Minutes(2);
  const auto two = world_.jwks.Use(spec);
  for (const auto& source : {one, two}) {
    EXPECT_THAT(
        world_.jwks.KeysFor(source.get(), std::nullopt, absl::InfiniteFuture()),
        HasReason(Reason::kIssuerUnavailable));
  }
  const int before = world_.fetcher.fetches();
  const auto refreshed = world_.Call<v1::RefreshIdentityProviderKeysResponse>(
      "ProviderAdminService/RefreshIdentityProviderKeys",
      v1::RefreshIdentityProviderKeysRequest(), kTestAdminKey);
  ASSERT_THAT(refreshed, IsOk());
  EXPECT_EQ(world_.fetcher.fetches() - before, 2);
  EXPECT_THAT(refreshed->failures(), SizeIs(2));
  EXPECT_EQ(refreshed->refreshed_count(), 0);
}

TEST_F(AdminServicesTest, AppsShowDisabledProvidersToo) {
  v1::GetAppRequest request;
  request.set_app("myapp-abcde");
  const auto app = world_.Call<v1::GetAppResponse>(
      "ProviderAdminService/GetApp", request, kTestAdminKey);
  ASSERT_THAT(app, IsOk());
  ASSERT_THAT(app->app().providers(), SizeIs(5));
  EXPECT_TRUE(app->app().providers(4).disabled());
  request.set_app("nope");
  EXPECT_THAT(world_.Call<v1::GetAppResponse>("ProviderAdminService/GetApp",
                                              request, kTestAdminKey),
              HasReason(Reason::kResourceNotFound));
}

}  // namespace
}  // namespace latchkey
