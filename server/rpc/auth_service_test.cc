#include "server/rpc/auth_service.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/app/app.h"
#include "core/base/reason.h"
#include "core/json/json.h"
#include "core/provider/provider_settings.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "latchkey/v1/user_api_key_service.pb.h"
#include "server/rpc/rpc_test_world.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Fields(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& violation : GetFieldViolations(status)) {
    fields.push_back(violation.field);
  }
  return fields;
}

class AuthServiceTest : public ::testing::Test {
 protected:
  absl::Status LogIn(const v1::LoginRequest& request) {
    return world_.Call<v1::LoginResponse>("AuthService/Login", request)
        .status();
  }
  RpcTestWorld world_;
};

TEST_F(AuthServiceTest, MalformedLoginsNameTheirFields) {
  v1::LoginRequest request;
  EXPECT_THAT(Fields(LogIn(request)), ElementsAre("app"));
  request.set_app("myapp-abcde");
  EXPECT_THAT(Fields(LogIn(request)), ElementsAre("credential"));
  auto* email = request.mutable_credential()->mutable_email_password();
  EXPECT_THAT(Fields(LogIn(request)),
              ElementsAre("credential.email_password.email",
                          "credential.email_password.password"));
  email->set_email(std::string(255, 'a'));
  email->set_password(std::string(2000, 'p'));
  EXPECT_THAT(Fields(LogIn(request)),
              ElementsAre("credential.email_password.email",
                          "credential.email_password.password"));
  request.mutable_credential()->mutable_anonymous();
  request.mutable_device()->set_name(std::string(129, 'n'));
  EXPECT_THAT(Fields(LogIn(request)), ElementsAre("device.name"));
}

TEST_F(AuthServiceTest, SocialCredentialsHaveOneProof) {
  v1::LoginRequest request;
  request.set_app("myapp-abcde");
  auto* google = request.mutable_credential()->mutable_google();
  EXPECT_THAT(Fields(LogIn(request)), ElementsAre("credential.google"));
  google->set_id_token("");
  google->set_redirect_uri("https://app.example/");
  google->set_nonce(std::string(257, 'n'));
  EXPECT_THAT(
      Fields(LogIn(request)),
      ElementsAre("credential.google.nonce", "credential.google.id_token",
                  "credential.google.redirect_uri"));
  google->set_auth_code(std::string(2049, 'c'));
  google->set_nonce("");
  EXPECT_THAT(Fields(LogIn(request)),
              ElementsAre("credential.google.auth_code"));
  google->set_auth_code("c");
  EXPECT_THAT(LogIn(request), HasReason(Reason::kProviderNotEnabled));
  auto* apple = request.mutable_credential()->mutable_apple();
  apple->set_id_token(std::string(8193, 't'));
  apple->set_user(std::string(2049, 'u'));
  EXPECT_THAT(Fields(LogIn(request)), ElementsAre("credential.apple.id_token"));
  apple->set_id_token("t");
  EXPECT_THAT(Fields(LogIn(request)), ElementsAre("credential.apple.user"));
  auto* facebook = request.mutable_credential()->mutable_facebook();
  EXPECT_THAT(Fields(LogIn(request)), ElementsAre("credential.facebook"));
  facebook->set_access_token(std::string(2049, 't'));
  EXPECT_THAT(Fields(LogIn(request)),
              ElementsAre("credential.facebook.access_token"));
  facebook->set_id_token("");
  EXPECT_THAT(Fields(LogIn(request)),
              ElementsAre("credential.facebook.id_token"));
  facebook->set_id_token("t");
  EXPECT_THAT(LogIn(request), HasReason(Reason::kProviderNotEnabled));
}

