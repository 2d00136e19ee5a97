// What registrations and password resets have in common.
#ifndef LATCHKEY_CORE_LOGIN_EMAIL_ACCOUNTS_H_
#define LATCHKEY_CORE_LOGIN_EMAIL_ACCOUNTS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/app/app.h"
#include "core/audit/audit.h"
#include "core/base/call_context.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/snapshot.h"
#include "core/login/one_time_tokens.h"
#include "core/mail/mail_queue.h"
#include "core/mail/smtp_options.h"
#include "core/policy/rate_limiter.h"
#include "core/provider/password_service.h"
#include "core/session/session_service.h"
#include "core/store/store.h"

namespace latchkey {

struct EmailAccountDeps {  // borrowed
  const Snapshot<AppTable>* apps;
  PasswordService* passwords;
  SessionService* sessions;
  Store* store;
  RateLimiter* attempts;       // of one peer for one address
  RateLimiter* wide_attempts;  // of one peer in one app
  MailQueue* mails;            // null: no mail can be sent
  AuditSink* audit;
  Clock* clock;
  Random* random;
};

// EmailApp is an app's e-mail/password provider, kept alive.
struct EmailApp {
  std::shared_ptr<const App> app;
  ProviderName provider;
  EmailAccounts* accounts = nullptr;  // of `app`

  const EmailPasswordSettings& settings() const { return accounts->settings; }
};

// FindEmailApp: INVALID_REQUEST (`app`), PROVIDER_NOT_ENABLED.
absl::StatusOr<EmailApp> FindEmailApp(const Snapshot<AppTable>& apps,
                                      const AppId& id);

// AddressLimiter bounds how many mails one address is asked to get, whether or
// not it is known. Thread-safe.
class AddressLimiter final {
 public:
  explicit AddressLimiter(const MailLimits& limits);
  // THROTTLED with the time until the next is allowed.
  absl::Status Take(const AppId& app, absl::string_view email, absl::Time now);
  // TakeOfHour is Take without the time between two: for functions, which the
  // caller may need twice in a row.
  absl::Status TakeOfHour(const AppId& app, absl::string_view email,
                          absl::Time now);

 private:
  RateLimiter interval_;
  RateLimiter hourly_;
};

// MailTo is CanonicalEmail for an address that is to get mail. INVALID_REQUEST
// (`email`) for one that IsMailAddress refuses.
absl::StatusOr<std::string> MailTo(absl::string_view email);

// Letter is one mail to one address.
struct Letter {
  const EmailApp* app;
  std::shared_ptr<const MailTemplate> text;
  absl::string_view url;  // base of the link
  const PasswordRecord* to;
  const OneTimeTokens::Fresh* token;
};
void Post(const Letter& letter, MailQueue* mails);

// LinkOf is `url` with `token` and `tokenId` appended to its query.
std::string LinkOf(absl::string_view url, const OneTimeTokens::Fresh& token);

// TakePeer takes from the limit of what one peer may do in one app.
absl::Status TakePeer(absl::string_view action, const AppId& app,
                      const CallContext& ctx, const EmailAccountDeps& deps);
// TakePeerFor, of what one peer may do to one address.
absl::Status TakePeerFor(absl::string_view action, const AppId& app,
                         absl::string_view email, const CallContext& ctx,
                         const EmailAccountDeps& deps);

// TakeName, of what all peers together may do with the passwords of one
// address: the attempts that logins of it are taken from.
absl::Status TakeName(const AppId& app, const std::string& email,
                      const CallContext& ctx, const EmailAccountDeps& deps);

// FunctionContext is `ctx` with the function's own timeout.
CallContext FunctionContext(const CallContext& ctx, const EmailApp& app,
                            Clock* clock);

// RecordOutcome writes the event, as `failed` unless the outcome is good.
void RecordOutcome(const absl::Status& outcome, absl::string_view failed,
                   AuditEvent* event, AuditSink* audit);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_LOGIN_EMAIL_ACCOUNTS_H_
