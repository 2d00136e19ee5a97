// RegistrationService registers and confirms e-mail addresses.
#ifndef LATCHKEY_CORE_LOGIN_REGISTRATION_SERVICE_H_
#define LATCHKEY_CORE_LOGIN_REGISTRATION_SERVICE_H_

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

// RegistrationService: in the mode of the app's settings. No answer, and no
// time that it takes, tells whether an address is known: functions are run and
// decoys are stored for known and unknown ones alike, and mail leaves in the
// background. Thread-safe; blocks for a hash, the store and functions.
//
// All: INVALID_REQUEST, PROVIDER_NOT_ENABLED, THROTTLED, STORE_UNAVAILABLE;
// UNIMPLEMENTED where the app's mode has no such call; OVERLOADED when too many
// functions of the app are at work.
class RegistrationService final {
 public:
  // All borrowed.
  RegistrationService(EmailAccountDeps deps, OneTimeTokens* tokens,
                      AddressLimiter* addresses)
      : deps_(deps), tokens_(tokens), addresses_(addresses) {}

  // Register stores an address, confirmed or to be. An address that is
  // confirmed stays as it is; one that waits for it gets the new password, and
  // tokens of earlier registrations end. PASSWORD_UNACCEPTABLE;
  // CREDENTIAL_REJECTED when the function refuses: then nothing is stored.
  absl::Status Register(const AppId& app, absl::string_view email,
                        const Secret& password, const CallContext& ctx);

  // Confirm: of many calls with one token one succeeds. CREDENTIAL_REJECTED.
  absl::Status Confirm(const AppId& app, absl::string_view token_id,
                       const Secret& token, const CallContext& ctx);

  // Resend sends another mail, or runs the function again, whose refusal throws
  // the registration away (CREDENTIAL_REJECTED).
  absl::Status Resend(const AppId& app, absl::string_view email,
                      const CallContext& ctx);

 private:
  absl::Status TryRegister(const AppId& id, absl::string_view email,
                           const Secret& password, const CallContext& ctx,
                           AuditEvent* event);
  absl::Status TryConfirm(const AppId& id, absl::string_view token_id,
                          const Secret& token, AuditEvent* event);
  // AdmitMail is OK when mail may be asked for this address now.
  absl::Status AdmitMail(const EmailApp& app, absl::string_view email);
  absl::StatusOr<FunctionOutcome> Ask(const EmailApp& app,
                                      absl::string_view email,
                                      const OneTimeTokens::Fresh& token,
                                      const CallContext& ctx);
  // Keep stores a prepared registration and what is needed to confirm it.
  absl::Status Keep(const EmailApp& app, PasswordRecord record,
                    const OneTimeTokens::Fresh& token);
  // The registration that waits for confirmation, if there is one: `known`
  // says so. Its address in any case.
  struct Pending {
    PasswordRecord record;
    bool known = false;
  };
  absl::StatusOr<Pending> FindPending(const EmailApp& app,
                                      absl::string_view email);
  absl::Status ResendMail(const EmailApp& app, absl::string_view email);
  absl::Status RunAgain(const EmailApp& app, absl::string_view email,
                        const CallContext& ctx);
  // Settle does what the function decided.
  absl::Status Settle(const Pending& pending, FunctionOutcome outcome,
                      const OneTimeTokens::Fresh& token);
  absl::Status Discard(PasswordRecord record);

  const EmailAccountDeps deps_;
  OneTimeTokens* const tokens_;
  AddressLimiter* const addresses_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_LOGIN_REGISTRATION_SERVICE_H_