TEST_F(AuthServiceTest, UnknownAndWrongLookTheSame) {
  world_.LogInByEmail("ann@example.com");
  v1::LoginRequest request;
  request.set_app("myapp-abcde");
  auto* arm = request.mutable_credential()->mutable_email_password();
  arm->set_email("ann@example.com");
  arm->set_password("wrong horse");
  const absl::Status wrong = LogIn(request);
  arm->set_email("nobody@example.com");
  const absl::Status unknown = LogIn(request);
  EXPECT_THAT(wrong, HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(unknown, HasReason(Reason::kCredentialRejected));
}

TEST_F(AuthServiceTest, KindsWithoutProviderAreNotEnabled) {
  v1::LoginRequest request;
  request.set_app("myapp-abcde");
  request.mutable_credential()->mutable_google()->set_id_token("x");
  EXPECT_THAT(LogIn(request), HasReason(Reason::kProviderNotEnabled));
  request.mutable_credential()->mutable_function();
  EXPECT_THAT(LogIn(request), HasReason(Reason::kProviderNotEnabled));
}

TEST_F(AuthServiceTest, VerifyTellsWhoAndWhyNot) {
  const v1::Session session = world_.LogInAnonymously();
  v1::VerifyResponse verified = world_.Verify(session.access_token());
  EXPECT_TRUE(verified.active());
  EXPECT_EQ(verified.reason(), v1::REASON_UNSPECIFIED);
  EXPECT_EQ(verified.principal().user_id(), session.user().id());
  EXPECT_EQ(verified.principal().session_id(), session.session_id());
  EXPECT_EQ(verified.principal().token_kind(), v1::TOKEN_KIND_ACCESS_TOKEN);
  EXPECT_THAT(verified.principal().audience(), ElementsAre("myapp-abcde"));

  verified = world_.Verify(session.access_token(), "another-app");
  EXPECT_FALSE(verified.active());
  EXPECT_FALSE(verified.has_principal());
  EXPECT_EQ(verified.reason(), v1::REASON_TOKEN_AUDIENCE_MISMATCH);

  EXPECT_EQ(world_.Verify(session.refresh_token()).active(), false);
  EXPECT_EQ(world_.Verify("a.b").reason(), v1::REASON_TOKEN_MALFORMED);
  EXPECT_EQ(world_.Verify(std::string(20000, 'x')).reason(),
            v1::REASON_TOKEN_TOO_LARGE);
  world_.base.clock.AdvanceTime(absl::Minutes(31));
  EXPECT_EQ(world_.Verify(session.access_token()).reason(),
            v1::REASON_TOKEN_EXPIRED);
}

TEST_F(AuthServiceTest, VerifyComparesAudiences) {
  const v1::Session session = world_.LogInAnonymously();
  v1::VerifyRequest request;
  request.set_token(session.access_token());
  request.add_audience("elsewhere");
  auto response =
      world_.Call<v1::VerifyResponse>("AuthService/Verify", request);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->reason(), v1::REASON_TOKEN_AUDIENCE_MISMATCH);
  request.add_audience("myapp-abcde");
  response = world_.Call<v1::VerifyResponse>("AuthService/Verify", request);
  ASSERT_THAT(response, IsOk());
  EXPECT_TRUE(response->active());
  for (int i = 0; i < 20; ++i) request.add_audience("a");
  EXPECT_THAT(world_.Call<v1::VerifyResponse>("AuthService/Verify", request),
              HasReason(Reason::kInvalidRequest));
}

TEST_F(AuthServiceTest, VerifyTakesForeignTokensAndKeysWhereAllowed) {
  const std::string foreign = world_.ForeignToken("24601");
  v1::VerifyResponse verified = world_.Verify(foreign, "myapp-abcde");
  EXPECT_TRUE(verified.active());
  EXPECT_EQ(verified.principal().subject(), "24601");
  EXPECT_EQ(verified.principal().token_kind(), v1::TOKEN_KIND_FOREIGN_JWT);
  // Without the app nothing foreign is looked at.
  EXPECT_FALSE(world_.Verify(foreign).active());
  EXPECT_EQ(
      world_
          .Verify(foreign.substr(0, foreign.size() - 3) + "AAA", "myapp-abcde")
          .reason(),
      v1::REASON_TOKEN_SIGNATURE_INVALID);

  const v1::Session session = world_.LogInByEmail("key@example.com");
  v1::CreateApiKeyRequest create;
  create.set_name("ci");
  const auto key = world_.Call<v1::CreateApiKeyResponse>(
      "UserApiKeyService/CreateApiKey", create, session.access_token());
  ASSERT_THAT(key, IsOk());
  verified = world_.Verify(key->key(), "myapp-abcde");
  EXPECT_TRUE(verified.active());
  EXPECT_EQ(verified.principal().user_id(), session.user().id());
  EXPECT_EQ(verified.principal().token_kind(), v1::TOKEN_KIND_USER_API_KEY);
  std::string wrong = key->key();
  wrong[wrong.size() - 2] = wrong[wrong.size() - 2] == 'A' ? 'B' : 'A';
  EXPECT_EQ(world_.Verify(wrong, "myapp-abcde").reason(),
            v1::REASON_CREDENTIAL_REJECTED);
}

