// Profile, sessions, the own account and API keys (app-services.md §2.5-2.8,
// §2.10).
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "latchkey/v1/auth_service.pb.h"
#include "server/app_services/app_services_test_world.h"

namespace latchkey {
namespace {

using ::testing::MatchesRegex;

constexpr char kGone[] =
    "401 InvalidSession: invalid session: failed to find refresh token";

class SessionEndpointsTest : public ::testing::Test {
 protected:
  HttpReply Auth(const std::string& method, const std::string& path,
                 const std::string& bearer, const std::string& body = "") {
    return world_.Send(method, absl::StrCat(kAuthPath, path), body, bearer);
  }
  std::string TellAuth(const std::string& method, const std::string& path,
                       const std::string& bearer,
                       const std::string& body = "") {
    return Told(Auth(method, path, bearer, body));
  }
  json::Value Profile(const std::string& access) {
    return BodyOf(Auth("GET", "profile", access));
  }
  // The new key.
  json::Value NewKey(const std::string& refresh, const std::string& name) {
    return BodyOf(Auth("POST", "api_keys", refresh,
                       absl::StrCat(R"({"name":")", name, "\"}")));
  }
  void SetDisabled(const std::string& user, bool disabled) {
    ASSERT_TRUE(world_.rpc.accounts
                    .SetDisabled(AppId("myapp-abcde"), UserId(user), disabled,
                                 world_.rpc.base.ctx())
                    .ok());
  }

  AppServicesTestWorld world_;
};

TEST_F(SessionEndpointsTest, ProfileOfAnAddress) {
  const auto session = world_.Email("a@b.example");
  const json::Value profile = Profile(session.access);
  EXPECT_EQ(TextIn(profile, "user_id"), session.user);
  EXPECT_EQ(TextIn(profile, "type"), "normal");
  EXPECT_THAT(TextIn(profile, "domain_id"), MatchesRegex("[0-9a-f]{24}"));
  EXPECT_EQ(json::Write(*profile.Find("data")), R"({"email":"a@b.example"})");
  const json::Value& identity = profile.Find("identities")->as_array()->at(0);
  EXPECT_THAT(TextIn(identity, "id"), MatchesRegex("[0-9a-f]{24}"));
  EXPECT_NE(TextIn(identity, "id"), session.user);
  EXPECT_EQ(TextIn(identity, "provider_type"), "local-userpass");
  EXPECT_THAT(TextIn(identity, "provider_id"), MatchesRegex("[0-9a-f]{24}"));
  EXPECT_EQ(json::Write(*identity.Find("provider_data")),
            R"({"email":"a@b.example"})");
}

TEST_F(SessionEndpointsTest, ProfileOfAnAnonymousUser) {
  const json::Value profile = Profile(world_.Anonymous().access);
  EXPECT_EQ(json::Write(*profile.Find("data")), "{}");
  EXPECT_THAT(TextIn(profile.Find("identities")->as_array()->at(0), "id"),
              MatchesRegex("[0-9a-f]{24}-[a-z]{24}"));
}

TEST_F(SessionEndpointsTest, AccessTokensThatAreNoneOrDead) {
  const auto session = world_.Anonymous();
  EXPECT_EQ(TellAuth("GET", "profile", ""), "401 : must authenticate first");
  HttpRequest request;
  request.method = "GET";
  request.path = absl::StrCat(kAuthPath, "profile");
  for (const char* value : {"Bearer ", "Bearer", "Basic abc", ""}) {
    request.headers = {{"authorization", value}};
    EXPECT_EQ(Told(world_.Send(request)),
              "401 : expected Authorization header with JWT (Bearer schema)");
  }
  const std::string bearer = "Bearer " + session.access;
  request.headers = {{"authorization", bearer}, {"authorization", bearer}};
  EXPECT_EQ(Told(world_.Send(request)), "401 : must authenticate first");
  for (const char* garbage : {"null", "a.b.c", "{}"}) {
    EXPECT_EQ(TellAuth("GET", "profile", garbage),
              "401 InvalidSession: signature is invalid");
  }
  EXPECT_EQ(TellAuth("GET", "profile", session.refresh),
            "401 InvalidSession: invalid access token: incorrect token type");
  world_.rpc.base.clock.AdvanceTime(absl::Minutes(30));
  EXPECT_EQ(TellAuth("GET", "profile", session.access),
            "401 InvalidSession: invalid session: access token expired");
}

TEST_F(SessionEndpointsTest, RefreshGivesAnAccessTokenAlone) {
  const auto session = world_.Email("a@b.example");
  world_.rpc.base.clock.AdvanceTime(absl::Hours(1));
  for (int i = 0; i < 3; ++i) {
    const HttpReply reply = Auth("POST", "session", session.refresh);
    EXPECT_EQ(reply.status, 201);
    const json::Value body = BodyOf(reply);
    EXPECT_EQ(body.as_object()->size(), 1u);
    const std::string access = TextIn(body, "access_token");
    EXPECT_NE(access, session.access);
    EXPECT_EQ(TextIn(Profile(access), "user_id"), session.user);
    world_.rpc.base.clock.AdvanceTime(absl::Hours(1));
  }
}

// The mode of a session is in its refresh token: our own API keeps to it.
TEST_F(SessionEndpointsTest, OurOwnApiDoesNotRotateItEither) {
  const auto session = world_.Anonymous();
  v1::RefreshSessionRequest request;
  request.set_refresh_token(session.refresh);
  for (int i = 0; i < 2; ++i) {
    const auto answer = world_.rpc.Call<v1::RefreshSessionResponse>(
        "AuthService/RefreshSession", request);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->session().refresh_token(), session.refresh);
    EXPECT_EQ(TextIn(PayloadOf(answer->session().access_token()), "typ"),
              "access");
  }
  EXPECT_EQ(Auth("POST", "session", session.refresh).status, 201);
}

