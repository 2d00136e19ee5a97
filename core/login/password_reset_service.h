// PasswordResetService replaces forgotten passwords.
#ifndef LATCHKEY_CORE_LOGIN_PASSWORD_RESET_SERVICE_H_
#define LATCHKEY_CORE_LOGIN_PASSWORD_RESET_SERVICE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/audit/audit.h"
#include "core/base/call_context.h"
#include "core/base/ids.h"
#include "core/base/secret.h"
#include "core/login/email_accounts.h"
#include "core/login/one_time_tokens.h"

namespace latchkey {

// PasswordResetService: as RegistrationService, with the same errors and the
// same silence about what is known. A new password ends every session of the
// user, before it is stored and once more after it. An unconfirmed address
// stays unconfirmed. Thread-safe; blocks.
class PasswordResetService final {
 public:
  // All borrowed.
  PasswordResetService(EmailAccountDeps deps, OneTimeTokens* tokens,
                       AddressLimiter* addresses)
      : deps_(deps), tokens_(tokens), addresses_(addresses) {}

  struct Request {
    AppId app;
    absl::string_view email;
    // For the function mode only: the password to set, and what else the client
    // sent, as in ResetPasswordCall.
    Secret new_password;
    std::string arguments_json;
  };
  // Ask sends a mail or runs the function. INVALID_REQUEST for fields of the
  // other mode; PASSWORD_UNACCEPTABLE; CREDENTIAL_REJECTED when the function
  // refuses.
  absl::Status Ask(const Request& request, const CallContext& ctx);

  struct Proof {
    absl::string_view token_id;
    const Secret* token;  // borrowed
  };
  // Reset sets the password: of many calls with one token one succeeds.
  // CREDENTIAL_REJECTED, PASSWORD_UNACCEPTABLE, USER_DISABLED.
  absl::Status Reset(const AppId& app, const Proof& proof,
                     const Secret& new_password, const CallContext& ctx);

 private:
  absl::Status AskByMail(const EmailApp& app, const Request& request);
  absl::Status AskFunction(const EmailApp& app, const Request& request,
                           const CallContext& ctx);
  absl::Status TryReset(const AppId& id, const Proof& proof,
                        const Secret& new_password, const CallContext& ctx,
                        AuditEvent* event);
  // The password of the address; nullopt when there is none.
  absl::StatusOr<std::optional<PasswordRecord>> Find(const EmailApp& app,
                                                     const std::string& email);
  // SetAtOnce does what a function decided.
  absl::Status SetAtOnce(PasswordRecord record, const std::string& phc,
                         const CallContext& ctx);
  absl::Status Replace(PasswordRecord record, const std::string& phc);
  // The user that has the registration; nullopt before the first login.
  absl::StatusOr<std::optional<UserRecord>> UserOf(
      const PasswordRecord& record);
  absl::Status EndSessions(const PasswordRecord& record,
                           const CallContext& ctx);

  const EmailAccountDeps deps_;
  OneTimeTokens* const tokens_;
  AddressLimiter* const addresses_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_LOGIN_PASSWORD_RESET_SERVICE_H_
