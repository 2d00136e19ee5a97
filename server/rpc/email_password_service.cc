#include "server/rpc/email_password_service.h"

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/login/attempt_key.h"
#include "server/rpc/field_checks.h"

namespace latchkey {
namespace {

constexpr char kService[] = "/latchkey.v1.EmailPasswordService/";
constexpr size_t kMaxAppId = 64;
constexpr size_t kMaxEmail = 254;
// Longer ones are refused before any hash (the policy may say less).
constexpr size_t kMaxPassword = 1024;

// The modes that come later answer alike, whatever the request says.
template <typename Request, typename Response>
void AddUnimplemented(MethodTable* table, const char* name) {
  table->Add<Request, Response>(
      absl::StrCat(kService, name), MethodTable::RowOptions(),
      [](const Request&, const RpcContext&, Response*) {
        return Error(Reason::kUnimplemented, "confirmation mode");
      });
}

// AttemptOf is the bucket of a peer's tries of `action` on `subject`.
std::string AttemptOf(absl::string_view action, absl::string_view subject,
                      const RpcContext& context) {
  return absl::StrCat(action, "\n", subject, "\n", PeerKey(context.call.peer));
}

const IdentityRecord* EmailIdentity(const UserRecord& user) {
  const auto found =
      std::find_if(user.identities.begin(), user.identities.end(),
                   [](const IdentityRecord& identity) {
                     return identity.kind == ProviderKind::kEmailPassword;
                   });
  return found == user.identities.end() ? nullptr : &*found;
}

}  // namespace

EmailPasswordService::EmailPasswordService(Deps deps) : deps_(deps) {}

void EmailPasswordService::Register(MethodTable* table) {
  const MethodTable::RowOptions hashing = {.lane = Lane::kHash};
  table->AddMember(absl::StrCat(kService, "Register"), hashing, this,
                   &EmailPasswordService::RegisterAddress);
  table->AddMember(absl::StrCat(kService, "ChangePassword"), hashing, this,
                   &EmailPasswordService::ChangePassword);
  AddUnimplemented<v1::ConfirmRequest, v1::ConfirmResponse>(table, "Confirm");
  AddUnimplemented<v1::ResendConfirmationRequest,
                   v1::ResendConfirmationResponse>(table, "ResendConfirmation");
  AddUnimplemented<v1::RequestPasswordResetRequest,
                   v1::RequestPasswordResetResponse>(table,
                                                     "RequestPasswordReset");
  AddUnimplemented<v1::ResetPasswordRequest, v1::ResetPasswordResponse>(
      table, "ResetPassword");
}

absl::Status EmailPasswordService::RegisterAddress(
    const v1::RegisterRequest& request, const RpcContext& context,
    v1::RegisterResponse* /*response*/) {
  RETURN_IF_ERROR(FieldChecks()
                      .Text("app", request.app(), 1, kMaxAppId)
                      .Text("email", request.email(), 1, kMaxEmail)
                      .Bytes("password", request.password(), 1, kMaxPassword)
                      .status());
  AuditEvent event(audit_action::kRegistered, context.call);
  event.app = AppId(request.app());
  absl::Status outcome = StoreAddress(request, context, &event);
  Record(outcome, audit_action::kRegisterFailed, &event);
  return outcome;
}

absl::Status EmailPasswordService::StoreAddress(
    const v1::RegisterRequest& request, const RpcContext& context,
    AuditEvent* event) {
  RETURN_IF_ERROR(Take(AttemptOf("register", request.app(), context),
                       deps_.clock->TimeNow(), deps_.wide_attempts));
  const std::shared_ptr<const App> app =
      deps_.apps->Share()->Find(AppId(request.app()));
  if (app == nullptr) return InvalidField("app", "there is no such app");
  ASSIGN_OR_RETURN(
      const Provider* provider,
      app->registry.Find(ProviderKind::kEmailPassword, ProviderName()));
  event->provider = provider->name();
  const auto mode = app->auto_confirm.find(provider->name().value());
  if (mode == app->auto_confirm.end() || !mode->second) {
    return Error(Reason::kUnimplemented, "confirmation without auto_confirm");
  }
  RETURN_IF_ERROR(deps_.passwords->Register(
      app->id, provider->name(), request.email(), Secret(request.password()),
      /*confirmed=*/true, context.call));
  // For a known address and a new one alike, so that the time tells nothing.
  ASSIGN_OR_RETURN(const std::string email,
                   CanonicalEmail(request.email(), "email"));
  const absl::StatusOr<PasswordRecord> record =
      deps_.store->passwords()->FindByEmail(app->id, provider->name(), email);
  if (record.ok()) event->target = record->id;
  return absl::OkStatus();
}

void EmailPasswordService::Record(const absl::Status& outcome,
                                  absl::string_view failed, AuditEvent* event) {
  if (!outcome.ok()) {
    event->action = failed;
    event->detail = std::string(GetReasonInfo(GetReason(outcome)).name);
  }
  deps_.audit->Record(*event);
}

absl::Status EmailPasswordService::ChangePassword(
    const v1::ChangePasswordRequest& request, const RpcContext& context,
    v1::ChangePasswordResponse* /*response*/) {
  ASSIGN_OR_RETURN(const Principal caller,
                   deps_.callers->Authenticate(context));
  RETURN_IF_ERROR(
      FieldChecks()
          .Bytes("current_password", request.current_password(), 1,
                 kMaxPassword)
          .Bytes("new_password", request.new_password(), 1, kMaxPassword)
          .status());
  AuditEvent event(audit_action::kPasswordChanged, context.call);
  event.app = AppId(caller.app);
  event.user = UserId(caller.user_id);
  event.session = SessionId(caller.session_id);
  const absl::Status outcome = StoreNewPassword(request, context, &event);
  Record(outcome, audit_action::kPasswordChangeFailed, &event);
  RETURN_IF_ERROR(outcome);
  // Once more, for a login that came in between.
  return EndOtherSessions(event, context);
}

// Whoever knew the old password is out; the caller stays.
absl::Status EmailPasswordService::EndOtherSessions(const AuditEvent& event,
                                                    const RpcContext& context) {
  return deps_.sessions
      ->RevokeSome(event.app, event.user, SessionScope::AllBut(event.session),
                   {"password_change", &context.call})
      .status();
}

absl::Status EmailPasswordService::StoreNewPassword(
    const v1::ChangePasswordRequest& request, const RpcContext& context,
    AuditEvent* event) {
  RETURN_IF_ERROR(Take(AttemptOf("change", event->user.value(), context),
                       deps_.clock->TimeNow(), deps_.attempts));
  ASSIGN_OR_RETURN(const UserRecord user,
                   deps_.store->users()->Find(event->app, event->user));
  if (user.disabled) return Error(Reason::kUserDisabled, "change password");
  const IdentityRecord* identity = EmailIdentity(user);
  if (identity == nullptr) {
    return Error(Reason::kIdentityNotFound, "no e-mail identity");
  }
  event->provider = identity->provider;
  ASSIGN_OR_RETURN(
      const PasswordRecord record,
      deps_.store->passwords()->FindById(user.app, identity->subject));
  // Sessions end before the password changes: a call that is repeated does not
  // get so far, because it brings the old password.
  return deps_.passwords
      ->Change(
          user.app, record.provider, record.email,
          {Secret(request.current_password()), Secret(request.new_password()),
           [&] { return EndOtherSessions(*event, context); }},
          context.call)
      .status();
}

}  // namespace latchkey
