// Paths, bodies, CORS and what belongs to no user (app-services.md §2.1-2.3,
// §2.11, §2.12).
#include "server/app_services/app_services.h"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/app_services/app_services_test_world.h"
#include "server/app_services/ejson.h"

namespace latchkey {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

class AppServicesTest : public ::testing::Test {
 protected:
  HttpReply FromPage(const std::string& method, const std::string& path,
                     const std::string& origin) {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.headers = {{"origin", origin}};
    return world_.Send(std::move(request));
  }

  AppServicesTestWorld world_;
};

TEST_F(AppServicesTest, LocationSaysWhereToGo) {
  EXPECT_EQ(Told(world_.Send("GET", absl::StrCat(kAppPath, "location"))),
            R"(200 {"deployment_model":"GLOBAL","location":"US-VA",)"
            R"("hostname":"https://login.example",)"
            R"("ws_hostname":"wss://login.example"})");
  AppServicesSettings settings;
  settings.hostname = "http://127.0.0.1:9";
  world_.Use(settings);
  const json::Value moved =
      BodyOf(world_.Send("GET", absl::StrCat(kAppPath, "location")));
  EXPECT_EQ(TextIn(moved, "hostname"), "http://127.0.0.1:9");
  EXPECT_EQ(TextIn(moved, "ws_hostname"), "ws://127.0.0.1:9");
}

TEST_F(AppServicesTest, UnknownAppsAreNamed) {
  const auto told = [&](const std::string& app, const std::string& rest) {
    return Told(world_.Send("POST",
                            absl::StrCat("/api/client/v2.0/app/", app, rest),
                            "this is no JSON"));
  };
  for (const char* rest : {"/location", "/auth/providers/anon-user/login",
                           "/auth/providers/local-userpass/register",
                           "/functions/call", "/auth/verify"}) {
    EXPECT_EQ(told("nobody-abcde", rest),
              "404 : cannot find app using Client App ID 'nobody-abcde'");
  }
  // This one does not serve App Services clients.
  EXPECT_EQ(told("off-abcde", "/location"),
            "404 : cannot find app using Client App ID 'off-abcde'");
  EXPECT_EQ(told("a\"\xff", "/location"),
            "404 : cannot find app using Client App ID 'a\\\"\\xff'");
  EXPECT_EQ(told(std::string(5000, 'a'), "/location"),
            absl::StrCat("404 : cannot find app using Client App ID '",
                         std::string(64, 'a'), "'"));
}

TEST_F(AppServicesTest, WrongPathsAndMethods) {
  EXPECT_EQ(Told(world_.Send("GET", "/api/client/v2.0/auth/nothing")),
            "404 : there is no such endpoint");
  EXPECT_EQ(Told(world_.Send("GET", "/api/client/v2.0/")),
            "404 : there is no such endpoint");
  const HttpReply wrong = world_.Send("PATCH", "/api/client/v2.0/auth/session");
  EXPECT_EQ(Told(wrong), "405 : use POST, DELETE");
  EXPECT_THAT(wrong.headers, Contains(Pair("Allow", "POST, DELETE")));
  EXPECT_EQ(Told(world_.Send("GET", absl::StrCat(kEmailPath, "register"))),
            "405 : use POST");
}

enum class Token { kNone, kAccess, kRefresh };

// An endpoint, and bodies that it must refuse with what it must say.
struct Endpoint {
  const char* method;
  std::string path;
  Token token = Token::kNone;
  bool reads_body = false;
  std::vector<std::pair<const char*, const char*>> refused = {};
};

Endpoint Login(const char* provider,
               std::vector<std::pair<const char*, const char*>> refused) {
  refused.emplace_back(R"({"options":1,"key":"k","token":"t","id_token":"t",)"
                       R"("username":"u","password":"p"})",
                       "400 InvalidParameter: 'options' must be an object");
  return {"POST", absl::StrCat(kAppPath, "auth/providers/", provider, "/login"),
          Token::kNone, /*reads_body=*/true, std::move(refused)};
}

Endpoint Email(const char* name,
               std::vector<std::pair<const char*, const char*>> refused) {
  return {"POST", absl::StrCat(kEmailPath, name), Token::kNone,
          /*reads_body=*/true, std::move(refused)};
}

// Every endpoint there is.
std::vector<Endpoint> Endpoints() {
  static constexpr char kNoEmail[] =
      "400 MissingParameter: 'email' is a required string";
  static constexpr char kBadEmail[] =
      "400 InvalidParameter: 'email' must be a string";
  static constexpr char kNoPassword[] =
      "400 MissingParameter: 'password' is a required string";
  static constexpr char kNoToken[] =
      "400 MissingParameter: 'token' is a required string";
  static constexpr char kNoId[] =
      "400 MissingParameter: 'tokenId' is a required string";
  static constexpr char kBadPair[] = "400 BadRequest: invalid token data";
  static constexpr char kNoName[] = "400 : 'name' is a required string";
  const std::string keys = absl::StrCat(kAuthPath, "api_keys");
  const std::string key = keys + "/650000000000000000000001";
  return {
      {"GET", absl::StrCat(kAppPath, "location")},
      Login("anon-user", {{R"({"options":{"device":1}})",
                           "400 InvalidParameter: 'options.device' must be an "
                           "object"}}),
      Login("local-userpass",
            {{"", "400 MissingParameter: 'username' is a required string"},
             {R"({"username":"a"})", kNoPassword},
             {R"({"username":"a","password":["b"]})",
              "400 InvalidParameter: 'password' must be a string"}}),
      Login("api-key",
            {{"{}", "400 MissingParameter: 'key' is a required string"},
             {R"({"key":1})", "400 InvalidParameter: 'key' must be a string"}}),
      Login("custom-token",
            {{"{}", kNoToken},
             {R"({"token":{}})",
              "400 InvalidParameter: 'token' must be a string"}}),
      Login("oauth2-google",
            {{"{}",
              "400 MissingParameter: exactly one of 'authCode' and "
              "'id_token' is required"},
             {R"({"id_token":1})",
              "400 InvalidParameter: 'id_token' must be a string"}}),
      Login("oauth2-facebook",
            {{R"({"accessToken":1})",
              "400 InvalidParameter: 'accessToken' must be a string"}}),
      Login("oauth2-apple",
            {{R"({"id_token":null})",
              "400 MissingParameter: 'id_token' is a required string"}}),
      // What is in an object is the function's to judge.
      {"POST", absl::StrCat(kAppPath, "auth/providers/custom-function/login"),
       Token::kNone, /*reads_body=*/true},
      {"GET", absl::StrCat(kAppPath, "auth/providers/oauth2-google/login")},
      Email("register", {{"{}", kNoEmail},
                         {R"({"email":1,"password":"123456"})", kBadEmail},
                         {R"({"email":"x@b.example"})", kNoPassword},
                         {R"({"email":"x@b.example","password":"12345"})",
                          "400 BadRequest: password must be between 6 and 128 "
                          "characters"}}),
      Email("confirm", {{"{}", kNoToken},
                        {R"({"token":"t"})", kNoId},
                        {R"({"token":"t","tokenId":[]})", kBadPair}}),
      Email("confirm/send", {{"{}", kNoEmail}, {R"({"email":[]})", kBadEmail}}),
      Email("confirm/call", {{"{}", kNoEmail}, {R"({"email":{}})", kBadEmail}}),
      Email("reset", {{"{}", kNoToken},
                      {R"({"token":"t"})", kNoId},
                      {R"({"token":"t","tokenId":1})", kBadPair},
                      {R"({"token":"t","tokenId":"650000000000000000000001"})",
                       kNoPassword}}),
      Email("reset/send", {{"{}", kNoEmail}, {R"({"email":1})", kBadEmail}}),
      Email("reset/call",
            {{"{}", kNoEmail},
             {R"({"email":"x@b.example"})", kNoPassword},
             {R"({"email":"x@b.example","password":"123456","arguments":1})",
              "400 InvalidParameter: 'arguments' must be an array"}}),
      {"GET", absl::StrCat(kAuthPath, "profile"), Token::kAccess},
      {"DELETE", absl::StrCat(kAuthPath, "delete"), Token::kAccess},
      {"POST", absl::StrCat(kAuthPath, "session"), Token::kRefresh},
      {"DELETE", absl::StrCat(kAuthPath, "session"), Token::kRefresh},
      {"POST",
       keys,
       Token::kRefresh,
       /*reads_body=*/true,
       {{"{}", kNoName},
        {R"({"name":1})", kNoName},
        {R"({"name":""})", kNoName},
        {R"({"name":"a b"})",
         "400 InvalidParameter: can only contain ASCII letters, numbers, "
         "underscores, and hyphens"}}},
      {"GET", keys, Token::kRefresh},
      {"GET", key, Token::kRefresh},
      {"DELETE", key, Token::kRefresh},
      {"PUT", key + "/enable", Token::kRefresh},
      {"PUT", key + "/disable", Token::kRefresh},
      {"POST", absl::StrCat(kAppPath, "functions/call"), Token::kAccess},
      {"POST", absl::StrCat(kAuthPath, "verify"), Token::kAccess},
      {"POST", absl::StrCat(kAppPath, "auth/verify"), Token::kAccess},
      {"GET", absl::StrCat(kAuthPath, "callback")},
      {"POST", absl::StrCat(kAuthPath, "callback")},
  };
}

TEST_F(AppServicesTest, EveryEndpointRefusesOtherMethodsAndUnknownApps) {
  std::map<std::string, std::set<std::string>> methods;
  for (const Endpoint& endpoint : Endpoints()) {
    methods[endpoint.path].insert(endpoint.method);
    std::string path = endpoint.path;
    const size_t app = path.find("myapp-abcde");
    if (app == std::string::npos) continue;
    path.replace(app, std::string("myapp").size(), "nobody");
    EXPECT_EQ(Told(world_.Send(endpoint.method, path)),
              "404 : cannot find app using Client App ID 'nobody-abcde'");
  }
  for (const auto& [path, known] : methods) {
    // The names of the table stand for every provider there is.
    if (absl::EndsWith(path, "/login")) continue;
    const HttpReply reply = world_.Send("PATCH", path);
    EXPECT_THAT(Told(reply), ::testing::StartsWith("405 : use ")) << path;
    std::set<std::string> allowed;
    for (const auto& [name, value] : reply.headers) {
      if (name != "Allow") continue;
      for (const absl::string_view one : absl::StrSplit(value, ", ")) {
        allowed.emplace(one);
      }
    }
    EXPECT_EQ(allowed, known) << path;
  }
  EXPECT_EQ(
      Told(world_.Send(
          "PUT", absl::StrCat(kAppPath, "auth/providers/anon-user/login"))),
      "405 : use POST, GET");
}

TEST_F(AppServicesTest, EveryEndpointTellsBadBodies) {
  const auto user = world_.Email("a@b.example");
  const size_t before = world_.rpc.base.audit.events().size();
  for (const Endpoint& endpoint : Endpoints()) {
    const std::string bearer =
        endpoint.token == Token::kRefresh ? user.refresh : "";
    for (const auto& [body, told] : endpoint.refused) {
      EXPECT_EQ(Told(world_.Send(endpoint.method, endpoint.path, body, bearer)),
                told)
          << endpoint.path << " " << body;
    }
    HttpRequest head;
    head.method = endpoint.method;
    head.path = endpoint.path;
    EXPECT_EQ(Told(world_.api.TooLarge(head, 413)),
              "413 BadRequest: request is too large");
    if (!endpoint.reads_body) continue;
    for (const char* body : {"{", "[]", "null", "\"text\"", R"({"a":1,"a":2})",
                             "{}x", "{\"a\":\"\xff\"}"}) {
      EXPECT_EQ(Told(world_.Send(endpoint.method, endpoint.path, body, bearer)),
                "400 BadRequest: the body must be a JSON object")
          << endpoint.path << " " << body;
    }
  }
  // Nothing was written: no event but of failures, no user, no address.
  const auto events = world_.rpc.base.audit.events();
  for (size_t i = before; i < events.size(); ++i) {
    EXPECT_TRUE(absl::EndsWith(events[i].action, "_failed"))
        << events[i].action;
  }
  const auto users = world_.rpc.base.store->users()->List(
      AppId("myapp-abcde"), UserFilter(), UserId(), 10);
  ASSERT_TRUE(users.ok());
  EXPECT_EQ(users->size(), 1u);
  EXPECT_EQ(Told(world_.Register("x@b.example")), "201 {}");
  EXPECT_EQ(Told(world_.Send("GET", absl::StrCat(kAuthPath, "api_keys"), "",
                             user.refresh)),
            "200 []");
}

TEST_F(AppServicesTest, EveryEndpointWithATokenRefusesOthers) {
  const auto user = world_.Email("a@b.example");
  for (const Endpoint& endpoint : Endpoints()) {
    if (endpoint.token == Token::kNone) continue;
    const bool refresh = endpoint.token == Token::kRefresh;
    const auto told = [&](const std::string& bearer) {
      return Told(world_.Send(endpoint.method, endpoint.path, "", bearer));
    };
    EXPECT_EQ(told(""), "401 : must authenticate first") << endpoint.path;
    EXPECT_EQ(told("a.b.c"),
              refresh ? "401 InvalidSession: invalid session: failed to find "
                        "refresh token"
                      : "401 InvalidSession: signature is invalid")
        << endpoint.path;
    EXPECT_EQ(told(refresh ? user.access : user.refresh),
              absl::StrCat("401 InvalidSession: invalid ",
                           refresh ? "refresh" : "access",
                           " token: incorrect token type"))
        << endpoint.path;
  }
  // Nobody was logged out or deleted by that.
  EXPECT_EQ(
      world_.Send("POST", absl::StrCat(kAuthPath, "session"), "", user.refresh)
          .status,
      201);
}

TEST_F(AppServicesTest, BodiesAndHeadsOverTheLimitGetJson) {
  HttpRequest head;
  head.method = "POST";
  head.path = absl::StrCat(kAppPath, "auth/providers/anon-user/login");
  head.headers = {{"origin", "https://a.example"}};
  EXPECT_EQ(Told(world_.api.TooLarge(head, 413)),
            "413 BadRequest: request is too large");
  const HttpReply reply = world_.api.TooLarge(head, 431);
  EXPECT_EQ(Told(reply), "431 BadRequest: request is too large");
  EXPECT_THAT(reply.headers, Not(Contains(Key("Access-Control-Allow-Origin"))));
  // Pages of the app's origins may read why.
  AppServicesSettings settings;
  settings.allowed_origins = {"https://a.example"};
  world_.Use(settings);
  const auto allowed = [&](const std::string& path) {
    head.path = path;
    for (const auto& [name, value] : world_.api.TooLarge(head, 413).headers) {
      if (name == "Access-Control-Allow-Origin") return value;
    }
    return std::string("none");
  };
  EXPECT_EQ(allowed(head.path), "https://a.example");
  EXPECT_EQ(allowed(absl::StrCat(kAuthPath, "session")), "https://a.example");
  EXPECT_EQ(allowed("/api/client/v2.0/app/other-abcde/location"), "none");
  EXPECT_EQ(allowed("/api/client/v2.0/app/nobody/location"),
            "https://a.example");
}

TEST_F(AppServicesTest, ErrorsCarryTheRequestId) {
  const HttpReply reply =
      world_.Send("GET", absl::StrCat(kAuthPath, "profile"));
  std::string id;
  for (const auto& [name, value] : reply.headers) {
    if (name == "X-Appservices-Request-Id") id = value;
  }
  EXPECT_EQ(id.size(), 24u);
  EXPECT_THAT(TextIn(BodyOf(reply), "link"),
              AllOf(::testing::StartsWith("https://login.example/groups/"),
                    ::testing::EndsWith("/logs?co_id=" + id)));
  EXPECT_THAT(reply.headers, Contains(Pair("Cache-Control", "no-store")));
}

TEST_F(AppServicesTest, PagesNeedAnOrigin) {
  const std::string login = absl::StrCat(kAppPath, "auth/providers/x/login");
  EXPECT_THAT(FromPage("OPTIONS", login, "https://a.example").headers,
              Not(Contains(Key("Access-Control-Allow-Origin"))));
  AppServicesSettings settings;
  settings.allowed_origins = {"https://a.example"};
  world_.Use(settings);
  const HttpReply preflight = FromPage("OPTIONS", login, "https://a.example");
  EXPECT_EQ(Told(preflight), "204");
  EXPECT_THAT(preflight.headers, Contains(Pair("Access-Control-Allow-Origin",
                                               "https://a.example")));
  EXPECT_THAT(preflight.headers,
              Contains(Pair("Access-Control-Allow-Methods", "POST, GET")));
  EXPECT_THAT(preflight.headers,
              Contains(Pair("Access-Control-Allow-Headers",
                            "Authorization, Content-Type, Accept")));
  EXPECT_THAT(FromPage("OPTIONS", login, "https://b.example").headers,
              Not(Contains(Key("Access-Control-Allow-Origin"))));
  // Errors can be read, too, and paths without an app belong to all apps.
  const HttpReply error =
      FromPage("GET", absl::StrCat(kAuthPath, "profile"), "https://a.example");
  EXPECT_THAT(error.headers, Contains(Pair("Access-Control-Allow-Origin",
                                           "https://a.example")));
  EXPECT_THAT(error.headers, Contains(Pair("Vary", "Origin")));
  EXPECT_THAT(FromPage("GET", "/api/client/v2.0/app/other-abcde/location",
                       "https://a.example")
                  .headers,
              Not(Contains(Key("Access-Control-Allow-Origin"))));
}

TEST_F(AppServicesTest, StarMeansEveryPage) {
  AppServicesSettings settings;
  settings.allowed_origins = {"*"};
  world_.Use(settings);
  EXPECT_THAT(
      FromPage("GET", absl::StrCat(kAppPath, "location"), "https://any.example")
          .headers,
      Contains(Pair("Access-Control-Allow-Origin", "*")));
}

TEST_F(AppServicesTest, FunctionsAreNotFoundByThoseWhoMayAsk) {
  const std::string path = absl::StrCat(kAppPath, "functions/call");
  const std::string body = R"({"name":"sum","arguments":[1]})";
  EXPECT_EQ(Told(world_.Send("POST", path, body)),
            "401 : must authenticate first");
  EXPECT_EQ(Told(world_.Send("POST", path, body, world_.Anonymous().access)),
            "404 FunctionNotFound: function not found");
}

TEST_F(AppServicesTest, VerifiesForOtherServices) {
  const auto session = world_.Anonymous();
  for (const std::string& path : {absl::StrCat(kAuthPath, "verify"),
                                  absl::StrCat(kAppPath, "auth/verify")}) {
    const json::Value good =
        BodyOf(world_.Send("POST", path, "", session.access));
    EXPECT_EQ(TextIn(good, "user_id"), session.user);
    EXPECT_EQ(TextIn(good, "app_id"), "myapp-abcde");
    EXPECT_EQ(TextIn(good, "provider"), "anonymous");
    EXPECT_EQ(Told(world_.Send("POST", path, "", "a.b.c")),
              "401 InvalidSession: signature is invalid");
    EXPECT_EQ(Told(world_.Send("POST", path)), "401 : must authenticate first");
  }
  EXPECT_EQ(
      Told(world_.Send("POST", "/api/client/v2.0/app/other-abcde/auth/verify",
                       "", session.access)),
      "400 UserAppDomainMismatch: the user belongs to another app");
}

TEST_F(AppServicesTest, VerifiesForeignTokensByHeader) {
  HttpRequest request;
  request.method = "POST";
  request.path = absl::StrCat(kAppPath, "auth/verify");
  request.headers = {{"jwttokenstring", world_.rpc.ForeignToken("ann")}};
  const json::Value good = BodyOf(world_.Send(request));
  EXPECT_EQ(TextIn(good, "subject"), "ann");
  EXPECT_EQ(TextIn(good, "provider"), "custom_jwt");
  request.headers = {{"jwttokenstring", "a.b.c"}};
  EXPECT_EQ(Told(world_.Send(request)), "401 AuthError: unauthorized");
  request.headers = {{"apikey", "lk_nothing"}};
  EXPECT_EQ(Told(world_.Send(request)), "401 AuthError: unauthorized");
  // A bearer decides alone.
  request.headers = {{"jwttokenstring", world_.rpc.ForeignToken("ann")},
                     {"authorization", "Bearer a.b.c"}};
  EXPECT_EQ(Told(world_.Send(request)),
            "401 InvalidSession: signature is invalid");
  // And where there is no app, nobody knows whose token it is.
  request.path = absl::StrCat(kAuthPath, "verify");
  request.headers = {{"jwttokenstring", world_.rpc.ForeignToken("ann")}};
  EXPECT_EQ(Told(world_.Send(request)), "401 : must authenticate first");
}

TEST(EjsonTest, NumbersBecomeNumbers) {
  const auto relaxed = [](const char* text) {
    return json::Write(RelaxEjson(*json::Parse(text)));
  };
  EXPECT_EQ(relaxed(R"({"a":{"$numberInt":"5"},"b":[{"$numberLong":"-7"}]})"),
            R"({"a":5,"b":[-7]})");
  EXPECT_EQ(relaxed(R"({"$numberDouble":"1.5"})"), "1.5");
  for (const char* same :
       {R"({"$numberDouble":"NaN"})", R"({"$numberInt":"x"})",
        R"({"$numberLong":"9007199254740993"})", R"({"$numberInt":5})",
        R"({"$oid":"650000000000000000000000"})", R"({"$numberInt":"5","b":1})",
        R"("text")", "null", "{}"}) {
    EXPECT_EQ(relaxed(same), same);
  }
}

TEST(EjsonTest, ObjectIds) {
  const auto id = [](const char* text) {
    return ObjectIdText(*json::Parse(text));
  };
  EXPECT_EQ(id(R"({"$oid":"650000000000000000000000"})"),
            "650000000000000000000000");
  EXPECT_EQ(id(R"("650000000000000000000000")"), "650000000000000000000000");
  for (const char* none : {"1", "null", R"("65")", R"({"$oid":1})", "[]"}) {
    EXPECT_THAT(id(none), IsEmpty());
  }
}

}  // namespace
}  // namespace latchkey