// And a token that rotates is none of these clients'.
TEST_F(SessionEndpointsTest, RotatingTokensAreRefusedAndStayAsTheyAre) {
  const v1::Session rotating = world_.rpc.LogInAnonymously();
  EXPECT_EQ(PayloadOf(rotating.access_token()).Find("baas_device_id"), nullptr);
  EXPECT_EQ(PayloadOf(rotating.refresh_token()).as_object()->size(), 3u);
  EXPECT_EQ(TellAuth("POST", "session", rotating.refresh_token()), kGone);
  EXPECT_EQ(TellAuth("DELETE", "session", rotating.refresh_token()), kGone);
  v1::RefreshSessionRequest request;
  request.set_refresh_token(rotating.refresh_token());
  EXPECT_TRUE(world_.rpc
                  .Call<v1::RefreshSessionResponse>(
                      "AuthService/RefreshSession", request)
                  .ok());
}

TEST_F(SessionEndpointsTest, RefreshTokensThatAreNoneOrDead) {
  const auto session = world_.Email("a@b.example");
  const std::string wrong_type =
      "401 InvalidSession: invalid refresh token: incorrect token type";
  for (const char* method : {"POST", "DELETE"}) {
    EXPECT_EQ(TellAuth(method, "session", ""), "401 : must authenticate first");
    EXPECT_EQ(TellAuth(method, "session", "null"), kGone);
    EXPECT_EQ(TellAuth(method, "session", session.access), wrong_type);
  }
  world_.rpc.base.clock.AdvanceTime(absl::Hours(24 * 60 + 1));
  EXPECT_EQ(TellAuth("POST", "session", session.refresh),
            "401 InvalidSession: invalid session: refresh token expired");
  EXPECT_EQ(TellAuth("DELETE", "session", session.refresh), "204");
}

TEST_F(SessionEndpointsTest, LogoutEndsBothTokensOfThisSession) {
  const auto session = world_.Email("a@b.example");
  const auto other = world_.Opened(
      world_.LogIn("local-userpass",
                   R"({"username":"a@b.example","password":"correct horse"})"));
  EXPECT_NE(session.refresh, other.refresh);
  EXPECT_EQ(TellAuth("DELETE", "session", session.refresh), "204");
  EXPECT_EQ(TellAuth("POST", "session", session.refresh), kGone);
  EXPECT_EQ(TellAuth("GET", "profile", session.access),
            "401 InvalidSession: invalid session: access token revoked");
  EXPECT_FALSE(world_.rpc.Verify(session.access).active());
  EXPECT_EQ(Auth("GET", "profile", other.access).status, 200);
  // Once more is no mistake.
  EXPECT_EQ(TellAuth("DELETE", "session", session.refresh), "204");
}

