// Logins and links in a browser (app-services.md §2.4).
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/reason.h"
#include "core/base/secret.h"
#include "core/jwks/http_fetcher.h"
#include "core/policy/rate_limiter.h"
#include "core/provider/provider.h"
#include "core/provider/provider_settings.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/app_services/app_services_test_world.h"
#include "server/app_services/form_params.h"
#include "server/app_services/redirect_flow.h"

namespace latchkey {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

constexpr char kPage[] = "https://shop.example/login?step=2";
constexpr char kOrigin[] = "https://shop.example";
constexpr char kCallback[] =
    "https://login.example/api/client/v2.0/auth/callback";
constexpr char kCallbackPath[] = "/api/client/v2.0/auth/callback";
constexpr char kWebState[] = "abcdefghijkl";
constexpr char kGoogle[] = "web.apps.googleusercontent.com";
constexpr char kGoogleKeys[] = "https://www.googleapis.com/oauth2/v3/certs";
constexpr char kApple[] = "org.example.web";
constexpr char kAppleKeys[] = "https://appleid.apple.com/auth/keys";
constexpr char kFacebook[] = "1234567890";
constexpr char kOtherBrowser[] =
    "400 BadRequest: this browser has begun no such login";
// Nobody else has it.
constexpr char kAppleKey[] = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgj3R6zEQ5RHz00EEf
zqWSSNk9ep2YFYa1z2usWzDs6NGhRANCAATsUD/R46Y7YrhCRyim5HG1Oc6gSeC1
8AapkehgLP9ZicuWCheelJhkGxslZU/FErmGp55dDP372FGbskgF5vk3
-----END PRIVATE KEY-----
)";

std::string HeaderOf(const HttpReply& reply, const std::string& name) {
  for (const auto& [one, value] : reply.headers) {
    if (one == name) return value;
  }
  return "";
}

// The parameters behind `mark` of a URL.
FormParams ParamsOf(const std::string& url, char mark) {
  const std::vector<std::string> parts =
      absl::StrSplit(url, absl::MaxSplits(mark, 1));
  EXPECT_EQ(parts.size(), 2u) << url;
  auto params = FormParams::Parse(parts.back());
  EXPECT_TRUE(params.has_value()) << url;
  return params.value_or(FormParams());
}

// The services elsewhere: what they are asked for, and what they answer.
class Elsewhere final : public HttpFetcher {
 public:
  absl::StatusOr<HttpResponse> Fetch(const std::string& url,
                                     const FetchOptions& options) override {
    const std::vector<std::string> parts = absl::StrSplit(url, '?');
    if (options.post_body != nullptr) {
      form = FormParams::Parse(*options.post_body).value_or(FormParams());
    }
    const auto found = answers.find(parts[0]);
    if (found == answers.end()) return HttpResponse{500, {}, ""};
    return found->second;
  }

  std::map<std::string, HttpResponse> answers;
  FormParams form;  // of the last POST
};

class OauthEndpointsTest : public ::testing::Test {
 protected:
  explicit OauthEndpointsTest(RateLimiter::Options lookups = {0})
      : world_({}, lookups),
        google_("https://accounts.google.com", Algorithm::kRs256),
        apple_("https://appleid.apple.com", Algorithm::kRs256) {
    settings_.redirect_uris = {kPage};
    settings_.allowed_origins = {kOrigin};
    world_.rpc.fetcher.Serve(kGoogleKeys, google_.Jwks());
    world_.rpc.fetcher.Serve(kAppleKeys, apple_.Jwks());
    Use();
  }

  template <typename Arm>
  static ProviderSettings Provide(const char* name, Arm arm) {
    ProviderSettings provider;
    provider.name = ProviderName(name);
    provider.arm = std::move(arm);
    return provider;
  }

