#include "server/app_services/app_services_test_world.h"

#include <memory>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"
#include "core/base/base64url.h"
#include "core/mail/mail_template.h"
#include "core/provider/provider_settings.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

template <typename Arm>
ProviderSettings Provide(const char* name, Arm arm) {
  ProviderSettings settings;
  settings.name = ProviderName(name);
  settings.arm = std::move(arm);
  return settings;
}

EmailPasswordSettings Confirming(bool auto_confirm) {
  EmailPasswordSettings email;
  email.confirmation = EmailPasswordSettings::Confirmation::kAutomatic;
  if (!auto_confirm) {
    email.confirmation = EmailPasswordSettings::Confirmation::kMail;
    email.confirmation_url = "https://app.example/confirm";
    email.confirmation_mail =
        std::make_shared<MailTemplate>(DefaultConfirmationMail());
  }
  return email;
}

AppSettings MakeApp(const char* id, EmailPasswordSettings email) {
  AppSettings app;
  app.id = AppId(id);
  app.direct_custom_jwt = {ProviderName("custom_jwt")};
  app.direct_api_keys = true;
  CustomJwtSettings jwt;
  jwt.signing_keys.push_back({"secret", Secret(kTestJwtSecret)});
  jwt.audience = {"myapp-abcde"};
  jwt.algorithms = {Algorithm::kHs256};
  FunctionSettings function;
  function.target = "unix:/function";
  app.providers.push_back(Provide("anonymous", AnonymousSettings()));
  app.providers.push_back(Provide("email_password", std::move(email)));
  app.providers.push_back(Provide("api_key", ApiKeySettings()));
  app.providers.push_back(Provide("custom_jwt", std::move(jwt)));
  app.providers.push_back(Provide("function", std::move(function)));
  return app;
}

AppServices::Deps DepsOf(AppServicesTestWorld* world) {
  RpcTestWorld* const rpc = &world->rpc;
  return {&rpc->apps,           &rpc->table,
          &world->dispatcher,   &rpc->logins,
          &rpc->links,          &rpc->accounts,
          &rpc->base.sessions,  &rpc->base.access_tokens,
          &rpc->api_keys,       rpc->base.store.get(),
          &world->lookups,      &world->metrics,
          &rpc->base.clock,     &rpc->base.random,
          rpc->base.keys.get(), &rpc->base.audit};
}

DispatcherOptions FewThreads() {
  DispatcherOptions options;
  options.store_workers = 2;
  options.remote_workers = 1;
  options.hash_workers = 1;
  return options;
}

}  // namespace

AppServicesTestWorld::AppServicesTestWorld(AppServicesSettings settings,
                                           RateLimiter::Options lookup_limit)
    : lookups(lookup_limit),
      dispatcher(FewThreads(), &rpc.base.clock, &metrics),
      api({"https://login.example", absl::Seconds(10)}, DepsOf(this)) {
  Use(std::move(settings));
}

void AppServicesTestWorld::Use(AppServicesSettings settings,
                               bool auto_confirm) {
  UseApp(std::move(settings), Confirming(auto_confirm));
}

void AppServicesTestWorld::UseEmail(EmailPasswordSettings email) {
  UseApp(AppServicesSettings(), std::move(email));
}

void AppServicesTestWorld::UseApp(AppServicesSettings settings,
                                  EmailPasswordSettings email) {
  ProviderDeps deps;
  deps.clock = &rpc.base.clock;
  deps.random = &rpc.base.random;
  deps.jwks = &rpc.jwks;
  deps.store = rpc.base.store.get();
  deps.passwords = &rpc.passwords;
  deps.functions = &rpc.functions;
  std::vector<AppSettings> apps;
  apps.push_back(MakeApp("myapp-abcde", std::move(email)));
  apps.back().app_services = std::move(settings);
  apps.push_back(MakeApp("other-abcde", Confirming(true)));
  apps.back().app_services.emplace();
  apps.push_back(MakeApp("off-abcde", Confirming(true)));
  auto built = BuildAppTable(apps, deps);
  ASSERT_TRUE(built.ok()) << built.status();
  rpc.apps.Set(*built);
}

HttpReply AppServicesTestWorld::Send(HttpRequest request) {
  HttpReply result;
  absl::Notification done;
  EXPECT_TRUE(api.Serves(request.path));
  api.Handle(std::move(request), [&](HttpReply reply) {
    result = std::move(reply);
    done.Notify();
  });
  done.WaitForNotification();
  return result;
}

