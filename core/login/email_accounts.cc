#include "core/login/email_accounts.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/login/attempt_key.h"
#include "core/mail/mail_message.h"
#include "core/provider/credential.h"
#include "core/provider/email.h"
#include "core/provider/provider.h"

namespace latchkey {
namespace {

RateLimiter::Options OneIn(absl::Duration interval) {
  RateLimiter::Options options;
  // No interval is no limit.
  options.per_minute = interval > absl::ZeroDuration()
                           ? absl::FDivDuration(absl::Minutes(1), interval)
                           : 0;
  options.burst = 1;
  return options;
}

RateLimiter::Options InAnHour(uint32_t count) {
  RateLimiter::Options options;
  options.per_minute = count / 60.0;
  options.burst = count;
  return options;
}

}  // namespace

absl::StatusOr<EmailApp> FindEmailApp(const Snapshot<AppTable>& apps,
                                      const AppId& id) {
  EmailApp found;
  found.app = apps.Share()->Find(id);
  if (found.app == nullptr) {
    return InvalidField("app", "there is no such app");
  }
  ASSIGN_OR_RETURN(
      const Provider* provider,
      found.app->registry.Find(ProviderKind::kEmailPassword, ProviderName()));
  found.provider = provider->name();
  const auto accounts = found.app->email_accounts.find(found.provider.value());
  if (accounts == found.app->email_accounts.end()) {
    return Error(Reason::kInternal, "provider without accounts");
  }
  found.accounts = accounts->second.get();
  return found;
}

AddressLimiter::AddressLimiter(const MailLimits& limits)
    : interval_(OneIn(limits.resend_interval)),
      hourly_(InAnHour(limits.per_hour)) {}

absl::Status AddressLimiter::Take(const AppId& app, absl::string_view email,
                                  absl::Time now) {
  const std::string key = absl::StrCat(app.value(), "\n", email);
  RETURN_IF_ERROR(latchkey::Take(key, now, &interval_));
  return latchkey::Take(key, now, &hourly_);
}

absl::Status AddressLimiter::TakeOfHour(const AppId& app,
                                        absl::string_view email,
                                        absl::Time now) {
  return latchkey::Take(absl::StrCat(app.value(), "\n", email), now, &hourly_);
}

absl::StatusOr<std::string> MailTo(absl::string_view email) {
  ASSIGN_OR_RETURN(std::string canonical, CanonicalEmail(email, "email"));
  if (!IsMailAddress(canonical)) {
    return InvalidField("email", "no address that mail can be sent to");
  }
  return canonical;
}

std::string LinkOf(absl::string_view url, const OneTimeTokens::Fresh& token) {
  const bool has_query = url.find('?') != absl::string_view::npos;
  return absl::StrCat(url, has_query ? "&" : "?",
                      "token=", token.text.RevealSecret(),
                      "&tokenId=", token.id);
}

void Post(const Letter& letter, MailQueue* mails) {
  Mail mail;
  mail.text = letter.text;
  mail.fields.link = LinkOf(letter.url, *letter.token);
  mail.fields.token = std::string(letter.token->text.RevealSecret());
  mail.fields.token_id = letter.token->id;
  mail.fields.email = letter.to->email;
  mail.fields.app = letter.app->app->id.value();
  mail.target = letter.to->id;
  mail.useless_after = letter.token->expires_at;
  mails->Enqueue(std::move(mail));
}

absl::Status TakePeer(absl::string_view action, const AppId& app,
                      const CallContext& ctx, const EmailAccountDeps& deps) {
  return Take(absl::StrCat(action, "\n", app.value(), "\n", PeerKey(ctx.peer)),
              deps.clock->TimeNow(), deps.wide_attempts);
}

absl::Status TakePeerFor(absl::string_view action, const AppId& app,
                         absl::string_view email, const CallContext& ctx,
                         const EmailAccountDeps& deps) {
  return Take(absl::StrCat(action, "\n", app.value(), "\n", email, "\n",
                           PeerKey(ctx.peer)),
              deps.clock->TimeNow(), deps.attempts);
}

absl::Status TakeName(const AppId& app, const std::string& email,
                      const CallContext& ctx, const EmailAccountDeps& deps) {
  Credential credential;
  credential.arm = EmailPasswordCredential{email, Secret()};
  const std::optional<AttemptKeys> keys =
      AttemptKeysOf(ctx.peer, app, credential);
  if (!keys) return absl::OkStatus();
  return Take(keys->name, deps.clock->TimeNow(), deps.wide_attempts);
}

CallContext FunctionContext(const CallContext& ctx, const EmailApp& app,
                            Clock* clock) {
  CallContext bounded = ctx;
  bounded.deadline = std::min(
      ctx.deadline, clock->TimeNow() + app.settings().function_timeout);
  return bounded;
}

void RecordOutcome(const absl::Status& outcome, absl::string_view failed,
                   AuditEvent* event, AuditSink* audit) {
  if (!outcome.ok()) {
    event->action = failed;
    event->detail = std::string(GetReasonInfo(GetReason(outcome)).name);
  }
  audit->Record(*event);
}

}  // namespace latchkey