  void Use() {
    GoogleSettings google;
    google.social.client_ids = {kGoogle};
    google.social.redirect_uris = google_redirects_;
    google.social.metadata = {{"name", "", false}, {"email", "", false}};
    google.client_secret = Secret("GOCSPX-x");
    AppleSettings apple;
    apple.social.client_ids = {kApple};
    apple.social.redirect_uris = {kCallback};
    apple.social.metadata = {{"first_name", "", false}};
    apple.team_id = "TEAM123456";
    apple.key_id = "KEY9876543";
    apple.private_key = Secret(kAppleKey);
    FacebookSettings facebook;
    facebook.social.client_ids = {kFacebook};
    facebook.app_secret = Secret("secret");
    AppSettings app;
    app.id = AppId("myapp-abcde");
    app.app_services = settings_;
    app.providers.push_back(Provide("anonymous", AnonymousSettings()));
    app.providers.push_back(Provide("google", std::move(google)));
    app.providers.push_back(Provide("apple", std::move(apple)));
    app.providers.push_back(Provide("facebook", std::move(facebook)));
    ProviderDeps deps;
    deps.clock = &world_.rpc.base.clock;
    deps.random = &world_.rpc.base.random;
    deps.jwks = &world_.rpc.jwks;
    deps.store = world_.rpc.base.store.get();
    deps.http = &elsewhere_;
    std::vector<AppSettings> apps;
    apps.push_back(std::move(app));
    const auto built = BuildAppTable(apps, deps);
    ASSERT_THAT(built, IsOk());
    world_.rpc.apps.Set(*built);
  }

