// Paths, bodies, CORS and what belongs to no user (app-services.md §2.1-2.3,
// §2.11, §2.12).
#include "server/app_services/app_services.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
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
  // The redirect flow of OAuth is not served.
  EXPECT_EQ(
      Told(world_.Send(
          "GET", absl::StrCat(kAppPath, "auth/providers/oauth2-google/login"))),
      "405 : use POST");
}

TEST_F(AppServicesTest, EveryEndpointRefusesWhatIsNoObject) {
  const std::string login = absl::StrCat(kAppPath, "auth/providers/");
  for (const std::string& path :
       {login + "anon-user/login", login + "local-userpass/login",
        login + "custom-function/login", absl::StrCat(kEmailPath, "register"),
        absl::StrCat(kEmailPath, "confirm"),
        absl::StrCat(kEmailPath, "confirm/send"),
        absl::StrCat(kEmailPath, "confirm/call"),
        absl::StrCat(kEmailPath, "reset/send"),
        absl::StrCat(kEmailPath, "reset/call"),
        absl::StrCat(kEmailPath, "reset"),
        absl::StrCat(kAuthPath, "api_keys")}) {
    for (const char* body : {"{", "[]", "null", "\"text\"", R"({"a":1,"a":2})",
                             "{}x", "{\"a\":\"\xff\"}"}) {
      EXPECT_EQ(Told(world_.Send("POST", path, body)),
                "400 BadRequest: the body must be a JSON object")
          << path << " " << body;
    }
  }
}

TEST_F(AppServicesTest, BodiesAndHeadsOverTheLimitGetJson) {
  EXPECT_EQ(Told(world_.api.TooLarge("/api/client/v2.0/auth/session", 413)),
            "413 BadRequest: request is too large");
  EXPECT_EQ(Told(world_.api.TooLarge("/api/client/v2.0/auth/session", 431)),
            "431 BadRequest: request is too large");
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
              Contains(Pair("Access-Control-Allow-Methods", "POST")));
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
