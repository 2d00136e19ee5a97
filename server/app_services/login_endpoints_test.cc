// Login and linking (app-services.md §2.4, §2.13, §3.3, §5).
#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/ids.h"
#include "core/base/reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/app_services/app_services_test_world.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr char kObjectId[] = "[0-9a-f]{24}";
constexpr char kZeros[] = "000000000000000000000000";

// What sends realm-web into refreshing and repeating for ever.
bool MakesRealmWebRefresh(const HttpReply& reply) {
  if (reply.status != 401) return false;
  const json::Value body = BodyOf(reply);
  const json::Value* code = body.Find("error_code");
  return TextIn(body, "error") == "unauthorized" ||
         (code != nullptr && *code == json::Value("InvalidSession"));
}

class LoginEndpointsTest : public ::testing::Test {
 protected:
  LoginEndpointsTest() {
    // Logs in whom the payload names; "nobody" is refused.
    world_.rpc.functions.function =
        [this](absl::string_view payload,
               const CallContext&) -> absl::StatusOr<AuthFunctionResult> {
      seen_ = std::string(payload);
      const auto sent = json::ParseObject(payload);
      const json::Value* id = sent->Find("who");
      if (id == nullptr || *id == json::Value("nobody")) {
        return Error(Reason::kCredentialRejected, "thrown");
      }
      AuthFunctionResult result;
      result.id = *id->as_string();
      return result;
    };
    world_.Use(AppServicesSettings());  // providers keep the function
  }

  std::string Jwt(const std::string& subject) {
    return absl::StrCat(R"({"token":")", world_.rpc.ForeignToken(subject),
                        "\"}");
  }
  static std::string Password(const std::string& email,
                              const std::string& password = "correct horse") {
    return absl::StrCat(R"({"username":")", email, R"(","password":")",
                        password, R"(","options":{"device":{}}})");
  }
  AppServicesTestWorld::Session Function(const std::string& who) {
    return world_.Opened(world_.LogIn("custom-function",
                                      absl::StrCat(R"({"who":")", who, "\"}")));
  }
  std::string NewApiKey(const std::string& refresh) {
    return TextIn(
        BodyOf(world_.Send("POST", absl::StrCat(kAuthPath, "api_keys"),
                           R"({"name":"k"})", refresh)),
        "key");
  }

  std::string seen_;  // by the function
  AppServicesTestWorld world_;
};

TEST_F(LoginEndpointsTest, LoginGivesFourStrings) {
  const auto session = world_.Anonymous();  // without any body
  EXPECT_THAT(session.user, MatchesRegex(kObjectId));
  EXPECT_EQ(session.device, kZeros);
  EXPECT_NE(session.access, session.refresh);
  // What is not known is ignored, and so is the content type.
  HttpRequest request;
  request.method = "POST";
  request.path = absl::StrCat(kAppPath, "auth/providers/anon-user/login");
  request.headers = {{"content-type", "text/plain"}};
  request.body = R"({"provider":"anon-user","other":[1]})";
  EXPECT_EQ(world_.Send(request).status, 200);
}