  // A browser asks, with the cookie it has, and keeps the one it gets.
  HttpReply Go(HttpRequest request) {
    if (!cookie_.empty()) {
      request.headers.emplace_back("cookie", "a=b; " + cookie_ + "; c");
    }
    request.peer = "127.0.0.1:5";
    HttpReply reply = world_.Send(std::move(request));
    const std::string set = HeaderOf(reply, "Set-Cookie");
    if (!set.empty()) cookie_ = set.substr(0, set.find(';'));
    EXPECT_EQ(HeaderOf(reply, "Cache-Control"), "no-store");
    EXPECT_EQ(HeaderOf(reply, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(HeaderOf(reply, "Content-Security-Policy"),
              "default-src 'none'; frame-ancestors 'none'");
    return reply;
  }
  HttpReply Get(const std::string& path, const std::string& query) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.query = query;
    return Go(std::move(request));
  }
  static std::string LoginPath(const std::string& provider) {
    return absl::StrCat(kAppPath, "auth/providers/", provider, "/login");
  }
  static std::string Query(const std::string& state = kWebState) {
    return absl::StrCat(
        "redirect=https%3A%2F%2Fshop.example%2Flogin%3Fstep%3D2",
        "&state=", state);
  }
  HttpReply Begin(const std::string& provider = "oauth2-google",
                  const std::string& state = kWebState) {
    return Get(LoginPath(provider), Query(state));
  }
  // Where the provider is, and what it is told.
  FormParams Away(const HttpReply& reply) {
    EXPECT_EQ(reply.status, 302) << reply.body;
    return ParamsOf(HeaderOf(reply, "Location"), '?');
  }
  HttpReply Back(absl::string_view state,
                 const std::string& rest = "&code=the-code") {
    return Get(kCallbackPath, absl::StrCat("state=", state, rest));
  }
  // What the page is told; expects that it is the page.
  FormParams Page(const HttpReply& reply, int status = 302) {
    EXPECT_EQ(reply.status, status) << reply.body;
    EXPECT_EQ(reply.content_type, "");
    const std::string url = HeaderOf(reply, "Location");
    EXPECT_THAT(url, StartsWith(absl::StrCat(kPage, "#")));
    return ParamsOf(url, '#');
  }
  static AppServicesTestWorld::Session SessionIn(absl::string_view ua) {
    const std::vector<std::string> parts = absl::StrSplit(ua, '$');
    EXPECT_EQ(parts.size(), 4u) << ua;
    if (parts.size() != 4) return {};
    return {parts[0], parts[1], parts[2], parts[3]};
  }

  // What Google gives for the next code.
  void GoogleGives(const std::string& subject, absl::string_view nonce) {
    json::Value claims =
        google_.Claims(subject, kGoogle, world_.rpc.base.clock.TimeNow());
    claims.Set("nonce", std::string(nonce));
    claims.Set("name", "Ann Example");
    Answer("https://oauth2.googleapis.com/token",
           absl::StrCat(R"({"id_token":")", google_.Token(claims), R"("})"));
  }
  void Answer(const std::string& url, std::string body, int status = 200) {
    elsewhere_.answers[url] = HttpResponse{
        status, {{"content-type", "application/json"}}, std::move(body)};
  }
  // A whole login by way of Google.
  AppServicesTestWorld::Session LogInAs(const std::string& subject) {
    const FormParams away = Away(Begin());
    GoogleGives(subject, away.Get("nonce"));
    return SessionIn(Page(Back(away.Get("state"))).Get("_baas_ua"));
  }
  HttpReply BeginLink(const std::string& access) {
    HttpRequest request;
    request.method = "GET";
    request.path = LoginPath("oauth2-google");
    request.query =
        absl::StrCat("link=true&providerRedirectHeader=true&", Query());
    request.headers = {{"authorization", "Bearer " + access},
                       {"origin", kOrigin}};
    return Go(std::move(request));
  }
  std::string IdentitiesOf(const std::string& access) {
    const json::Value profile = BodyOf(
        world_.Send("GET", absl::StrCat(kAuthPath, "profile"), "", access));
    std::string order;
    for (const json::Value& one : *profile.Find("identities")->as_array()) {
      absl::StrAppend(&order, TextIn(one, "provider_type"), " ");
    }
    return order;
  }

  AppServicesTestWorld world_;
  AppServicesSettings settings_;
  std::vector<std::string> google_redirects_ = {"", kCallback};
  Elsewhere elsewhere_;
  const TestIssuer google_;
  const TestIssuer apple_;
  std::string cookie_;
};

TEST_F(OauthEndpointsTest, ByWayOfGoogle) {
  const HttpReply begun = Get(
      LoginPath("oauth2-google"),
      absl::StrCat(Query(),
                   "&device=", absl::Base64Escape(R"({"platform":"chrome"})")));
  EXPECT_THAT(HeaderOf(begun, "Location"),
              StartsWith("https://accounts.google.com/o/oauth2/v2/auth?"));
  EXPECT_THAT(HeaderOf(begun, "Set-Cookie"),
              MatchesRegex("__Host-latchkey-login=[A-Za-z0-9_-]{43}; Path=/; "
                           "HttpOnly; Max-Age=600; Secure; SameSite=None"));
  const FormParams away = Away(begun);
  EXPECT_EQ(away.Get("response_type"), "code");
  EXPECT_EQ(away.Get("client_id"), kGoogle);
  EXPECT_EQ(away.Get("redirect_uri"), kCallback);
  EXPECT_EQ(away.Get("scope"), "openid profile email");
  EXPECT_EQ(away.Get("code_challenge_method"), "S256");
  EXPECT_FALSE(away.Has("response_mode"));
  GoogleGives("ann", away.Get("nonce"));
  const FormParams page = Page(Back(away.Get("state")));
  // The code was exchanged with the verifier, which nobody has seen.
  const FormParams& form = elsewhere_.form;
  EXPECT_EQ(form.Get("code"), "the-code");
  EXPECT_EQ(form.Get("redirect_uri"), kCallback);
  EXPECT_EQ(ChallengeOf(Secret(form.Get("code_verifier"))),
            away.Get("code_challenge"));
  EXPECT_FALSE(absl::StrContains(cookie_, form.Get("code_verifier")));
  EXPECT_EQ(page.Get("_baas_client_app_id"), "myapp-abcde");
  EXPECT_EQ(page.Get("_baas_state"), kWebState);
  EXPECT_FALSE(page.Has("_baas_link"));
  EXPECT_FALSE(page.Has("_stitch_ua"));  // realm-web reads none of it
  const auto session = SessionIn(page.Get("_baas_ua"));
  EXPECT_THAT(session.device, Not("000000000000000000000000"));
  EXPECT_EQ(IdentitiesOf(session.access), "oauth2-google ");
  EXPECT_EQ(
      world_
          .Send("POST", absl::StrCat(kAuthPath, "session"), "", session.refresh)
          .status,
      201);
  EXPECT_EQ(LogInAs("ann").user, session.user);
  EXPECT_NE(LogInAs("bob").user, session.user);
}

TEST_F(OauthEndpointsTest, StitchFindsItsOwnNames) {
  const std::string state(64, 'Q');
  const FormParams away = Away(Begin("oauth2-google", state));
  GoogleGives("ann", away.Get("nonce"));
  const FormParams page = Page(Back(away.Get("state")));
  for (const char* name : {"client_app_id", "state", "ua"}) {
    const auto baas = page.Get(absl::StrCat("_baas_", name));
    EXPECT_NE(baas, "") << name;
    EXPECT_EQ(page.Get(absl::StrCat("_stitch_", name)), baas);
  }
  EXPECT_EQ(page.Get("_stitch_state"), state);
}

TEST_F(OauthEndpointsTest, AppleAnswersByPost) {
  const FormParams away = Away(Begin("oauth2-apple"));
  EXPECT_EQ(away.Get("response_mode"), "form_post");
  EXPECT_EQ(away.Get("scope"), "name");
  EXPECT_FALSE(away.Has("code_challenge"));
  json::Value claims =
      apple_.Claims("001.ann", kApple, world_.rpc.base.clock.TimeNow());
  claims.Set("nonce", std::string(away.Get("nonce")));
  Answer("https://appleid.apple.com/auth/token",
         absl::StrCat(R"({"id_token":")", apple_.Token(claims), R"("})"));
  HttpRequest post;
  post.method = "POST";
  post.path = kCallbackPath;
  post.headers = {{"content-type", "application/x-www-form-urlencoded"},
                  {"origin", "https://appleid.apple.com"}};
  post.body = absl::StrCat(
      "state=", away.Get("state"),
      "&code=c1&user=%7B%22name%22%3A%7B%22firstName%22%3A%22Ann%22%7D%7D");
  const auto session =
      SessionIn(Page(Go(std::move(post)), 303).Get("_baas_ua"));
  const json::Value profile = BodyOf(world_.Send(
      "GET", absl::StrCat(kAuthPath, "profile"), "", session.access));
  EXPECT_EQ(TextIn(*profile.Find("data"), "first_name"), "Ann");
}

TEST_F(OauthEndpointsTest, ByWayOfFacebook) {
  const FormParams away = Away(Begin("oauth2-facebook"));
  EXPECT_EQ(away.Get("client_id"), kFacebook);
  EXPECT_EQ(away.Get("scope"), "public_profile");
  EXPECT_FALSE(away.Has("nonce"));
  const std::string graph = "https://graph.facebook.com/";
  Answer(graph + "oauth/access_token", R"({"access_token":"EAA"})");
  Answer(graph + "debug_token",
         R"({"data":{"app_id":"1234567890","type":"USER","is_valid":true,)"
         R"("expires_at":0,"user_id":"77"}})");
  Answer(graph + "me", R"({"id":"77"})");
  const auto session = SessionIn(Page(Back(away.Get("state"))).Get("_baas_ua"));
  EXPECT_EQ(elsewhere_.form.Get("redirect_uri"), kCallback);
  EXPECT_EQ(elsewhere_.form.Get("code"), "the-code");
  EXPECT_EQ(IdentitiesOf(session.access), "oauth2-facebook ");
  // A code that is used up; our own app refused; no verdict.
  const auto failing = [&](int code) {
    Answer(graph + "oauth/access_token",
           absl::StrCat(R"({"error":{"code":)", code, "}}"), 400);
    return std::string(Page(Back(Away(Begin("oauth2-facebook")).Get("state")))
                           .Get("_baas_error"));
  };
  EXPECT_EQ(failing(100), "unauthorized");
  EXPECT_EQ(failing(101), "unauthorized");
  EXPECT_EQ(failing(2), "error processing request");
}

TEST_F(OauthEndpointsTest, AStateCountsOnceAndInItsBrowserOnly) {
  const FormParams away = Away(Begin());
  const std::string state(away.Get("state"));
  GoogleGives("ann", away.Get("nonce"));
  const std::string mine = cookie_;
  const auto with = [&](const std::string& cookie, const std::string& shown) {
    cookie_ = cookie;
    return Told(Back(shown));
  };
  EXPECT_EQ(with("", state), kOtherBrowser);
  Begin();  // in this one
  EXPECT_EQ(with("__Host-latchkey-login=" + std::string(43, 'A'), state),
            kOtherBrowser);
  EXPECT_EQ(with("__Host-latchkey-login=short", state), kOtherBrowser);
  // One that any other host of the domain could have set.
  EXPECT_EQ(with(mine.substr(std::string("__Host-").size()), state),
            kOtherBrowser);
  for (size_t i = 0; i < state.size(); i += 7) {
    std::string other = state;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(with(mine, other), kOtherBrowser) << i;
  }
  for (const std::string& other :
       {std::string(), std::string("."), state.substr(0, state.find('.')),
        state + "A", std::string(9000, 'A')}) {
    EXPECT_EQ(with(mine, other), kOtherBrowser);
  }
  // None of that used it up.
  cookie_ = mine;
  EXPECT_TRUE(Page(Back(state)).Has("_baas_ua"));
  EXPECT_EQ(Told(Back(state)),
            "400 BadRequest: this login has come back already");
  // Two at once in one browser do not disturb each other.
  const FormParams first = Away(Begin());
  const FormParams second = Away(Begin());
  EXPECT_EQ(cookie_, mine);
  GoogleGives("ann", first.Get("nonce"));
  EXPECT_TRUE(Page(Back(first.Get("state"))).Has("_baas_ua"));
  // Nor is the code of one good for the other.
  EXPECT_EQ(Page(Back(second.Get("state"))).Get("_baas_error"), "unauthorized");
}

TEST_F(OauthEndpointsTest, AStateLivesTenMinutes) {
  const std::string state(Away(Begin()).Get("state"));
  world_.rpc.base.clock.AdvanceTime(absl::Minutes(10));
  EXPECT_EQ(Told(Back(state)), "400 BadRequest: the login took too long");
}

TEST_F(OauthEndpointsTest, OnlyListedPagesAreEndedOn) {
  for (const char* redirect :
       {"", "https%3A%2F%2Fshop.example%2Flogin",
        "https%3A%2F%2Fshop.example%2Flogin%3Fstep%3D2%26x%3D1",
        "https%3A%2F%2Fshop.example%2Flogin%3Fstep%3D2%23",
        "https%3A%2F%2FSHOP.example%2Flogin%3Fstep%3D2",
        "https%3A%2F%2Fshop.example%2Flogin%3Fstep%3D2%0d%0aX%3A1",
        "https%3A%2F%2Fshop.example%40evil.example%2Flogin%3Fstep%3D2",
        "%2F%2Fevil.example", "javascript%3Aalert(1)"}) {
    const HttpReply reply =
        Get(LoginPath("oauth2-google"),
            absl::StrCat("state=", kWebState, "&redirect=", redirect));
    EXPECT_EQ(Told(reply),
              "400 BadRequest: 'redirect' is none of the app's redirect URIs");
    EXPECT_THAT(reply.headers, Not(Contains(Key("Location"))));
    EXPECT_THAT(reply.headers, Not(Contains(Key("Set-Cookie"))));
  }
  // One that is taken off the list while the person is away.
  const std::string state(Away(Begin()).Get("state"));
  settings_.redirect_uris = {"https://shop.example/other"};
  Use();
  const HttpReply reply = Back(state);
  EXPECT_EQ(Told(reply), "400 BadRequest: the app has no such login any more");
  EXPECT_THAT(reply.headers, Not(Contains(Key("Location"))));
}

TEST_F(OauthEndpointsTest, MalformedParameters) {
  const auto told = [&](const std::string& query) {
    return Told(Get(LoginPath("oauth2-google"), query));
  };
  const std::string page = Query("");
  EXPECT_EQ(told(page),
            "400 BadRequest: 'state' must be 1 to 128 letters and "
            "digits");
  for (const std::string& state :
       {std::string(129, 'a'), std::string("a%0d%0ab"), std::string("a%3Cb"),
        std::string("a%26_baas_ua%3Dx")}) {
    EXPECT_THAT(told(Query(state)), HasSubstr("400 BadRequest: 'state' must"));
  }
  for (const char* device : {"%7B%7D", "W10", "e30x", "bnVsbA%3D%3D"}) {
    EXPECT_EQ(told(absl::StrCat(Query(), "&device=", device)),
              "400 BadRequest: 'device' must be a JSON object in base64")
        << device;
  }
  for (const std::string& query :
       {Query() + "&state=other", Query() + "&x=%", Query() + "&x=%4"}) {
    EXPECT_EQ(told(query), "400 BadRequest: the query is malformed") << query;
  }
  const std::string state(Away(Begin()).Get("state"));
  EXPECT_EQ(Told(Back(state, "&code=a&code=b")),
            "400 BadRequest: the parameters are malformed");
  EXPECT_EQ(Told(world_.Send("PUT", kCallbackPath)), "405 : use GET, POST");
}

TEST_F(OauthEndpointsTest, OtherProvidersHaveNoSuchFlow) {
  const HttpReply reply = Begin("anon-user");
  EXPECT_EQ(Told(reply), "405 : use POST");
  EXPECT_THAT(reply.headers, Contains(Pair("Allow", "POST")));
  const char none[] =
      "404 AuthProviderNotFound: no logins by redirect with this provider";
  // Its codes may not come to us.
  google_redirects_ = {""};
  Use();
  EXPECT_EQ(Told(Begin()), none);
  google_redirects_ = {kCallback};
  settings_.redirect_uris.clear();
  Use();
  EXPECT_EQ(Told(Begin()), none);
}

// Whatever fails after the person came back, the page learns of it.
TEST_F(OauthEndpointsTest, FailuresGoToThePage) {
  const auto error = [&](const std::string& rest) {
    const FormParams away = Away(Begin());
    GoogleGives("ann", "another nonce");
    const FormParams page = Page(Back(away.Get("state"), rest));
    EXPECT_FALSE(page.Has("_baas_ua"));
    EXPECT_EQ(page.Get("_baas_state"), kWebState);
    return std::string(page.Get("_baas_error"));
  };
  EXPECT_EQ(error("&error=access_denied"),
            "the OAuth2 provider says: access_denied");
  EXPECT_EQ(error("&error=%3Cscript%3E&code=x"),
            "the OAuth2 provider says: unknown");
  EXPECT_EQ(error("&error=" + std::string(65, 'a')),
            "the OAuth2 provider says: unknown");
  EXPECT_EQ(error(""), "no code came from the OAuth2 provider");
  EXPECT_EQ(error("&code=" + std::string(2049, 'a')),
            "no code came from the OAuth2 provider");
  EXPECT_EQ(error("&code=x"), "unauthorized");  // the nonce
  const FormParams away = Away(Begin());
  Answer("https://oauth2.googleapis.com/token", R"({"error":"invalid_grant"})",
         400);
  EXPECT_EQ(Page(Back(away.Get("state"))).Get("_baas_error"), "unauthorized");
  elsewhere_.answers.clear();
  EXPECT_EQ(Page(Back(Away(Begin()).Get("state"))).Get("_baas_error"),
            "error processing request");
}

TEST_F(OauthEndpointsTest, LinkingKeepsTheUserAndTheRefreshToken) {
  const auto user = world_.Anonymous();
  const HttpReply begun = BeginLink(user.access);
  EXPECT_EQ(Told(begun), "200");
  EXPECT_EQ(HeaderOf(begun, "Access-Control-Allow-Origin"), kOrigin);
  EXPECT_EQ(HeaderOf(begun, "Access-Control-Allow-Credentials"), "true");
  EXPECT_THAT(HeaderOf(begun, "Access-Control-Expose-Headers"),
              HasSubstr("X-BAAS-Location, X-Stitch-Location"));
  const std::string url = HeaderOf(begun, "X-BAAS-Location");
  EXPECT_EQ(HeaderOf(begun, "X-Stitch-Location"), url);
  EXPECT_THAT(begun.headers, Not(Contains(Key("Location"))));
  const FormParams away = ParamsOf(url, '?');
  GoogleGives("ann", away.Get("nonce"));
  const FormParams page = Page(Back(away.Get("state")));
  EXPECT_EQ(page.Get("_baas_link"), "ok");
  const auto linked = SessionIn(page.Get("_baas_ua"));
  EXPECT_EQ(linked.user, user.user);
  EXPECT_EQ(linked.refresh, user.refresh);
  EXPECT_EQ(IdentitiesOf(linked.access), "anon-user oauth2-google ");
  EXPECT_EQ(LogInAs("ann").user, user.user);
}

TEST_F(OauthEndpointsTest, LinksThatFail) {
  LogInAs("taken");
  const auto user = world_.Anonymous();
  const auto error = [&](const std::string& subject) {
    const FormParams away =
        ParamsOf(HeaderOf(BeginLink(user.access), "X-BAAS-Location"), '?');
    GoogleGives(subject, away.Get("nonce"));
    if (subject == "late") {
      EXPECT_EQ(world_
                    .Send("DELETE", absl::StrCat(kAuthPath, "session"), "",
                          user.refresh)
                    .status,
                204);
    }
    return std::string(Page(Back(away.Get("state"))).Get("_baas_error"));
  };
  EXPECT_EQ(error("taken"),
            "unauthorized: a user already exists with the specified provider");
  // The session ended while the person was away: nothing is attached.
  EXPECT_EQ(error("late"), "invalid session: access token revoked");
  EXPECT_NE(LogInAs("late").user, user.user);
  EXPECT_EQ(Told(BeginLink(user.access)),
            "401 InvalidSession: invalid session: access token revoked");
  EXPECT_EQ(Told(BeginLink("a.b.c")),
            "401 InvalidSession: signature is invalid");
  // A session whose refresh tokens rotate cannot be handed to a page.
  EXPECT_EQ(Told(BeginLink(world_.rpc.LogInAnonymously().access_token())),
            "400 BadRequest: the session is of another API");
}

TEST_F(OauthEndpointsTest, CookiesAreForListedOriginsAlone) {
  const auto preflight = [&](const std::string& path) {
    HttpRequest request;
    request.method = "OPTIONS";
    request.path = path;
    request.headers = {{"origin", kOrigin}};
    return HeaderOf(world_.Send(std::move(request)),
                    "Access-Control-Allow-Credentials");
  };
  EXPECT_EQ(preflight(LoginPath("oauth2-google")), "true");
  EXPECT_EQ(preflight(absl::StrCat(kAuthPath, "profile")), "");
  settings_.allowed_origins = {"*"};
  Use();
  EXPECT_EQ(preflight(LoginPath("oauth2-google")), "");
  EXPECT_EQ(HeaderOf(BeginLink(world_.Anonymous().access),
                     "Access-Control-Allow-Credentials"),
            "");
}

// Over http, which is for loopback, browsers take no __Host- cookie.
TEST_F(OauthEndpointsTest, LoopbackHasACookieOfItsOwn) {
  settings_.hostname = "http://127.0.0.1:8080";
  google_redirects_ = {"http://127.0.0.1:8080/api/client/v2.0/auth/callback"};
  Use();
  const HttpReply begun = Begin();
  EXPECT_THAT(HeaderOf(begun, "Set-Cookie"),
              MatchesRegex("latchkey-login=[A-Za-z0-9_-]{43}; Path=/; "
                           "HttpOnly; Max-Age=600; SameSite=Lax"));
  const FormParams away = Away(begun);
  GoogleGives("ann", away.Get("nonce"));
  EXPECT_TRUE(Page(Back(away.Get("state"))).Has("_baas_ua"));
}

class LimitedOauthEndpointsTest : public OauthEndpointsTest {
 protected:
  LimitedOauthEndpointsTest() : OauthEndpointsTest({1, 2}) {}
};

TEST_F(LimitedOauthEndpointsTest, OnePeerComesBackSoOften) {
  for (const char* expected :
       {"error processing request", "error processing request",
        "too many requests"}) {
    EXPECT_EQ(Page(Back(Away(Begin()).Get("state"))).Get("_baas_error"),
              expected);
  }
}

TEST(FormParamsTest, ReadsOnceAndStrictly) {
  const auto params = FormParams::Parse("a=1%202+3&&b&c==%3d&%64=");
  ASSERT_TRUE(params.has_value());
  EXPECT_EQ(params->Get("a"), "1 2 3");
  EXPECT_TRUE(params->Has("b"));
  EXPECT_EQ(params->Get("c"), "==");
  EXPECT_TRUE(params->Has("d"));
  EXPECT_FALSE(params->Has("e"));
  EXPECT_EQ(params->Get("e"), "");
  std::string many;
  for (int i = 0; i < 65; ++i) absl::StrAppend(&many, "&p", i, "=");
  for (const std::string& text :
       {std::string("a=1&a=1"), std::string("a=%"), std::string("a=%g0"),
        std::string("%=a"), many}) {
    EXPECT_FALSE(FormParams::Parse(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace latchkey