TEST_F(AuthServiceTest, BatchKeepsOrderAndHidesNothing) {
  const v1::Session session = world_.LogInAnonymously();
  v1::BatchVerifyRequest request;
  EXPECT_THAT(
      world_.Call<v1::BatchVerifyResponse>("AuthService/BatchVerify", request),
      HasReason(Reason::kInvalidRequest));
  request.add_tokens("bad");
  request.add_tokens(session.access_token());
  request.add_tokens("");
  const auto response =
      world_.Call<v1::BatchVerifyResponse>("AuthService/BatchVerify", request);
  ASSERT_THAT(response, IsOk());
  ASSERT_EQ(response->results_size(), 3);
  EXPECT_EQ(response->results(0).reason(), v1::REASON_TOKEN_MALFORMED);
  EXPECT_TRUE(response->results(1).active());
  EXPECT_EQ(response->results(2).reason(), v1::REASON_TOKEN_MALFORMED);
  while (request.tokens_size() < 257) request.add_tokens("x");
  EXPECT_THAT(
      world_.Call<v1::BatchVerifyResponse>("AuthService/BatchVerify", request),
      HasReason(Reason::kInvalidRequest));
}

// Others of the lane get their turn between the slices.
TEST_F(AuthServiceTest, ABatchThatIsTooLongWaitsForNoLane) {
  const Method* row = world_.table.Find("/latchkey.v1.AuthService/BatchVerify");
  ASSERT_TRUE(row->try_inline);
  v1::BatchVerifyRequest request;
  v1::BatchVerifyResponse response;
  const auto at_once = [&] {
    return row->try_inline(request, world_.Context(""), &response);
  };
  EXPECT_THAT(at_once().value(), HasReason(Reason::kInvalidRequest));
  for (int i = 0; i < 256; ++i) request.add_tokens("x");
  EXPECT_EQ(at_once(), std::nullopt);
  request.add_tokens("x");
  EXPECT_THAT(at_once().value(), HasReason(Reason::kInvalidRequest));
}

TEST_F(AuthServiceTest, ABatchIsVerifiedInSlices) {
  const v1::Session session = world_.LogInAnonymously();
  v1::BatchVerifyRequest request;
  while (request.tokens_size() < 255) request.add_tokens("bad");
  request.add_tokens(session.access_token());
  const Method* row = world_.table.Find("/latchkey.v1.AuthService/BatchVerify");
  ASSERT_TRUE(row->slice);
  v1::BatchVerifyResponse response;
  int slices = 1;
  std::optional<absl::Status> done;
  while (!(done = row->slice(request, world_.Context(""), &response))) {
    ++slices;
    ASSERT_LE(slices, 256);
  }
  EXPECT_THAT(*done, IsOk());
  EXPECT_EQ(slices, 16);
  ASSERT_EQ(response.results_size(), 256);
  EXPECT_EQ(response.results(254).reason(), v1::REASON_TOKEN_MALFORMED);
  EXPECT_TRUE(response.results(255).active());
}

