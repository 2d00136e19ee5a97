#include "core/login/password_reset_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/provider/auth_function.h"
#include "core/provider/call_slot.h"
#include "core/provider/email.h"

namespace latchkey {
namespace {

using ResetMode = EmailPasswordSettings::Reset;
using Kind = OneTimeTokens::Kind;

// How often a change that met another one is done again.
constexpr int kMaxTries = 5;
constexpr absl::string_view kCause = "password_reset";

// What stands for an unknown address.
PasswordRecord Unknown(const EmailApp& app, const std::string& email) {
  PasswordRecord record;
  record.app = app.app->id;
  record.provider = app.provider;
  record.email = email;
  return record;
}

Kind KindOf(const std::optional<PasswordRecord>& record) {
  return record.has_value() ? Kind::kLive : Kind::kDecoy;
}

}  // namespace

absl::Status PasswordResetService::Ask(const Request& request,
                                       const CallContext& ctx) {
  AuditEvent event(audit_action::kPasswordResetRequested, ctx);
  event.app = request.app;
  absl::Status outcome = [&]() -> absl::Status {
    RETURN_IF_ERROR(TakePeer("reset", request.app, ctx, deps_));
    ASSIGN_OR_RETURN(const EmailApp app,
                     FindEmailApp(*deps_.apps, request.app));
    event.provider = app.provider;
    switch (app.settings().reset) {
      case ResetMode::kMail:
        return AskByMail(app, request);
      case ResetMode::kFunction:
        return AskFunction(app, request, ctx);
      case ResetMode::kNone:
        break;
    }
    return Error(Reason::kUnimplemented, "the app resets no passwords");
  }();
  RecordOutcome(outcome, audit_action::kPasswordResetRequestFailed, &event,
                deps_.audit);
  return outcome;
}

absl::StatusOr<std::optional<PasswordRecord>> PasswordResetService::Find(
    const EmailApp& app, const std::string& email) {
  absl::StatusOr<PasswordRecord> record =
      deps_.store->passwords()->FindByEmail(app.app->id, app.provider, email);
  if (GetReason(record.status()) == Reason::kResourceNotFound) {
    return std::optional<PasswordRecord>();
  }
  if (!record.ok()) return record.status();
  return std::optional<PasswordRecord>(*std::move(record));
}

absl::Status PasswordResetService::AskByMail(const EmailApp& app,
                                             const Request& request) {
  if (deps_.mails == nullptr) {
    return Error(Reason::kUnimplemented, "no smtp since the start");
  }
  if (!request.new_password.empty()) {
    return InvalidField("new_password", "is for the reset function only");
  }
  if (!request.arguments_json.empty()) {
    return InvalidField("arguments", "are for the reset function only");
  }
  ASSIGN_OR_RETURN(const std::string email, MailTo(request.email));
  RETURN_IF_ERROR(addresses_->Take(request.app, absl::StrCat("reset\n", email),
                                   deps_.clock->TimeNow()));
  ASSIGN_OR_RETURN(const std::optional<PasswordRecord> known, Find(app, email));
  const OneTimeTokens::Fresh token = tokens_->Make();
  const PasswordRecord record = known.value_or(Unknown(app, email));
  RETURN_IF_ERROR(tokens_->Save(token, TokenPurpose::kPasswordReset, record,
                                KindOf(known)));
  if (!known.has_value()) return absl::OkStatus();
  Post({&app, app.settings().reset_mail, app.settings().reset_url, &record,
        &token},
       deps_.mails);
  return absl::OkStatus();
}

absl::Status PasswordResetService::AskFunction(const EmailApp& app,
                                               const Request& request,
                                               const CallContext& ctx) {
  ASSIGN_OR_RETURN(const std::string email,
                   CanonicalEmail(request.email, "email"));
  const Secret& password = request.new_password;
  RETURN_IF_ERROR(
      deps_.passwords->CheckNewPassword(password, "new_password", ctx));
  RETURN_IF_ERROR(TakePeerFor("reset", request.app, email, ctx, deps_));
  RETURN_IF_ERROR(addresses_->TakeOfHour(
      request.app, absl::StrCat("reset-function\n", email),
      deps_.clock->TimeNow()));
  // The function hears whether the password is right: that is a guess, too.
  RETURN_IF_ERROR(TakeName(request.app, email, ctx, deps_));
  const CallSlot slot(&app.accounts->running, app.settings().max_concurrency);
  if (!slot.taken()) {
    return Error(Reason::kOverloaded, "reset functions at work");
  }
  ASSIGN_OR_RETURN(const std::optional<PasswordRecord> known, Find(app, email));
  ASSIGN_OR_RETURN(const bool holds,
                   deps_.passwords->Matches(
                       known.has_value() ? &*known : nullptr, password, ctx));
  ASSIGN_OR_RETURN(const std::string phc,
                   deps_.passwords->HashNew(password, "new_password", ctx));
  const OneTimeTokens::Fresh token = tokens_->Make();
  absl::StatusOr<FunctionOutcome> outcome = app.accounts->reset->ResetPassword(
      {email, &password, token.id, &token.text, holds, request.arguments_json},
      FunctionContext(ctx, app, deps_.clock));
  // The caller's own end comes first: it is no verdict.
  RETURN_IF_ERROR(ctx.StillWanted(deps_.clock->TimeNow()));
  RETURN_IF_ERROR(outcome.status());
  if (known.has_value() && *outcome == FunctionOutcome::kSuccess) {
    ASSIGN_OR_RETURN(const std::optional<UserRecord> user, UserOf(*known));
    // A disabled one gets what an unknown address gets.
    if (!user.has_value() || !user->disabled) {
      return SetAtOnce(*known, phc, ctx);
    }
  }
  const bool pending = *outcome == FunctionOutcome::kPending;
  RETURN_IF_ERROR(tokens_->Save(token, TokenPurpose::kPasswordReset,
                                known.value_or(Unknown(app, email)),
                                pending ? KindOf(known) : Kind::kDecoy));
  if (*outcome != FunctionOutcome::kFail) return absl::OkStatus();
  return Error(Reason::kCredentialRejected, "the reset function refuses");
}

absl::StatusOr<std::optional<UserRecord>> PasswordResetService::UserOf(
    const PasswordRecord& record) {
  absl::StatusOr<UserRecord> user = deps_.store->users()->FindByIdentity(
      record.app, record.provider, record.id);
  if (GetReason(user.status()) == Reason::kUserNotFound) {
    return std::optional<UserRecord>();
  }
  if (!user.ok()) return user.status();
  return std::optional<UserRecord>(*std::move(user));
}

absl::Status PasswordResetService::EndSessions(const PasswordRecord& record,
                                               const CallContext& ctx) {
  ASSIGN_OR_RETURN(const std::optional<UserRecord> user, UserOf(record));
  if (!user.has_value()) return absl::OkStatus();
  return deps_.sessions->RevokeAll(user->app, user->id, {kCause, &ctx})
      .status();
}

absl::Status PasswordResetService::SetAtOnce(PasswordRecord record,
                                             const std::string& phc,
                                             const CallContext& ctx) {
  AuditEvent event(audit_action::kPasswordReset, ctx);
  event.app = record.app;
  event.provider = record.provider;
  event.target = record.id;
  absl::Status outcome = [&]() -> absl::Status {
    RETURN_IF_ERROR(EndSessions(record, ctx));
    RETURN_IF_ERROR(Replace(record, phc));
    // Once more, for a login that came in between.
    return EndSessions(record, ctx);
  }();
  RecordOutcome(outcome, audit_action::kPasswordResetFailed, &event,
                deps_.audit);
  return outcome;
}

// CONFLICT: the password was changed meanwhile. A confirmation in between,
// which changes the version only, does not stop it.
absl::Status PasswordResetService::Replace(PasswordRecord record,
                                           const std::string& phc) {
  const std::string before = record.phc;
  absl::Status stored;
  for (int i = 0; i < kMaxTries; ++i) {
    record.phc = phc;
    stored = deps_.store->passwords()->CompareAndUpdate(record);
    if (GetReason(stored) != Reason::kConflict) return stored;
    ASSIGN_OR_RETURN(record,
                     deps_.store->passwords()->FindById(record.app, record.id));
    if (record.phc != before) return stored;
  }
  return stored;
}

absl::Status PasswordResetService::Reset(const AppId& app, const Proof& proof,
                                         const Secret& new_password,
                                         const CallContext& ctx) {
  AuditEvent event(audit_action::kPasswordReset, ctx);
  event.app = app;
  absl::Status outcome = TakePeer("set", app, ctx, deps_);
  if (outcome.ok()) outcome = TryReset(app, proof, new_password, ctx, &event);
  RecordOutcome(outcome, audit_action::kPasswordResetFailed, &event,
                deps_.audit);
  return outcome;
}

absl::Status PasswordResetService::TryReset(const AppId& id, const Proof& proof,
                                            const Secret& new_password,
                                            const CallContext& ctx,
                                            AuditEvent* event) {
  ASSIGN_OR_RETURN(const EmailApp app, FindEmailApp(*deps_.apps, id));
  event->provider = app.provider;
  RETURN_IF_ERROR(
      deps_.passwords->CheckNewPassword(new_password, "new_password", ctx));
  const auto check = [&] {
    return tokens_->Check(id, TokenPurpose::kPasswordReset, proof.token_id,
                          *proof.token);
  };
  // Only a good token is worth a hash.
  ASSIGN_OR_RETURN(OneTimeTokens::Proof good, check());
  if (good.password.provider != app.provider) {
    return Error(Reason::kCredentialRejected, "token of another provider");
  }
  event->target = good.password.id;
  ASSIGN_OR_RETURN(const std::optional<UserRecord> user, UserOf(good.password));
  if (user.has_value()) event->user = user->id;
  if (user.has_value() && user->disabled) {
    return Error(Reason::kUserDisabled, "reset password");
  }
  ASSIGN_OR_RETURN(const std::string phc,
                   deps_.passwords->HashNew(new_password, "new_password", ctx));
  RETURN_IF_ERROR(EndSessions(good.password, ctx));
  absl::Status stored;
  for (int i = 0; i < kMaxTries; ++i) {
    good.password.phc = phc;
    stored = deps_.store->UpdatePasswordByToken(good.password, good.token);
    if (GetReason(stored) != Reason::kConflict) break;
    ASSIGN_OR_RETURN(good, check());
  }
  if (GetReason(stored) == Reason::kResourceNotFound) {
    return Error(Reason::kCredentialRejected, "the token was just used");
  }
  RETURN_IF_ERROR(stored);
  // Once more, for a login that came in between.
  return EndSessions(good.password, ctx);
}

}  // namespace latchkey