HttpReply AppServicesTestWorld::Send(const std::string& method,
                                     const std::string& target,
                                     const std::string& body,
                                     const std::string& bearer) {
  HttpRequest request;
  request.method = method;
  const std::vector<std::string> parts =
      absl::StrSplit(target, absl::MaxSplits('?', 1));
  request.path = parts[0];
  if (parts.size() > 1) request.query = parts[1];
  // As one of the clients sends it, also without a body.
  request.headers = {{"content-type", "application/json;charset=utf-8"},
                     {"accept", "application/json"}};
  if (!bearer.empty()) {
    request.headers.emplace_back("authorization", "Bearer " + bearer);
  }
  request.body = body;
  request.peer = "127.0.0.1:5";
  return Send(std::move(request));
}

HttpReply AppServicesTestWorld::LogIn(const std::string& provider,
                                      const std::string& body) {
  return Send("POST",
              absl::StrCat(kAppPath, "auth/providers/", provider, "/login"),
              body);
}

HttpReply AppServicesTestWorld::Link(const std::string& provider,
                                     const std::string& body,
                                     const std::string& access_token) {
  return Send(
      "POST",
      absl::StrCat(kAppPath, "auth/providers/", provider, "/login?link=true"),
      body, access_token);
}

HttpReply AppServicesTestWorld::Register(const std::string& email,
                                         const std::string& password) {
  json::Value body{json::Value::Object()};
  body.Set("email", email);
  body.Set("password", password);
  return Send("POST", absl::StrCat(kEmailPath, "register"), json::Write(body));
}

AppServicesTestWorld::Session AppServicesTestWorld::Opened(
    const HttpReply& reply) {
  EXPECT_EQ(reply.status, 200) << reply.body;
  if (reply.status != 200) return {};
  const json::Value body = BodyOf(reply);
  return {TextIn(body, "access_token"), TextIn(body, "refresh_token"),
          TextIn(body, "user_id"), TextIn(body, "device_id")};
}

AppServicesTestWorld::Session AppServicesTestWorld::Anonymous() {
  return Opened(LogIn("anon-user", ""));
}

AppServicesTestWorld::Session AppServicesTestWorld::Email(
    const std::string& email) {
  EXPECT_EQ(Told(Register(email)), "201 {}");
  return Opened(LogIn("local-userpass",
                      absl::StrCat(R"({"username":")", email,
                                   R"(","password":"correct horse"})")));
}

json::Value BodyOf(const HttpReply& reply) {
  absl::StatusOr<json::Value> body = json::ParseObject(reply.body);
  EXPECT_TRUE(body.ok()) << reply.body;
  return body.ok() ? *std::move(body) : json::Value(json::Value::Object());
}

std::string TextIn(const json::Value& object, const std::string& name) {
  const json::Value* const member = object.Find(name);
  EXPECT_NE(member, nullptr) << name;
  if (member == nullptr) return "";
  EXPECT_NE(member->as_string(), nullptr) << name;
  return member->as_string() == nullptr ? "" : *member->as_string();
}

std::string Told(const HttpReply& reply) {
  if (reply.status < 400) {
    EXPECT_EQ(reply.content_type, reply.body.empty() ? "" : "application/json");
    const absl::StatusOr<json::Value> body = json::Parse(reply.body);
    EXPECT_TRUE(reply.body.empty() || body.ok());
    if (body.ok()) {
      EXPECT_EQ(body->Find("error"), nullptr);
      EXPECT_EQ(body->Find("error_code"), nullptr);
    }
    return reply.body.empty() ? absl::StrCat(reply.status)
                              : absl::StrCat(reply.status, " ", reply.body);
  }
  EXPECT_EQ(reply.content_type, "application/json");
  const json::Value body = BodyOf(reply);
  const std::string link = TextIn(body, "link");
  EXPECT_TRUE(absl::StartsWith(link, "https://")) << link;
  EXPECT_TRUE(absl::StrContains(link, "/logs?co_id=")) << link;
  const bool coded = body.Find("error_code") != nullptr;
  return absl::StrCat(reply.status, " ",
                      coded ? TextIn(body, "error_code") : "", ": ",
                      TextIn(body, "error"));
}

json::Value PayloadOf(const std::string& token) {
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  EXPECT_EQ(parts.size(), 3u) << token;
  if (parts.size() != 3) return json::Value(json::Value::Object());
  EXPECT_FALSE(parts[2].empty());
  const std::optional<std::string> payload = Base64UrlDecode(parts[1]);
  EXPECT_TRUE(payload.has_value());
  absl::StatusOr<json::Value> value = json::ParseObject(payload.value_or("{}"));
  EXPECT_TRUE(value.ok());
  return value.ok() ? *std::move(value) : json::Value(json::Value::Object());
}

}  // namespace latchkey