TEST_F(AuthServiceTest, CallersNeedExactlyOneGoodToken) {
  const v1::Session session = world_.LogInAnonymously();
  const Method* row = world_.table.Find("/latchkey.v1.AuthService/GetUser");
  v1::GetUserResponse response;
  RpcContext context = world_.Context("");
  EXPECT_THAT(row->handle(v1::GetUserRequest(), context, &response),
              HasReason(Reason::kCallerTokenMissing));
  context.authorization = {absl::StrCat("bearer ", session.access_token())};
  EXPECT_THAT(row->handle(v1::GetUserRequest(), context, &response), IsOk());
  context.authorization.push_back(context.authorization[0]);
  EXPECT_THAT(row->handle(v1::GetUserRequest(), context, &response),
              HasReason(Reason::kCallerTokenMissing));
  context.authorization = {absl::StrCat("Bearer  ", session.access_token())};
  EXPECT_THAT(row->handle(v1::GetUserRequest(), context, &response),
              HasReason(Reason::kCallerTokenInvalid));
  context.authorization = {"Basic eDp5"};
  EXPECT_THAT(row->handle(v1::GetUserRequest(), context, &response),
              HasReason(Reason::kCallerTokenMissing));
  context.authorization = {absl::StrCat("Bearer ", session.refresh_token())};
  EXPECT_THAT(row->handle(v1::GetUserRequest(), context, &response),
              HasReason(Reason::kCallerTokenInvalid));
}

TEST_F(AuthServiceTest, LogoutEndsOneOrAllSessions) {
  const v1::Session first = world_.LogInByEmail("out@example.com");
  const v1::Session second = world_.LogInByEmail("out@example.com");
  const v1::Session third = world_.LogInByEmail("out@example.com");
  v1::LogoutRequest request;
  EXPECT_THAT(world_.Call<v1::LogoutResponse>("AuthService/Logout", request,
                                              first.access_token()),
              IsOk());
  EXPECT_EQ(world_.Verify(first.access_token()).reason(),
            v1::REASON_SESSION_REVOKED);
  EXPECT_TRUE(world_.Verify(second.access_token()).active());
  request.set_all_sessions(true);
  EXPECT_THAT(world_.Call<v1::LogoutResponse>("AuthService/Logout", request,
                                              second.access_token()),
              IsOk());
  EXPECT_EQ(world_.Verify(third.access_token()).reason(),
            v1::REASON_SESSION_REVOKED);
}

TEST_F(AuthServiceTest, UnlinkEndsTheSessionsOfThatIdentity) {
  const v1::Session anonymous = world_.LogInAnonymously();
  v1::LinkIdentityRequest link;
  link.mutable_credential()->mutable_custom_jwt()->set_token(
      world_.ForeignToken("linked"));
  ASSERT_THAT(world_.Call<v1::LinkIdentityResponse>(
                  "AuthService/LinkIdentity", link, anonymous.access_token()),
              IsOk());
  v1::LoginRequest login;
  login.set_app("myapp-abcde");
  *login.mutable_credential() = link.credential();
  const auto by_jwt =
      world_.Call<v1::LoginResponse>("AuthService/Login", login);
  ASSERT_THAT(by_jwt, IsOk());
  EXPECT_EQ(by_jwt->session().user().id(), anonymous.user().id());
  v1::UnlinkIdentityRequest unlink;
  unlink.set_provider("jwt");
  unlink.set_subject("linked");
  ASSERT_THAT(
      world_.Call<v1::UnlinkIdentityResponse>("AuthService/UnlinkIdentity",
                                              unlink, anonymous.access_token()),
      IsOk());
  EXPECT_EQ(world_.Verify(by_jwt->session().access_token()).reason(),
            v1::REASON_SESSION_REVOKED);
  EXPECT_TRUE(world_.Verify(anonymous.access_token()).active());
}

TEST_F(AuthServiceTest, DeleteUserEndsEverything) {
  const v1::Session session = world_.LogInByEmail("gone@example.com");
  EXPECT_THAT(world_.Call<v1::DeleteUserResponse>("AuthService/DeleteUser",
                                                  v1::DeleteUserRequest(),
                                                  session.access_token()),
              IsOk());
  EXPECT_FALSE(world_.Verify(session.access_token()).active());
  v1::RefreshSessionRequest refresh;
  refresh.set_refresh_token(session.refresh_token());
  EXPECT_THAT(world_.Call<v1::RefreshSessionResponse>(
                  "AuthService/RefreshSession", refresh),
              HasReason(Reason::kSessionRevoked));
  // The address is free again, for a new user.
  EXPECT_NE(world_.LogInByEmail("gone@example.com").user().id(),
            session.user().id());
}

