// AppServicesTestWorld is the App Services client API over a memory store. For
// tests.
#ifndef LATCHKEY_SERVER_APP_SERVICES_APP_SERVICES_TEST_WORLD_H_
#define LATCHKEY_SERVER_APP_SERVICES_APP_SERVICES_TEST_WORLD_H_

#include <string>
#include <utility>
#include <vector>

#include "core/app/app.h"
#include "core/json/json.h"
#include "core/metrics/metrics.h"
#include "core/policy/rate_limiter.h"
#include "core/provider/provider_settings.h"
#include "server/app_services/app_services.h"
#include "server/http/http_message.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/rpc_test_world.h"

namespace latchkey {

inline constexpr char kAppPath[] = "/api/client/v2.0/app/myapp-abcde/";
inline constexpr char kAuthPath[] = "/api/client/v2.0/auth/";
inline constexpr char kEmailPath[] =
    "/api/client/v2.0/app/myapp-abcde/auth/providers/local-userpass/";

// App "myapp-abcde" with anonymous, email_password (auto_confirm), api_key,
// custom_jwt (HS256 by kTestJwtSecret) and function; "other-abcde" likewise,
// with other users; "off-abcde" without this API. The base URL is
// "https://login.example".
class AppServicesTestWorld {
 public:
  // `lookup_limit` is that of AppServices::Deps::lookups; no limit by default.
  explicit AppServicesTestWorld(AppServicesSettings settings = {},
                                RateLimiter::Options lookup_limit = {0});

  // Use gives "myapp-abcde" other settings, and confirmation of addresses when
  // `auto_confirm` is false.
  void Use(AppServicesSettings settings, bool auto_confirm = true);
  void UseEmail(EmailPasswordSettings email);

  HttpReply Send(HttpRequest request);
  // `bearer` becomes the Authorization header unless it is empty.
  HttpReply Send(const std::string& method, const std::string& target,
                 const std::string& body = "", const std::string& bearer = "");
  HttpReply LogIn(const std::string& provider, const std::string& body);
  HttpReply Link(const std::string& provider, const std::string& body,
                 const std::string& access_token);
  HttpReply Register(const std::string& email,
                     const std::string& password = "correct horse");

  struct Session {
    std::string access, refresh, user, device;
  };
  // These expect success.
  Session Anonymous();
  Session Email(const std::string& email);  // registers it, too
  Session Opened(const HttpReply& reply);

  RpcTestWorld rpc;
  Metrics metrics;
  RateLimiter lookups;
  Dispatcher dispatcher;
  AppServices api;

 private:
  void UseApp(AppServicesSettings settings, EmailPasswordSettings email);
};

// Told is "STATUS CODE: TEXT" of an error, "STATUS BODY" of anything else. It
// expects what holds for all of them: the exact content type, none without a
// body, a link in errors, no `error` in successes.
std::string Told(const HttpReply& reply);

// BodyOf expects a JSON object.
json::Value BodyOf(const HttpReply& reply);
// TextIn is a member of an object that must be a string.
std::string TextIn(const json::Value& object, const std::string& name);
// PayloadOf is that of a compact JWT with three parts.
json::Value PayloadOf(const std::string& token);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_APP_SERVICES_TEST_WORLD_H_