TEST_F(LoginEndpointsTest, ClaimsAreWhatClientsRead) {
  const auto session = world_.Opened(world_.LogIn(
      "anon-user",
      R"({"options":{"device":{"deviceId":{"$oid":"650000000000000000000001"},)"
      R"("platform":"node"}}})"));
  const json::Value access = PayloadOf(session.access);
  const json::Value refresh = PayloadOf(session.refresh);
  for (const json::Value& payload : {access, refresh}) {
    EXPECT_EQ(TextIn(payload, "sub"), session.user);
    EXPECT_EQ(TextIn(payload, "baas_device_id"), "650000000000000000000001");
    EXPECT_EQ(TextIn(payload, "stitch_devId"), "650000000000000000000001");
    EXPECT_THAT(TextIn(payload, "baas_domain_id"), MatchesRegex(kObjectId));
    EXPECT_EQ(TextIn(payload, "stitch_domainId"),
              TextIn(payload, "baas_domain_id"));
    EXPECT_EQ(payload.Find("iat")->as_int64(), 1'700'000'000);
  }
  EXPECT_EQ(access.Find("exp")->as_int64(), 1'700'001'800);
  EXPECT_EQ(TextIn(access, "typ"), "access");
  EXPECT_EQ(access.Find("user_data"), nullptr);
  EXPECT_EQ(TextIn(refresh, "typ"), "refresh");
  EXPECT_EQ(TextIn(refresh, "baas_id"), TextIn(access, "sid"));
  EXPECT_EQ(TextIn(refresh, "stitch_id"), TextIn(refresh, "baas_id"));
  EXPECT_TRUE(refresh.Find("baas_data")->is_null());
  EXPECT_EQ(TextIn(*refresh.Find("baas_identity"), "provider_type"),
            "anon-user");
  EXPECT_EQ(*refresh.Find("stitch_ident"), *refresh.Find("baas_identity"));
  // 50 years.
  EXPECT_EQ(refresh.Find("exp")->as_int64(),
            1'700'000'000 + int64_t{50} * 365 * 86400);
  const json::Value other = PayloadOf(world_.Email("a@b.example").refresh);
  EXPECT_EQ(other.Find("exp")->as_int64(), 1'700'000'000 + 60 * 86400);
}

TEST_F(LoginEndpointsTest, CustomDataRidesInTheAccessToken) {
  const auto session = world_.Anonymous();
  UserStore* users = world_.rpc.base.store->users();
  auto user = users->Find(AppId("myapp-abcde"), UserId(session.user));
  ASSERT_TRUE(user.ok());
  user->custom_data_json = R"({"colour":"red","n":[1]})";
  ASSERT_TRUE(users->CompareAndUpdate(*user).ok());
  const auto claim = [&] {
    const HttpReply reply = world_.Send(
        "POST", absl::StrCat(kAuthPath, "session"), "", session.refresh);
    const json::Value payload =
        PayloadOf(TextIn(BodyOf(reply), "access_token"));
    const json::Value* data = payload.Find("user_data");
    return data == nullptr ? std::string("none") : json::Write(*data);
  };
  EXPECT_EQ(claim(), R"({"colour":"red","n":[1]})");
  ++user->version;
  user->custom_data_json =
      absl::StrCat(R"({"long":")", std::string(9000, 'x'), "\"}");
  ASSERT_TRUE(users->CompareAndUpdate(*user).ok());
  EXPECT_EQ(claim(), "none");
}

TEST_F(LoginEndpointsTest, DeviceIdsAreMadeOnceThereIsADevice) {
  const auto device = [&](const std::string& options) {
    return world_
        .Opened(world_.LogIn("anon-user",
                             absl::StrCat(R"({"options":)", options, "}")))
        .device;
  };
  EXPECT_EQ(device("{}"), kZeros);
  EXPECT_EQ(device(R"({"device":{}})"), kZeros);
  EXPECT_NE(device(R"({"device":{"platform":"x"}})"), kZeros);
  EXPECT_NE(device(absl::StrCat(R"({"device":{"deviceId":")", kZeros, "\"}}")),
            kZeros);
  EXPECT_EQ(device(R"({"device":{"deviceId":"650000000000000000000001"}})"),
            "650000000000000000000001");
  // Too long, or with control characters: dropped.
  EXPECT_NE(device(absl::StrCat(R"({"device":{"appVersion":")",
                                std::string(500, 'v'), "\"}}")),
            kZeros);
  EXPECT_NE(device(R"({"device":{"platform":"a\u0001"}})"), kZeros);
  EXPECT_EQ(Told(world_.LogIn("anon-user", R"({"options":1})")),
            "400 InvalidParameter: 'options' must be an object");
  EXPECT_EQ(Told(world_.LogIn("anon-user", R"({"options":{"device":[]}})")),
            "400 InvalidParameter: 'options.device' must be an object");
}

TEST_F(LoginEndpointsTest, EveryProviderLogsIn) {
  const auto address = world_.Email("a@b.example");
  EXPECT_EQ(
      world_.Opened(world_.LogIn("local-userpass", Password("a@b.example")))
          .user,
      address.user);
  EXPECT_EQ(world_.Opened(world_.LogIn("custom-token", Jwt("ann"))).user,
            world_.Opened(world_.LogIn("custom-token", Jwt("ann"))).user);
  EXPECT_EQ(Function("bob").user, Function("bob").user);
  const auto owner = world_.Email("c@d.example");
  const std::string key = NewApiKey(owner.refresh);
  EXPECT_EQ(world_
                .Opened(world_.LogIn("api-key",
                                     absl::StrCat(R"({"key":")", key, "\"}")))
                .user,
            owner.user);
}