TEST_F(AuthServiceTest, DescribeLoginListsEnabledProviders) {
  v1::DescribeLoginRequest request;
  request.set_app("myapp-abcde");
  const auto response = world_.Call<v1::DescribeLoginResponse>(
      "AuthService/DescribeLogin", request);
  ASSERT_THAT(response, IsOk());
  std::vector<std::string> names;
  for (const auto& provider : response->providers()) {
    names.push_back(absl::StrCat(provider.kind(), ":", provider.name()));
  }
  EXPECT_THAT(
      names, ElementsAre("anonymous:anonymous", "email_password:email_password",
                         "api_key:api_key", "custom_jwt:jwt"));
  request.set_app("nope");
  EXPECT_THAT(world_.Call<v1::DescribeLoginResponse>(
                  "AuthService/DescribeLogin", request),
              HasReason(Reason::kInvalidRequest));
}

// Federated issuers of an app.
class FederationTest : public AuthServiceTest {
 protected:
  FederationTest() {
    world_.fetcher.Serve(
        "https://id.example/.well-known/openid-configuration",
        R"({"issuer":"https://id.example","jwks_uri":"https://id.example/k"})");
    world_.fetcher.Serve("https://id.example/k", issuer_.Jwks());
  }
  static OidcSettings Issuer(const char* prefix) {
    OidcSettings oidc;
    oidc.issuer = oidc.key_source.issuer = "https://id.example";
    oidc.audience = "api";
    oidc.auth_name_prefix = prefix;
    oidc.client_id = "client";
    oidc.request_scopes = {"groups"};
    oidc.authorization_claim = "groups";
    oidc.algorithms = {Algorithm::kEs256};
    return oidc;
  }
  void Serve(const std::vector<OidcSettings>& all) {
    std::vector<AppSettings> settings(1);
    settings[0].id = AppId("myapp-abcde");
    for (const OidcSettings& oidc : all) {
      ProviderSettings& provider = settings[0].providers.emplace_back();
      provider.name = ProviderName(oidc.auth_name_prefix);
      provider.arm = oidc;
    }
    ProviderDeps deps;
    deps.clock = &world_.base.clock;
    deps.random = &world_.base.random;
    deps.jwks = &world_.jwks;
    const auto table = BuildAppTable(settings, deps);
    ASSERT_THAT(table, IsOk());
    world_.apps.Set(*table);
  }
  absl::StatusOr<v1::LoginResponse> LogInWith(json::Value groups) {
    json::Value claims =
        issuer_.Claims("ann", "api", world_.base.clock.TimeNow());
    claims.Set("groups", std::move(groups));
    v1::LoginRequest request;
    request.set_app("myapp-abcde");
    request.mutable_credential()->mutable_oidc()->set_token(
        issuer_.Token(claims));
    return world_.Call<v1::LoginResponse>("AuthService/Login", request);
  }
  v1::DescribeLoginResponse Describe(const std::string& hint) {
    v1::DescribeLoginRequest request;
    request.set_app("myapp-abcde");
    request.set_principal_hint(hint);
    const auto response = world_.Call<v1::DescribeLoginResponse>(
        "AuthService/DescribeLogin", request);
    EXPECT_THAT(response, IsOk());
    return response.ok() ? *response : v1::DescribeLoginResponse();
  }
  absl::Status Refresh(const v1::Session& session) {
    v1::RefreshSessionRequest request;
    request.set_refresh_token(session.refresh_token());
    return world_
        .Call<v1::RefreshSessionResponse>("AuthService/RefreshSession", request)
        .status();
  }

  TestIssuer issuer_{"https://id.example"};
};

TEST_F(FederationTest, RolesReachThePrincipal) {
  Serve({Issuer("corp")});
  const auto login = LogInWith(json::Value::Array{"dba", "staff"});
  ASSERT_THAT(login, IsOk());
  const v1::Session& session = login->session();
  EXPECT_EQ(session.user().identities(0).provider(), "corp");
  EXPECT_EQ(session.user().identities(0).subject(), "corp/ann");
  const v1::VerifyResponse verified = world_.Verify(session.access_token());
  EXPECT_TRUE(verified.active());
  EXPECT_EQ(verified.principal().subject(), "corp/ann");
  EXPECT_THAT(verified.principal().roles(),
              ElementsAre("corp/dba", "corp/staff"));
  // The next login: the same user, with the groups of that day.
  const auto again = LogInWith("staff");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->session().user().id(), session.user().id());
  EXPECT_THAT(
      world_.Verify(again->session().access_token()).principal().roles(),
      ElementsAre("corp/staff"));
  EXPECT_THAT(LogInWith(7), HasReason(Reason::kAuthorizationClaimInvalid));
}