TEST_F(SessionEndpointsTest, DisablingEndsBothTokens) {
  const auto session = world_.Email("a@b.example");
  SetDisabled(session.user, true);
  EXPECT_EQ(TellAuth("POST", "session", session.refresh), kGone);
  EXPECT_EQ(TellAuth("GET", "profile", session.access),
            "401 InvalidSession: invalid session: access token revoked");
}

// Rule 11: the client logs out with a refresh token that died with the user.
TEST_F(SessionEndpointsTest, DeletingTheOwnAccount) {
  const auto session = world_.Email("a@b.example");
  EXPECT_EQ(TellAuth("DELETE", "delete", session.refresh),
            "401 InvalidSession: invalid access token: incorrect token type");
  EXPECT_EQ(TellAuth("DELETE", "delete", session.access), "204");
  EXPECT_EQ(TellAuth("DELETE", "session", session.refresh), "204");
  EXPECT_EQ(TellAuth("POST", "session", session.refresh), kGone);
  EXPECT_EQ(TellAuth("DELETE", "delete", session.access),
            "401 InvalidSession: invalid session: access token revoked");
  EXPECT_EQ(Told(world_.LogIn(
                "local-userpass",
                R"({"username":"a@b.example","password":"correct horse"})")),
            "401 InvalidPassword: unauthorized");
  EXPECT_EQ(Told(world_.Register("a@b.example")), "201 {}");
}

// Rule 5: a 401 logs users out; an app that is away for a while does not.
TEST_F(SessionEndpointsTest, AnAppThatIsGoneLogsNobodyOut) {
  const auto session = world_.Anonymous();
  const auto table = world_.rpc.apps.Share();
  world_.rpc.apps.Set(std::make_shared<const AppTable>(
      std::vector<std::shared_ptr<const App>>()));
  EXPECT_EQ(TellAuth("POST", "session", session.refresh),
            "404 : cannot find app using Client App ID 'myapp-abcde'");
  world_.rpc.base.served_apps.Set({});
  for (const char* path : {"session", "api_keys"}) {
    EXPECT_EQ(TellAuth("POST", path, session.refresh, R"({"name":"a"})"),
              "404 : cannot find app");
  }
  EXPECT_EQ(TellAuth("GET", "profile", session.access),
            "404 : cannot find app");
  world_.rpc.base.served_apps.Set({AppId("myapp-abcde")});
  world_.rpc.apps.Set(table);
  EXPECT_EQ(Auth("POST", "session", session.refresh).status, 201);
}

TEST_F(SessionEndpointsTest, ApiKeysFromMakingToDeleting) {
  const auto session = world_.Email("a@b.example");
  const HttpReply made =
      Auth("POST", "api_keys", session.refresh, R"({"name":"one"})");
  EXPECT_EQ(made.status, 201);
  const json::Value key = BodyOf(made);
  EXPECT_EQ(key.as_object()->size(), 4u);
  const std::string id = TextIn(key, "_id");
  EXPECT_THAT(id, MatchesRegex("[0-9a-f]{24}"));
  const std::string described =
      absl::StrCat(R"({"_id":")", id, R"(","name":"one","disabled":)");
  EXPECT_EQ(TellAuth("GET", "api_keys/" + id, session.refresh),
            absl::StrCat("200 ", described, "false}"));
  EXPECT_EQ(TellAuth("GET", "api_keys", session.refresh),
            absl::StrCat("200 [", described, "false}]"));
  const std::string login =
      absl::StrCat(R"({"key":")", TextIn(key, "key"), "\"}");
  const auto by_key = world_.Opened(world_.LogIn("api-key", login));
  EXPECT_EQ(by_key.user, session.user);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(TellAuth("PUT", "api_keys/" + id + "/disable", session.refresh),
              "204");
  }
  EXPECT_EQ(TellAuth("GET", "api_keys/" + id, session.refresh),
            absl::StrCat("200 ", described, "true}"));
  EXPECT_EQ(Told(world_.LogIn("api-key", login)),
            "401 AuthError: unauthorized");
  EXPECT_EQ(TellAuth("POST", "session", by_key.refresh), kGone);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(TellAuth("PUT", "api_keys/" + id + "/enable", session.refresh),
              "204");
  }
  EXPECT_EQ(world_.Opened(world_.LogIn("api-key", login)).user, session.user);
  EXPECT_EQ(TellAuth("DELETE", "api_keys/" + id, session.refresh), "204");
  EXPECT_EQ(TellAuth("GET", "api_keys/" + id, session.refresh),
            "404 APIKeyNotFound: API key not found");
  EXPECT_EQ(TellAuth("GET", "api_keys", session.refresh), "200 []");
}

