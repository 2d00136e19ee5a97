// What a reload of the apps means for calls and sessions.
#include <memory>
#include <string>
#include <vector>

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

constexpr char kApp[] = "myapp-abcde";

template <typename Request>
Request ForApp() {
  Request request;
  request.set_app(kApp);
  return request;
}

class ReloadTest : public ::testing::Test {
 protected:
  // Swaps the table for another one with the same apps.
  std::weak_ptr<const AppTable> Reload() {
    auto table = std::make_shared<const AppTable>(world_.apps.Share()->apps());
    world_.apps.Set(table);
    return table;
  }
  void RemoveApps() {
    world_.apps.Set(std::make_shared<const AppTable>(
        std::vector<std::shared_ptr<const App>>()));
    world_.base.served_apps.Set({});
  }
  template <typename Response, typename Request>
  void Ask(const std::string& method, const Request& request,
           const std::string& bearer = "") {
    EXPECT_THAT(world_.Call<Response>(method, request, bearer), IsOk());
  }
  // One call for each place that looks an app up.
  void AskEverything(const std::string& bearer) {
    Ask<v1::DescribeLoginResponse>("AuthService/DescribeLogin",
                                   ForApp<v1::DescribeLoginRequest>());
    world_.Verify(world_.ForeignToken("24601"), kApp);
    world_.Verify("lk_unknown", kApp);
    auto registration = ForApp<v1::RegisterRequest>();
    registration.set_email("idle@example.com");
    registration.set_password("correct horse");
    Ask<v1::RegisterResponse>("EmailPasswordService/Register", registration);
    Ask<v1::ListApiKeysResponse>("UserApiKeyService/ListApiKeys",
                                 v1::ListApiKeysRequest(), bearer);
    Ask<v1::ListUsersResponse>("UserAdminService/ListUsers",
                               ForApp<v1::ListUsersRequest>(), kTestAdminKey);
    Ask<v1::ListAppsResponse>("ProviderAdminService/ListApps",
                              v1::ListAppsRequest(), kTestAdminKey);
    Ask<v1::GetAppResponse>("ProviderAdminService/GetApp",
                            ForApp<v1::GetAppRequest>(), kTestAdminKey);
    Ask<v1::ListIdentityProviderKeysResponse>(
        "ProviderAdminService/ListIdentityProviderKeys",
        ForApp<v1::ListIdentityProviderKeysRequest>(), kTestAdminKey);
    Ask<v1::GetProviderStatusResponse>("ProviderAdminService/GetProviderStatus",
                                       ForApp<v1::GetProviderStatusRequest>(),
                                       kTestAdminKey);
  }
  RpcTestWorld world_;
};

// Else an idle thread keeps the secrets of apps that are gone.
TEST_F(ReloadTest, ThreadsDoNotKeepTheTableTheyLastUsed) {
  const v1::Session session = world_.LogInByEmail("ann@example.com");
  const std::weak_ptr<const AppTable> old = Reload();
  AskEverything(session.access_token());
  ASSERT_FALSE(old.expired());
  RemoveApps();
  EXPECT_TRUE(old.expired());
}

TEST_F(ReloadTest, SessionsOfAnAppThatIsGoneAreNotRefreshed) {
  const v1::Session session = world_.LogInAnonymously();
  const std::shared_ptr<const AppTable> apps = world_.apps.Share();
  v1::RefreshSessionRequest request;
  request.set_refresh_token(session.refresh_token());
  RemoveApps();
  EXPECT_THAT(world_.Call<v1::RefreshSessionResponse>(
                  "AuthService/RefreshSession", request),
              HasReason(Reason::kProviderNotEnabled));
  world_.apps.Set(apps);
  world_.base.served_apps.Set({AppId(kApp)});
  // Past the grace: had the refused call moved the counter, this would look
  // like a thief's.
  world_.base.clock.AdvanceTime(absl::Seconds(11));
  EXPECT_THAT(world_.Call<v1::RefreshSessionResponse>(
                  "AuthService/RefreshSession", request),
              IsOk());
  EXPECT_EQ(world_.base.audit.Of(audit_action::kRefreshReused).action, "");
}

// Also one that is remembered.
TEST_F(ReloadTest, TokensOfAnAppThatIsGoneAreRefusedAtOnce) {
  const v1::Session session = world_.LogInAnonymously();
  ASSERT_TRUE(world_.Verify(session.access_token()).active());
  RemoveApps();
  const v1::VerifyResponse refused = world_.Verify(session.access_token());
  EXPECT_FALSE(refused.active());
  EXPECT_EQ(refused.reason(), v1::REASON_PROVIDER_NOT_ENABLED);
  EXPECT_FALSE(refused.has_principal());
  // The named app makes no difference.
  EXPECT_EQ(world_.Verify(session.access_token(), kApp).reason(),
            v1::REASON_PROVIDER_NOT_ENABLED);
  EXPECT_THAT(
      world_.Call<v1::GetUserResponse>(
          "AuthService/GetUser", v1::GetUserRequest(), session.access_token()),
      HasReason(Reason::kCallerTokenInvalid));
  world_.base.served_apps.Set({AppId("another-app")});
  EXPECT_FALSE(world_.Verify(session.access_token()).active());
  world_.base.served_apps.Set({AppId(kApp)});
  EXPECT_TRUE(world_.Verify(session.access_token()).active());
}

}  // namespace
}  // namespace latchkey
