// Settings of an app's App Services client API, as the configuration gives
// them: plain data.
#ifndef LATCHKEY_CORE_APP_APP_SERVICES_SETTINGS_H_
#define LATCHKEY_CORE_APP_APP_SERVICES_SETTINGS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace latchkey {

// Behind the base URL: where providers send people back to.
inline constexpr char kAppServicesCallbackPath[] =
    "/api/client/v2.0/auth/callback";

struct AppServicesSettings {
  std::string hostname;  // base URL told to clients; empty: the issuer
  std::vector<std::string> allowed_origins;  // "https://host[:port]", or "*"
  // Pages that a login in the browser may end on; empty: there are none.
  std::vector<std::string> redirect_uris;
  // Answers tell whether an e-mail address is registered.
  bool reveal_accounts = true;
  size_t min_password_length = 6;  // of new passwords, in characters
  size_t max_password_length = 128;
  bool detailed_login_errors = false;
  int identity_in_use_status = 409;
  int second_password_status = 400;
  std::string rejected_token_code = "AuthError";
  absl::Duration anonymous_session_ttl = absl::Hours(24 * 365 * 50);
  // Names of the providers that `custom-token` and `custom-function` mean;
  // empty: the app's only one.
  std::string custom_token_provider;
  std::string custom_function_provider;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_APP_APP_SERVICES_SETTINGS_H_