TEST_F(FederationTest, AccessTokensHoldAsManyRolesAsEntraSends) {
  Serve({Issuer("entra")});
  json::Value::Array groups;
  for (int i = 0; i < 200; ++i) {
    groups.push_back(json::Value(absl::StrCat("d6b3e5a0-0000-4000-8000-",
                                              absl::Dec(i, absl::kZeroPad12))));
  }
  const auto login = LogInWith(std::move(groups));
  ASSERT_THAT(login, IsOk());
  const auto verified = world_.Verify(login->session().access_token());
  EXPECT_TRUE(verified.active());
  EXPECT_EQ(verified.principal().roles_size(), 200);
}

TEST_F(FederationTest, SessionsEndWithTheToken) {
  Serve({Issuer("corp")});
  const auto login = LogInWith("staff");
  ASSERT_THAT(login, IsOk());
  world_.base.clock.AdvanceTime(absl::Minutes(5) - absl::Seconds(1));
  EXPECT_TRUE(world_.Verify(login->session().access_token()).active());
  world_.base.clock.AdvanceTime(absl::Seconds(1));
  EXPECT_EQ(world_.Verify(login->session().access_token()).reason(),
            v1::REASON_TOKEN_EXPIRED);
  EXPECT_THAT(Refresh(login->session()), HasReason(Reason::kSessionExpired));

  OidcSettings uncapped = Issuer("corp");
  uncapped.cap_session_at_token_expiry = false;
  Serve({uncapped});
  const auto longer = LogInWith("staff");
  ASSERT_THAT(longer, IsOk());
  world_.base.clock.AdvanceTime(absl::Minutes(6));
  EXPECT_THAT(Refresh(longer->session()), IsOk());
}

TEST_F(FederationTest, DescribeLoginIsThePrincipalStep) {
  Serve({Issuer("corp")});
  const v1::DescribeLoginResponse one = Describe("");
  EXPECT_EQ(one.oidc().provider(), "corp");
  EXPECT_EQ(one.oidc().issuer(), "https://id.example");
  EXPECT_EQ(one.oidc().client_id(), "client");
  EXPECT_THAT(one.oidc().request_scopes(), ElementsAre("groups"));
  EXPECT_EQ(one.oidc_reason(), v1::REASON_UNSPECIFIED);

  OidcSettings first = Issuer("corp");
  first.match_pattern = "@corp$";
  OidcSettings second = Issuer("guests");
  second.match_pattern = "@guests$";
  OidcSettings audience = first;  // shares the name
  audience.audience = "other";
  Serve({first, second, audience});
  const v1::DescribeLoginResponse open = Describe("");
  EXPECT_FALSE(open.has_oidc());
  EXPECT_EQ(open.oidc_reason(), v1::REASON_INVALID_REQUEST);
  EXPECT_EQ(open.providers_size(), 2);
  EXPECT_EQ(open.providers(0).kind(), "oidc");
  EXPECT_EQ(Describe("bob@guests").oidc().provider(), "guests");
  EXPECT_EQ(Describe("bob@elsewhere").oidc_reason(),
            v1::REASON_PROVIDER_NOT_ENABLED);
  OidcSettings machines = Issuer("ci");
  machines.supports_human_flows = false;
  Serve({machines});
  EXPECT_EQ(Describe("bob").oidc_reason(), v1::REASON_PROVIDER_NOT_ENABLED);
}

}  // namespace
}  // namespace latchkey
