// LoginTestWorld is the login, link and account services with two apps. For
// tests.
#ifndef LATCHKEY_CORE_LOGIN_LOGIN_TEST_WORLD_H_
#define LATCHKEY_CORE_LOGIN_LOGIN_TEST_WORLD_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/app/app.h"
#include "core/base/snapshot.h"
#include "core/login/account_service.h"
#include "core/login/link_service.h"
#include "core/login/login_service.h"
#include "core/policy/rate_limiter.h"
#include "core/provider/api_key_service.h"
#include "core/provider/password_service.h"
#include "core/provider/provider_test_world.h"
#include "core/session/principal.h"
#include "core/session/session_test_world.h"

namespace latchkey {

// LoginTestWorld: `app` has anonymous, email_password, api_key and the function
// `legacy`; `other_app` has anonymous only.
class LoginTestWorld : public SessionTestWorld {
 public:
  // Without a limit unless told, and over a memory store unless given one.
  explicit LoginTestWorld(RateLimiter::Options limit = {.per_minute = 0},
                          std::unique_ptr<Store> with_store = nullptr);

  // What the function `legacy` accepts: any id; `data` goes to the user.
  static Credential Function(const std::string& id,
                             const std::string& data_json = "{}");
  static Credential RejectedFunction();
  static Credential Anonymous();
  static Credential Email(const std::string& email,
                          const std::string& password = "correct horse");
  static Credential ApiKey(const Secret& key);
  // Register makes a confirmed address with the password of Email().
  void Register(const std::string& email);

  absl::StatusOr<IssuedSession> Login(Credential credential);
  // LoginOk expects success.
  IssuedSession LoginOk(Credential credential);
  // Caller is the principal of a session.
  Principal Caller(const IssuedSession& issued);
  absl::StatusOr<UserRecord> Find(const UserId& id);

  const AppId other_app{"other-abcde"};
  PasswordService passwords;
  ApiKeyService api_keys;
  FakeConnector functions;
  Snapshot<AppTable> apps;
  RateLimiter attempts;
  RateLimiter wide_attempts;  // ten times as much
  LoginService logins;
  LinkService links;
  AccountService accounts;

 private:
  std::shared_ptr<const AppTable> MakeApps();
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_LOGIN_LOGIN_TEST_WORLD_H_