TEST_F(LoginEndpointsTest, FunctionsSeeThePayloadAlone) {
  EXPECT_EQ(
      world_
          .LogIn("custom-function", R"({"who":"eve","n":{"$numberInt":"5"},)"
                                    R"("provider":"mine",)"
                                    R"("options":{"device":{"platform":"x"}}})")
          .status,
      200);
  EXPECT_EQ(seen_, R"({"n":5,"provider":"mine","who":"eve"})");
  EXPECT_EQ(world_
                .LogIn("custom-function",
                       R"({"who":"eve","options":{"mine":1,"device":{}}})")
                .status,
            200);
  EXPECT_EQ(seen_, R"({"options":{"mine":1},"who":"eve"})");
}

TEST_F(LoginEndpointsTest, FailedLogins) {
  world_.Email("a@b.example");
  const auto told = [&](const char* provider, const std::string& body) {
    return Told(world_.LogIn(provider, body));
  };
  // Unknown and wrong are one.
  for (const std::string& body :
       {Password("a@b.example", "wrong password"), Password("x@b.example"),
        Password("no address"), Password("a@b.example", "")}) {
    EXPECT_EQ(told("local-userpass", body),
              "401 InvalidPassword: unauthorized");
  }
  EXPECT_EQ(told("api-key", R"({"key":"lk_wrong"})"),
            "401 AuthError: unauthorized");
  EXPECT_EQ(told("custom-token", R"({"token":"a.b.c"})"),
            "401 AuthError: unauthorized");
  EXPECT_EQ(told("custom-function", R"({"who":"nobody"})"),
            "401 AuthError: unauthorized");
  EXPECT_EQ(told("oauth2-google", R"({"id_token":"a.b.c"})"),
            "404 AuthProviderNotFound: authentication provider not found");
  EXPECT_EQ(told("unknown", "{}"),
            "404 AuthProviderNotFound: authentication provider not found");
}

TEST_F(LoginEndpointsTest, MissingAndWrongMembers) {
  const auto told = [&](const char* provider, const std::string& body) {
    return Told(world_.LogIn(provider, body));
  };
  EXPECT_EQ(told("local-userpass", R"({"password":"x"})"),
            "400 MissingParameter: 'username' is a required string");
  EXPECT_EQ(told("local-userpass", R"({"username":"x","password":null})"),
            "400 MissingParameter: 'password' is a required string");
  EXPECT_EQ(told("local-userpass", R"({"username":["x"],"password":"x"})"),
            "400 InvalidParameter: 'username' must be a string");
  EXPECT_EQ(told("api-key", ""),
            "400 MissingParameter: 'key' is a required string");
  EXPECT_EQ(told("custom-token", R"({"token":1})"),
            "400 InvalidParameter: 'token' must be a string");
  for (const char* both : {"{}", R"({"authCode":"a","id_token":"b"})"}) {
    EXPECT_EQ(told("oauth2-google", both),
              "400 MissingParameter: exactly one of 'authCode' and 'id_token' "
              "is required");
  }
  EXPECT_EQ(told("oauth2-facebook", "{}"),
            "400 MissingParameter: exactly one of 'accessToken' and 'id_token' "
            "is required");
  std::string deep = "{\"a\":";
  for (int i = 0; i < 32; ++i) deep += "[";
  for (int i = 0; i < 32; ++i) deep += "]";
  EXPECT_THAT(told("custom-function", deep + "}"), HasSubstr("400 BadRequest"));
}

TEST_F(LoginEndpointsTest, AppsMayWantTheReason) {
  AppServicesSettings settings;
  settings.detailed_login_errors = true;
  settings.rejected_token_code = "InvalidSession";
  world_.Use(settings);
  world_.Email("a@b.example");
  EXPECT_EQ(Told(world_.LogIn("local-userpass",
                              Password("a@b.example", "wrong password"))),
            "401 InvalidPassword: invalid username/password");
  EXPECT_EQ(Told(world_.LogIn("api-key", R"({"key":"lk_wrong"})")),
            "401 AuthError: invalid API key");
  EXPECT_EQ(Told(world_.LogIn("custom-token", R"({"token":"a.b.c"})")),
            "401 InvalidSession: the token is rejected");
}

