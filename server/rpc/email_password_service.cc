#include "server/rpc/email_password_service.h"

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/login/attempt_key.h"
#include "core/login/email_accounts.h"
#include "google/protobuf/struct.pb.h"
#include "server/rpc/convert.h"
#include "server/rpc/field_checks.h"

namespace latchkey {
namespace {

constexpr char kService[] = "/latchkey.v1.EmailPasswordService/";
constexpr size_t kMaxAppId = 64;
constexpr size_t kMaxEmail = 254;
// Longer ones are refused before any hash (the policy may say less).
constexpr size_t kMaxPassword = 1024;
constexpr size_t kMaxToken = 256;
constexpr size_t kMaxArguments = 16 * 1024;

// LaneBy is kFunction for requests of apps that `asks` a function, else `lane`.
template <typename Request, typename Asks>
Method::LaneChooser LaneBy(Asks asks, Lane lane) {
  return [asks, lane](const google::protobuf::Message& request,
                      const google::protobuf::Message& /*response*/) {
    return asks(static_cast<const Request&>(request)) ? Lane::kFunction : lane;
  };
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

bool EmailPasswordService::AsksToConfirm(const std::string& app) const {
  const absl::StatusOr<EmailApp> found = FindEmailApp(*deps_.apps, AppId(app));
  return found.ok() && found->settings().confirmation ==
                           EmailPasswordSettings::Confirmation::kFunction;
}

bool EmailPasswordService::AsksToReset(const std::string& app) const {
  const absl::StatusOr<EmailApp> found = FindEmailApp(*deps_.apps, AppId(app));
  return found.ok() &&
         found->settings().reset == EmailPasswordSettings::Reset::kFunction;
}

void EmailPasswordService::Register(MethodTable* table) {
  const auto add = [&](const char* name, auto member, Lane lane) -> Method& {
    return table->AddMember(absl::StrCat(kService, name), {.lane = lane}, this,
                            member);
  };
  Method& registering =
      add("Register", &EmailPasswordService::RegisterAddress, Lane::kHash);
  registering.lane = LaneBy<v1::RegisterRequest>(
      [this](const auto& request) { return AsksToConfirm(request.app()); },
      Lane::kHash);
  add("Confirm", &EmailPasswordService::Confirm, Lane::kStore);
  Method& resending =
      add("ResendConfirmation", &EmailPasswordService::ResendConfirmation,
          Lane::kStore);
  resending.lane = LaneBy<v1::ResendConfirmationRequest>(
      [this](const auto& request) { return AsksToConfirm(request.app()); },
      Lane::kStore);
  Method& asking =
      add("RequestPasswordReset", &EmailPasswordService::RequestPasswordReset,
          Lane::kStore);
  asking.lane = LaneBy<v1::RequestPasswordResetRequest>(
      [this](const auto& request) { return AsksToReset(request.app()); },
      Lane::kStore);
  add("ResetPassword", &EmailPasswordService::ResetPassword, Lane::kHash);
  add("ChangePassword", &EmailPasswordService::ChangePassword, Lane::kHash);
}

absl::Status EmailPasswordService::RegisterAddress(
    const v1::RegisterRequest& request, const RpcContext& context,
    v1::RegisterResponse* /*response*/) {
  RETURN_IF_ERROR(FieldChecks()
                      .Text("app", request.app(), 1, kMaxAppId)
                      .Text("email", request.email(), 1, kMaxEmail)
                      .Bytes("password", request.password(), 1, kMaxPassword)
                      .status());
  return deps_.registrations->Register(AppId(request.app()), request.email(),
                                       Secret(request.password()),
                                       context.call);
}

absl::Status EmailPasswordService::Confirm(const v1::ConfirmRequest& request,
                                           const RpcContext& context,
                                           v1::ConfirmResponse* /*response*/) {
  RETURN_IF_ERROR(FieldChecks()
                      .Text("app", request.app(), 1, kMaxAppId)
                      .ObjectId("token_id", request.token_id())
                      .Bytes("token", request.token(), 1, kMaxToken)
                      .status());
  return deps_.registrations->Confirm(AppId(request.app()), request.token_id(),
                                      Secret(request.token()), context.call);
}

absl::Status EmailPasswordService::ResendConfirmation(
    const v1::ResendConfirmationRequest& request, const RpcContext& context,
    v1::ResendConfirmationResponse* /*response*/) {
  RETURN_IF_ERROR(FieldChecks()
                      .Text("app", request.app(), 1, kMaxAppId)
                      .Text("email", request.email(), 1, kMaxEmail)
                      .status());
  return deps_.registrations->Resend(AppId(request.app()), request.email(),
                                     context.call);
}

absl::Status EmailPasswordService::RequestPasswordReset(
    const v1::RequestPasswordResetRequest& request, const RpcContext& context,
    v1::RequestPasswordResetResponse* /*response*/) {
  RETURN_IF_ERROR(
      FieldChecks()
          .Text("app", request.app(), 1, kMaxAppId)
          .Text("email", request.email(), 1, kMaxEmail)
          .Bytes("new_password", request.new_password(), 0, kMaxPassword)
          .status());
  PasswordResetService::Request asked;
  asked.app = AppId(request.app());
  asked.email = request.email();
  asked.new_password = Secret(request.new_password());
  if (request.has_arguments()) {
    google::protobuf::Struct wrapped;
    *(*wrapped.mutable_fields())["arguments"].mutable_list_value() =
        request.arguments();
    ASSIGN_OR_RETURN(asked.arguments_json,
                     StructToJson(wrapped, "arguments", kMaxArguments));
  }
  const absl::Status outcome = deps_.resets->Ask(asked, context.call);
  WipeString(&asked.arguments_json);
  return outcome;
}

absl::Status EmailPasswordService::ResetPassword(
    const v1::ResetPasswordRequest& request, const RpcContext& context,
    v1::ResetPasswordResponse* /*response*/) {
  RETURN_IF_ERROR(
      FieldChecks()
          .Text("app", request.app(), 1, kMaxAppId)
          .ObjectId("token_id", request.token_id())
          .Bytes("token", request.token(), 1, kMaxToken)
          .Bytes("new_password", request.new_password(), 1, kMaxPassword)
          .status());
  const Secret token(request.token());
  return deps_.resets->Reset(AppId(request.app()), {request.token_id(), &token},
                             Secret(request.new_password()), context.call);
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
  RecordOutcome(outcome, audit_action::kPasswordChangeFailed, &event,
                deps_.audit);
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
