// RpcTestWorld is every service over a memory store. For tests.
#ifndef LATCHKEY_SERVER_RPC_RPC_TEST_WORLD_H_
#define LATCHKEY_SERVER_RPC_RPC_TEST_WORLD_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/app/app.h"
#include "core/base/reason.h"
#include "core/login/account_service.h"
#include "core/login/api_key_manager.h"
#include "core/login/link_service.h"
#include "core/login/login_service.h"
#include "core/login/one_time_tokens.h"
#include "core/login/password_reset_service.h"
#include "core/login/registration_service.h"
#include "core/mail/fake_mail_sender.h"
#include "core/mail/mail_queue.h"
#include "core/metrics/metrics.h"
#include "core/provider/api_key_service.h"
#include "core/provider/provider_settings.h"
#include "core/provider/provider_test_world.h"
#include "core/session/session_test_world.h"
#include "core/store/store.h"
#include "latchkey/v1/auth_service.pb.h"
#include "server/rpc/auth_service.h"
#include "server/rpc/caller.h"
#include "server/rpc/email_password_service.h"
#include "server/rpc/method_table.h"
#include "server/rpc/provider_admin_service.h"
#include "server/rpc/server_key_service.h"
#include "server/rpc/user_admin_service.h"
#include "server/rpc/user_api_key_service.h"
#include "server/rpc/user_import.h"

namespace latchkey {

inline constexpr char kTestJwtSecret[] = "0123456789abcdef0123456789abcdef";
inline constexpr char kTestAdminKey[] = "lka_test_secret";

// One app "myapp-abcde" with anonymous, email_password (auto_confirm), api_key
// and custom_jwt "jwt" (HS256 by kTestJwtSecret, verified directly too), and an
// admin key.
class RpcTestWorld {
 public:
  // Over a memory store when `store` is null.
  explicit RpcTestWorld(std::unique_ptr<Store> store = nullptr);

  // Call runs a method as the dispatcher would: inline first, then handled.
  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(const std::string& method,
                                const Request& request,
                                const std::string& bearer = "") {
    RpcContext context = Context(bearer);
    const Method* row = table.Find("/latchkey.v1." + method);
    if (row == nullptr) return Error(Reason::kInternal, "no such method");
    Response response;
    if (row->try_inline) {
      const auto done = row->try_inline(request, context, &response);
      if (done.has_value()) {
        if (!done->ok()) return *done;
        return response;
      }
    }
    const absl::Status status = row->handle(request, context, &response);
    if (!status.ok()) return status;
    return response;
  }

  // LogIn expects success.
  v1::Session LogInAnonymously();
  // Registers the address when it is new; password "correct horse".
  v1::Session LogInByEmail(const std::string& email);
  // Token for the custom_jwt provider.
  std::string ForeignToken(const std::string& subject);
  v1::VerifyResponse Verify(const std::string& token,
                            const std::string& app = "");

  // SetEmailMode makes the app's e-mail/password provider this one.
  void SetEmailMode(EmailPasswordSettings email);
  EmailAccountDeps EmailDeps();

  RpcContext Context(const std::string& bearer);

  SessionTestWorld base;
  PasswordService passwords;
  ApiKeyService api_keys;
  RateLimiter attempts;
  RateLimiter wide_attempts;
  FakeMailSender mail_sender;
  MailQueue mails;
  AddressLimiter mail_addresses;
  FixedFetcher fetcher;
  JwksCache jwks;
  FakeConnector functions;
  Snapshot<AppTable> apps;
  LoginService logins;
  LinkService links;
  AccountService accounts;
  ApiKeyManager key_manager;
  OneTimeTokens one_time_tokens;
  RegistrationService registrations;
  PasswordResetService password_resets;
  CallerAuthenticator callers;
  AdminGuard guard;
  Metrics metrics;
  AuthService auth;
  EmailPasswordService emails;
  UserApiKeyService keys;
  UserAdminService users;
  UserTransferService transfers;
  ServerKeyService server_keys;
  ProviderAdminService providers;
  MethodTable table;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_RPC_TEST_WORLD_H_