TEST_F(LoginEndpointsTest, DisabledUsersAndUnconfirmedAddresses) {
  const auto session = world_.Email("a@b.example");
  ASSERT_TRUE(world_.rpc.accounts
                  .SetDisabled(AppId("myapp-abcde"), UserId(session.user), true,
                               world_.rpc.base.ctx())
                  .ok());
  EXPECT_EQ(Told(world_.LogIn("local-userpass", Password("a@b.example"))),
            "401 UserDisabled: unauthorized");
  ASSERT_TRUE(world_.rpc.accounts
                  .SetDisabled(AppId("myapp-abcde"), UserId(session.user),
                               false, world_.rpc.base.ctx())
                  .ok());
  EXPECT_EQ(
      world_.Opened(world_.LogIn("local-userpass", Password("a@b.example")))
          .user,
      session.user);
  ASSERT_TRUE(world_.rpc.passwords
                  .RegisterNew(AppId("myapp-abcde"),
                               ProviderName("email_password"), "p@b.example",
                               Secret("correct horse"), /*confirmed=*/false,
                               world_.rpc.base.ctx())
                  .ok());
  EXPECT_EQ(Told(world_.LogIn("local-userpass", Password("p@b.example"))),
            "401 AuthError: unauthorized");
}

// Rule 12: nobody looks at the header.
TEST_F(LoginEndpointsTest, LoginIgnoresTokens) {
  for (const char* bearer : {"null", "a.b.c"}) {
    EXPECT_EQ(
        world_
            .Send("POST",
                  absl::StrCat(kAppPath, "auth/providers/anon-user/login"),
                  "{}", bearer)
            .status,
        200);
  }
}

TEST_F(LoginEndpointsTest, LinkingKeepsTheUser) {
  const auto first = world_.Anonymous();
  EXPECT_EQ(Told(world_.Register("a@b.example")), "201 {}");
  const HttpReply reply =
      world_.Link("local-userpass", Password("a@b.example"), first.access);
  ASSERT_EQ(reply.status, 200) << reply.body;
  const json::Value body = BodyOf(reply);
  EXPECT_EQ(TextIn(body, "user_id"), first.user);
  EXPECT_EQ(TextIn(body, "device_id"), first.device);
  EXPECT_EQ(body.Find("refresh_token"), nullptr);
  EXPECT_EQ(TextIn(PayloadOf(TextIn(body, "access_token")), "typ"), "access");
  // The old refresh token goes on, and the new identity logs in.
  EXPECT_EQ(
      world_.Send("POST", absl::StrCat(kAuthPath, "session"), "", first.refresh)
          .status,
      201);
  EXPECT_EQ(
      world_.Opened(world_.LogIn("local-userpass", Password("a@b.example")))
          .user,
      first.user);
  // Once more is no change; a third identity goes behind.
  EXPECT_EQ(world_.Link("local-userpass", Password("a@b.example"), first.access)
                .status,
            200);
  EXPECT_EQ(
      world_.Link("custom-function", R"({"who":"bob"})", first.access).status,
      200);
  EXPECT_EQ(Function("bob").user, first.user);
  const json::Value profile = BodyOf(
      world_.Send("GET", absl::StrCat(kAuthPath, "profile"), "", first.access));
  std::string order;
  for (const json::Value& identity : *profile.Find("identities")->as_array()) {
    absl::StrAppend(&order, TextIn(identity, "provider_type"), " ");
  }
  EXPECT_EQ(order, "anon-user local-userpass custom-function ");
}

// Rule 4: however linking fails, realm-web must not refresh and repeat.
TEST_F(LoginEndpointsTest, FailedLinksNeverLoop) {
  const auto user = world_.Email("a@b.example");
  const auto other = world_.Email("c@d.example");
  world_.Opened(world_.LogIn("custom-token", Jwt("taken")));
  EXPECT_EQ(Told(world_.Register("e@f.example")), "201 {}");
  const std::string key =
      absl::StrCat(R"({"key":")", NewApiKey(other.refresh), "\"}");
  const auto told = [&](const char* provider, const std::string& body) {
    const HttpReply reply = world_.Link(provider, body, user.access);
    EXPECT_FALSE(MakesRealmWebRefresh(reply)) << reply.body;
    return Told(reply);
  };
  EXPECT_EQ(told("local-userpass", Password("e@f.example", "wrong password")),
            "401 InvalidPassword: unauthorized: invalid username/password");
  EXPECT_EQ(
      told("local-userpass", Password("e@f.example")),
      "400 BadRequest: unauthorized: linking a local-userpass identity is "
      "not allowed when one is already linked");
  EXPECT_EQ(
      told("custom-token", Jwt("taken")),
      "409 AccountNameInUse: unauthorized: a user already exists with the "
      "specified provider");
  EXPECT_EQ(told("custom-token", R"({"token":"a.b.c"})"),
            "401 AuthError: unauthorized: the token is rejected");
  EXPECT_EQ(told("custom-function", R"({"who":"nobody"})"),
            "401 AuthError: unauthorized: error executing auth function");
  EXPECT_EQ(
      told("anon-user", ""),
      "400 BadRequest: unauthorized: linking an anonymous identity is not "
      "allowed");
  EXPECT_EQ(told("api-key", key),
            "400 InvalidParameter: invalid user link request");
  EXPECT_EQ(told("oauth2-google", R"({"id_token":"a.b.c"})"),
            "404 AuthProviderNotFound: authentication provider not found");
  // Even where the app answers as the old server did.
  AppServicesSettings settings;
  settings.identity_in_use_status = 401;
  settings.second_password_status = 500;
  settings.rejected_token_code = "InvalidSession";
  world_.Use(settings);
  EXPECT_THAT(told("custom-token", Jwt("taken")),
              HasSubstr("401 AccountNameInUse: unauthorized: "));
  EXPECT_THAT(told("local-userpass", Password("e@f.example")),
              HasSubstr("500 BadRequest: unauthorized: "));
  EXPECT_THAT(told("custom-token", R"({"token":"a.b.c"})"),
              HasSubstr("401 AuthError: "));
}

