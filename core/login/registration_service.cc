#include "core/login/registration_service.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/provider/auth_function.h"
#include "core/provider/call_slot.h"
#include "core/provider/email.h"

namespace latchkey {
namespace {

using Confirmation = EmailPasswordSettings::Confirmation;
using Kind = OneTimeTokens::Kind;

// How often a confirmation that met another change is done again.
constexpr int kMaxTries = 5;
// No password has this hash.
constexpr char kUnusable[] = "!";

absl::Status NotHere() {
  return Error(Reason::kUnimplemented, "not in the app's confirmation mode");
}

absl::Status Refused() {
  return Error(Reason::kCredentialRejected,
               "the confirmation function refuses");
}

}  // namespace

absl::Status RegistrationService::Register(const AppId& app,
                                           absl::string_view email,
                                           const Secret& password,
                                           const CallContext& ctx) {
  AuditEvent event(audit_action::kRegistered, ctx);
  event.app = app;
  absl::Status outcome = TryRegister(app, email, password, ctx, &event);
  RecordOutcome(outcome, audit_action::kRegisterFailed, &event, deps_.audit);
  return outcome;
}

absl::Status RegistrationService::TryRegister(const AppId& id,
                                              absl::string_view email,
                                              const Secret& password,
                                              const CallContext& ctx,
                                              AuditEvent* event) {
  RETURN_IF_ERROR(TakePeer("register", id, ctx, deps_));
  ASSIGN_OR_RETURN(const EmailApp app, FindEmailApp(*deps_.apps, id));
  event->provider = app.provider;
  const Confirmation mode = app.settings().confirmation;
  if (mode == Confirmation::kNone) return NotHere();
  RETURN_IF_ERROR(deps_.passwords->CheckNewPassword(password, "password", ctx));
  if (mode == Confirmation::kMail) RETURN_IF_ERROR(AdmitMail(app, email));
  std::optional<CallSlot> slot;
  if (mode == Confirmation::kFunction) {
    ASSIGN_OR_RETURN(const std::string address, CanonicalEmail(email, "email"));
    RETURN_IF_ERROR(
        addresses_->TakeOfHour(id, absl::StrCat("confirm-function\n", address),
                               deps_.clock->TimeNow()));
    // Before the hash, which a full house need not pay for.
    slot.emplace(&app.accounts->running, app.settings().max_concurrency);
    if (!slot->taken()) {
      return Error(Reason::kOverloaded, "confirmation functions at work");
    }
  }
  ASSIGN_OR_RETURN(
      PasswordRecord record,
      deps_.passwords->Prepare(id, app.provider, email, password,
                               mode == Confirmation::kAutomatic, ctx));
  const OneTimeTokens::Fresh token = tokens_->Make();
  if (mode == Confirmation::kFunction) {
    ASSIGN_OR_RETURN(const FunctionOutcome outcome,
                     Ask(app, record.email, token, ctx));
    if (outcome == FunctionOutcome::kFail) return Refused();
    record.confirmed = outcome == FunctionOutcome::kSuccess;
  }
  const std::string address = record.email;
  RETURN_IF_ERROR(Keep(app, std::move(record), token));
  // For a known address and a new one alike, so that the time tells nothing.
  const absl::StatusOr<PasswordRecord> stored =
      deps_.store->passwords()->FindByEmail(id, app.provider, address);
  if (stored.ok()) event->target = stored->id;
  return absl::OkStatus();
}

absl::Status RegistrationService::AdmitMail(const EmailApp& app,
                                            absl::string_view email) {
  if (deps_.mails == nullptr) {
    return Error(Reason::kUnimplemented, "no smtp since the start");
  }
  ASSIGN_OR_RETURN(const std::string address, MailTo(email));
  return addresses_->Take(app.app->id, absl::StrCat("confirm\n", address),
                          deps_.clock->TimeNow());
}

absl::StatusOr<FunctionOutcome> RegistrationService::Ask(
    const EmailApp& app, absl::string_view email,
    const OneTimeTokens::Fresh& token, const CallContext& ctx) {
  const CallContext bounded = FunctionContext(ctx, app, deps_.clock);
  absl::StatusOr<FunctionOutcome> outcome =
      app.accounts->confirmation->ConfirmUser({email, token.id, &token.text},
                                              bounded);
  // The caller's own end comes first: it is no verdict on the address.
  RETURN_IF_ERROR(ctx.StillWanted(deps_.clock->TimeNow()));
  return outcome;
}

absl::Status RegistrationService::Keep(const EmailApp& app,
                                       PasswordRecord record,
                                       const OneTimeTokens::Fresh& token) {
  ASSIGN_OR_RETURN(const bool stored, deps_.passwords->StoreLikeNew(
                                          &record, deps_.store->users()));
  if (record.confirmed) return absl::OkStatus();
  RETURN_IF_ERROR(tokens_->Save(token, TokenPurpose::kConfirmation, record,
                                stored ? Kind::kLive : Kind::kDecoy));
  if (stored && app.settings().confirmation == Confirmation::kMail) {
    Post({&app, app.settings().confirmation_mail,
          app.settings().confirmation_url, &record, &token},
         deps_.mails);
  }
  return absl::OkStatus();
}

absl::Status RegistrationService::Confirm(const AppId& app,
                                          absl::string_view token_id,
                                          const Secret& token,
                                          const CallContext& ctx) {
  AuditEvent event(audit_action::kRegistrationConfirmed, ctx);
  event.app = app;
  absl::Status outcome = TakePeer("confirm", app, ctx, deps_);
  if (outcome.ok()) outcome = TryConfirm(app, token_id, token, &event);
  RecordOutcome(outcome, audit_action::kConfirmationFailed, &event,
                deps_.audit);
  return outcome;
}

absl::Status RegistrationService::TryConfirm(const AppId& id,
                                             absl::string_view token_id,
                                             const Secret& token,
                                             AuditEvent* event) {
  ASSIGN_OR_RETURN(const EmailApp app, FindEmailApp(*deps_.apps, id));
  event->provider = app.provider;
  absl::Status used;
  for (int i = 0; i < kMaxTries; ++i) {
    ASSIGN_OR_RETURN(
        OneTimeTokens::Proof proof,
        tokens_->Check(id, TokenPurpose::kConfirmation, token_id, token));
    if (proof.password.provider != app.provider) {
      return Error(Reason::kCredentialRejected, "token of another provider");
    }
    event->target = proof.password.id;
    proof.password.confirmed = true;
    used = deps_.store->UpdatePasswordByToken(proof.password, proof.token);
    if (GetReason(used) != Reason::kConflict) break;
  }
  // Another call was faster with it.
  if (GetReason(used) == Reason::kResourceNotFound) {
    return Error(Reason::kCredentialRejected, "the token was just used");
  }
  return used;
}

absl::Status RegistrationService::Resend(const AppId& app,
                                         absl::string_view email,
                                         const CallContext& ctx) {
  AuditEvent event(audit_action::kConfirmationRequested, ctx);
  event.app = app;
  absl::Status outcome = [&]() -> absl::Status {
    RETURN_IF_ERROR(TakePeer("resend", app, ctx, deps_));
    ASSIGN_OR_RETURN(const EmailApp found, FindEmailApp(*deps_.apps, app));
    event.provider = found.provider;
    switch (found.settings().confirmation) {
      case Confirmation::kMail:
        return ResendMail(found, email);
      case Confirmation::kFunction:
        return RunAgain(found, email, ctx);
      default:
        return NotHere();
    }
  }();
  RecordOutcome(outcome, audit_action::kConfirmationRequestFailed, &event,
                deps_.audit);
  return outcome;
}

absl::StatusOr<RegistrationService::Pending> RegistrationService::FindPending(
    const EmailApp& app, absl::string_view email) {
  Pending pending;
  ASSIGN_OR_RETURN(const std::string address, CanonicalEmail(email, "email"));
  absl::StatusOr<PasswordRecord> record =
      deps_.store->passwords()->FindByEmail(app.app->id, app.provider, address);
  if (record.ok()) {
    pending.known = !record->confirmed;
    pending.record = *std::move(record);
    return pending;
  }
  if (GetReason(record.status()) != Reason::kResourceNotFound) {
    return record.status();
  }
  pending.record.app = app.app->id;
  pending.record.provider = app.provider;
  pending.record.email = address;
  return pending;
}

absl::Status RegistrationService::ResendMail(const EmailApp& app,
                                             absl::string_view email) {
  RETURN_IF_ERROR(AdmitMail(app, email));
  ASSIGN_OR_RETURN(const Pending pending, FindPending(app, email));
  const OneTimeTokens::Fresh token = tokens_->Make();
  RETURN_IF_ERROR(tokens_->Save(token, TokenPurpose::kConfirmation,
                                pending.record,
                                pending.known ? Kind::kLive : Kind::kDecoy));
  if (!pending.known) return absl::OkStatus();
  Post({&app, app.settings().confirmation_mail, app.settings().confirmation_url,
        &pending.record, &token},
       deps_.mails);
  return absl::OkStatus();
}

absl::Status RegistrationService::RunAgain(const EmailApp& app,
                                           absl::string_view email,
                                           const CallContext& ctx) {
  ASSIGN_OR_RETURN(const std::string address, CanonicalEmail(email, "email"));
  RETURN_IF_ERROR(TakePeerFor("resend", app.app->id, address, ctx, deps_));
  RETURN_IF_ERROR(addresses_->TakeOfHour(
      app.app->id, absl::StrCat("resend-function\n", address),
      deps_.clock->TimeNow()));
  const CallSlot slot(&app.accounts->running, app.settings().max_concurrency);
  if (!slot.taken()) {
    return Error(Reason::kOverloaded, "confirmation functions at work");
  }
  ASSIGN_OR_RETURN(const Pending pending, FindPending(app, address));
  const OneTimeTokens::Fresh token = tokens_->Make();
  ASSIGN_OR_RETURN(const FunctionOutcome outcome,
                   Ask(app, address, token, ctx));
  RETURN_IF_ERROR(Settle(pending, outcome, token));
  return outcome == FunctionOutcome::kFail ? Refused() : absl::OkStatus();
}

absl::Status RegistrationService::Settle(const Pending& pending,
                                         FunctionOutcome outcome,
                                         const OneTimeTokens::Fresh& token) {
  if (!pending.known || outcome == FunctionOutcome::kPending) {
    return tokens_->Save(token, TokenPurpose::kConfirmation, pending.record,
                         pending.known ? Kind::kLive : Kind::kDecoy);
  }
  PasswordRecord record = pending.record;
  if (outcome == FunctionOutcome::kFail) {
    ASSIGN_OR_RETURN(const bool is_users,
                     IsIdentityOfUser(record, deps_.store->users()));
    // No registration, but what an imported user logs in with.
    if (!is_users) return Discard(std::move(record));
    return tokens_->Save(token, TokenPurpose::kConfirmation, record,
                         Kind::kDecoy);
  }
  record.confirmed = true;
  absl::Status confirmed = deps_.store->passwords()->CompareAndUpdate(record);
  const Reason reason = GetReason(confirmed);
  // Somebody else confirmed or removed it meanwhile: no news for the caller.
  if (reason == Reason::kConflict || reason == Reason::kResourceNotFound) {
    return absl::OkStatus();
  }
  return confirmed;
}

// Unusable first, at the version that was pending: a login or a confirmation
// in between wins, and after it nobody can log in with what is removed.
absl::Status RegistrationService::Discard(PasswordRecord record) {
  record.phc = kUnusable;
  const Reason reason =
      GetReason(deps_.store->passwords()->CompareAndUpdate(record));
  if (reason == Reason::kConflict || reason == Reason::kResourceNotFound) {
    return absl::OkStatus();
  }
  if (reason != Reason::kUnspecified) return Error(reason, "discard");
  const absl::Status removed =
      deps_.store->passwords()->Remove(record.app, record.id);
  return GetReason(removed) == Reason::kResourceNotFound ? absl::OkStatus()
                                                         : removed;
}

}  // namespace latchkey