TEST_F(SessionEndpointsTest, SessionsOfApiKeys) {
  const auto session = world_.Email("a@b.example");
  const json::Value key = NewKey(session.refresh, "one");
  const auto by_key = world_.Opened(world_.LogIn(
      "api-key", absl::StrCat(R"({"key":")", TextIn(key, "key"), "\"}")));
  const json::Value profile = Profile(by_key.access);
  const json::Value& identity = profile.Find("identities")->as_array()->at(1);
  EXPECT_EQ(TextIn(identity, "provider_type"), "api-key");
  EXPECT_EQ(TextIn(identity, "id"), TextIn(key, "_id"));
  EXPECT_EQ(
      TellAuth("DELETE", "api_keys/" + TextIn(key, "_id"), by_key.refresh),
      "403 : Forbidden: the API key is in use");
  EXPECT_EQ(TellAuth("POST", "api_keys", by_key.refresh, R"({"name":"two"})"),
            "403 : forbidden");
}

TEST_F(SessionEndpointsTest, ApiKeyErrors) {
  const auto session = world_.Email("a@b.example");
  const auto make = [&](const std::string& body) {
    return TellAuth("POST", "api_keys", session.refresh, body);
  };
  for (const char* none : {"{}", R"({"name":""})", R"({"name":1})", ""}) {
    EXPECT_EQ(make(none), "400 : 'name' is a required string");
  }
  EXPECT_EQ(make(R"({"name":"a b"})"),
            "400 InvalidParameter: can only contain ASCII letters, numbers, "
            "underscores, and hyphens");
  NewKey(session.refresh, "one");
  EXPECT_EQ(make(R"({"name":"one"})"),
            "409 APIKeyAlreadyExists: API key with name already exists");
  for (int i = 1; i < 20; ++i) NewKey(session.refresh, absl::StrCat("k", i));
  EXPECT_EQ(make(R"({"name":"more"})"),
            "400 BadRequest: the user has too many API keys");
  EXPECT_EQ(TellAuth("POST", "api_keys", world_.Anonymous().refresh,
                     R"({"name":"one"})"),
            "403 : forbidden");
}

// Rule 6, and each call without anybody, on what is no key, and on another
// user's.
TEST_F(SessionEndpointsTest, ApiKeysOfNobodyAndOfOthers) {
  const auto owner = world_.Email("a@b.example");
  const auto other = world_.Email("c@d.example");
  const std::string id = TextIn(NewKey(owner.refresh, "one"), "_id");
  const std::vector<std::pair<std::string, std::string>> calls = {
      {"GET", ""}, {"DELETE", ""}, {"PUT", "/enable"}, {"PUT", "/disable"}};
  for (const auto& [method, rest] : calls) {
    const std::string path = absl::StrCat("api_keys/", id, rest);
    EXPECT_EQ(TellAuth(method, path, ""), "401 : must authenticate first");
    EXPECT_EQ(TellAuth(method, path, owner.access),
              "401 InvalidSession: invalid refresh token: incorrect token "
              "type");
    for (const std::string& wrong :
         {path, absl::StrCat("api_keys/", std::string(24, '0'), rest),
          absl::StrCat("api_keys/no-id", rest)}) {
      EXPECT_EQ(TellAuth(method, wrong, other.refresh),
                "404 APIKeyNotFound: API key not found");
    }
  }
  EXPECT_EQ(TellAuth("GET", "api_keys", other.refresh), "200 []");
  EXPECT_EQ(Auth("GET", "api_keys/" + id, owner.refresh).status, 200);
}

}  // namespace
}  // namespace latchkey