TEST_F(LoginEndpointsTest, TheOwnApiKeyMayBeLinked) {
  const auto user = world_.Email("a@b.example");
  const std::string key =
      absl::StrCat(R"({"key":")", NewApiKey(user.refresh), "\"}");
  EXPECT_EQ(world_.Link("api-key", key, user.access).status, 200);
}

// An access token outlives its session on nodes that do not know yet.
TEST_F(LoginEndpointsTest, LinkingLooksAtTheSessionFirst) {
  const auto user = world_.Anonymous();
  const SessionId session(TextIn(PayloadOf(user.access), "sid"));
  ASSERT_TRUE(world_.rpc.base.store->sessions()
                  ->Revoke(session, world_.rpc.base.clock.TimeNow())
                  .ok());
  EXPECT_EQ(Told(world_.Link("custom-token", Jwt("ann"), user.access)),
            "401 InvalidSession: invalid session: access token revoked");
  // Nobody has the identity.
  EXPECT_NE(world_.Opened(world_.LogIn("custom-token", Jwt("ann"))).user,
            user.user);
}

TEST_F(LoginEndpointsTest, LinkingRenewsNoSessionOfAnotherApi) {
  const v1::Session session = world_.rpc.LogInAnonymously();
  const HttpReply reply =
      world_.Link("custom-token", Jwt("ann"), session.access_token());
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(TextIn(BodyOf(reply), "access_token"), session.access_token());
  EXPECT_EQ(TextIn(BodyOf(reply), "user_id"), session.user().id());
  v1::RefreshSessionRequest refresh;
  refresh.set_refresh_token(session.refresh_token());
  EXPECT_TRUE(world_.rpc
                  .Call<v1::RefreshSessionResponse>(
                      "AuthService/RefreshSession", refresh)
                  .ok());
}

TEST(LimitedLinkTest, ApiKeysAreNotGuessedByLinking) {
  AppServicesTestWorld world({}, {1, 3});
  const auto user = world.Opened(world.LogIn("anon-user", ""));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Told(world.Link("api-key", R"({"key":"lk_x"})", user.access)),
              "400 InvalidParameter: invalid user link request");
  }
  EXPECT_EQ(Told(world.Link("api-key", R"({"key":"lk_x"})", user.access)),
            "429 : too many requests");
}

TEST_F(LoginEndpointsTest, LinkingNeedsALivingAccessToken) {
  const auto user = world_.Anonymous();
  const auto told = [&](const std::string& bearer) {
    return Told(world_.Link("custom-token", Jwt("ann"), bearer));
  };
  EXPECT_EQ(told(""), "401 : must authenticate first");
  EXPECT_EQ(told("null"), "401 InvalidSession: signature is invalid");
  EXPECT_EQ(told(user.refresh),
            "401 InvalidSession: invalid access token: incorrect token type");
  EXPECT_EQ(Told(world_.Send("POST",
                             "/api/client/v2.0/app/other-abcde/auth/providers/"
                             "custom-token/login?link=true",
                             Jwt("ann"), user.access)),
            "400 UserAppDomainMismatch: the user belongs to another app");
  world_.rpc.base.clock.AdvanceTime(absl::Minutes(31));
  EXPECT_EQ(told(user.access),
            "401 InvalidSession: invalid session: access token expired");
}

}  // namespace
}  // namespace latchkey
