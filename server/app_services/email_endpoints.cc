#include "server/app_services/email_endpoints.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/ids.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/login/attempt_key.h"
#include "core/provider/email.h"
#include "core/provider/provider.h"
#include "core/provider/provider_settings.h"
#include "google/protobuf/struct.pb.h"
#include "latchkey/v1/email_password_service.pb.h"
#include "server/app_services/ejson.h"
#include "server/app_services/rpc_row.h"
#include "server/rpc/struct_json.h"

namespace latchkey {
namespace {

constexpr char kService[] = "/latchkey.v1.EmailPasswordService/";
constexpr size_t kMaxTokenBytes = 256;
constexpr char kArguments[] = "arguments";

const Method* FindRow(const MethodTable& methods, const char* name) {
  return methods.Find(absl::StrCat(kService, name));
}

absl::Status CheckPassword(const std::string& password, Exchange* exchange) {
  const auto characters = static_cast<size_t>(std::count_if(
      password.begin(), password.end(),
      [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  const AppServicesSettings& settings = exchange->settings();
  if (characters >= settings.min_password_length &&
      characters <= settings.max_password_length) {
    return absl::OkStatus();
  }
  return Error(Reason::kPasswordUnacceptable, "length");
}

// The token of a mail and its id.
template <typename Request>
absl::Status ReadMailToken(Exchange* exchange, Request* request) {
  request->set_app(exchange->app->id.value());
  RETURN_IF_ERROR(exchange->ReadText("token", request->mutable_token()));
  const json::Value* const id = exchange->body.Find("tokenId");
  if (id == nullptr) {
    return exchange->ReadText("tokenId", request->mutable_token_id());
  }
  request->set_token_id(ObjectIdText(*id));
  if (request->token_id().empty() || request->token().empty() ||
      request->token().size() > kMaxTokenBytes) {
    return Error(Reason::kInvalidRequest, "shape of a mail token");
  }
  return absl::OkStatus();
}

absl::Status ReadEmail(Exchange* exchange) {
  return exchange->ReadText("email", &exchange->email);
}

// The settings of the app's e-mail/password provider, of which there is one at
// most; null when there is none.
const EmailPasswordSettings* SettingsOf(const Exchange& exchange) {
  const auto& accounts = exchange.app->email_accounts;
  return accounts.empty() ? nullptr : &accounts.begin()->second->settings;
}

bool HasMode(const Exchange& exchange,
             EmailPasswordSettings::Confirmation mode) {
  const EmailPasswordSettings* const settings = SettingsOf(exchange);
  return settings != nullptr && settings->confirmation == mode;
}

bool HasMode(const Exchange& exchange, EmailPasswordSettings::Reset mode) {
  const EmailPasswordSettings* const settings = SettingsOf(exchange);
  return settings != nullptr && settings->reset == mode;
}

// `wrong`: the app is in the other mode, where the client should ask the other
// endpoint, whatever the address.
absl::Status RefuseMode(bool wrong, const char* text, Exchange* exchange) {
  if (!wrong) return absl::OkStatus();
  return exchange->Refuse({400, "", text}, Reason::kUnimplemented);
}

absl::string_view FailedAction(Situation situation) {
  if (situation == Situation::kRegister) return audit_action::kRegisterFailed;
  if (situation == Situation::kConfirmAgain) {
    return audit_action::kConfirmationRequestFailed;
  }
  return audit_action::kPasswordResetRequestFailed;
}

absl::Status ReadArguments(Exchange* exchange,
                           google::protobuf::ListValue* out) {
  const json::Value* const sent = exchange->body.Find(kArguments);
  if (sent == nullptr || sent->is_null()) return absl::OkStatus();
  if (sent->as_array() == nullptr) {
    return exchange->Refuse(
        {400, "InvalidParameter", "'arguments' must be an array"},
        Reason::kInvalidRequest);
  }
  // Struct is what there is a reader for.
  json::Value object{json::Value::Object()};
  object.Set(kArguments, RelaxEjson(*sent));
  google::protobuf::Struct wrapped;
  JsonToStruct(object, &wrapped);
  out->Swap((*wrapped.mutable_fields())[kArguments].mutable_list_value());
  return absl::OkStatus();
}

}  // namespace

EmailEndpoints::EmailEndpoints(Deps deps)
    : deps_(deps),
      register_(FindRow(*deps.methods, "Register")),
      confirm_(FindRow(*deps.methods, "Confirm")),
      resend_(FindRow(*deps.methods, "ResendConfirmation")),
      request_reset_(FindRow(*deps.methods, "RequestPasswordReset")),
      reset_(FindRow(*deps.methods, "ResetPassword")) {}

// Nobody has to be logged in: whatever token comes along is not looked at.
void EmailEndpoints::Add(const char* name, Member prepare, RouteTable* table) {
  Route route;
  route.method = "POST";
  route.pattern =
      absl::StrCat("app/{app}/auth/providers/local-userpass/", name);
  route.reads_body = true;
  route.prepare = [this, prepare](Exchange* exchange) {
    exchange->provider = "local-userpass";
    exchange->context.call.min_password_length =
        exchange->settings().min_password_length;
    return (this->*prepare)(exchange);
  };
  table->Add(std::move(route));
}

void EmailEndpoints::AddTo(RouteTable* table) {
  Add("register", &EmailEndpoints::Register, table);
  Add("confirm", &EmailEndpoints::Confirm, table);
  Add("confirm/send", &EmailEndpoints::SendConfirmation, table);
  Add("confirm/call", &EmailEndpoints::CallConfirmation, table);
  Add("reset/send", &EmailEndpoints::SendReset, table);
  Add("reset/call", &EmailEndpoints::CallReset, table);
  Add("reset", &EmailEndpoints::Reset, table);
}

template <typename Response, typename Request>
void EmailEndpoints::Work(const Method* row, Request request, Member check,
                          int status, Exchange* exchange) {
  if (row != nullptr) exchange->lane = row->lane(request, Response());
  exchange->work = [this, row, check, status, exchange,
                    request = std::move(request)] {
    if (check != nullptr) RETURN_IF_ERROR(Check(check, exchange));
    Response response;
    RETURN_IF_ERROR(RunRow(row, request, *exchange, &response));
    if (status == 204) {
      exchange->AnswerNothing();
    } else {
      exchange->Answer(status, json::Value(json::Value::Object()));
    }
    return absl::OkStatus();
  };
}

absl::StatusOr<std::optional<PasswordRecord>> EmailEndpoints::FindAccount(
    const Exchange& exchange) {
  const AppId& app = exchange.app->id;
  RETURN_IF_ERROR(Take(absl::StrCat("account\n", app.value(), "\n",
                                    PeerKey(exchange.context.call.peer)),
                       deps_.clock->TimeNow(), deps_.lookups));
  ASSIGN_OR_RETURN(const Provider* provider,
                   exchange.app->registry.Find(ProviderKind::kEmailPassword,
                                               ProviderName()));
  const absl::StatusOr<std::string> email =
      CanonicalEmail(exchange.email, "email");
  if (!email.ok()) return std::optional<PasswordRecord>();
  absl::StatusOr<PasswordRecord> record =
      deps_.store->passwords()->FindByEmail(app, provider->name(), *email);
  if (GetReason(record.status()) == Reason::kResourceNotFound) {
    return std::optional<PasswordRecord>();
  }
  RETURN_IF_ERROR(record.status());
  return std::optional<PasswordRecord>(*std::move(record));
}

absl::Status EmailEndpoints::CheckFree(Exchange* exchange) {
  if (!exchange->settings().reveal_accounts) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<PasswordRecord> account,
                   FindAccount(*exchange));
  if (!account.has_value()) return absl::OkStatus();
  return Error(Reason::kResourceExists, "the address is taken");
}

absl::Status EmailEndpoints::CheckUnconfirmed(Exchange* exchange) {
  if (!exchange->settings().reveal_accounts) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<PasswordRecord> account,
                   FindAccount(*exchange));
  if (!account.has_value()) {
    return Error(Reason::kUserNotFound, "no such address");
  }
  if (account->confirmed) {
    return exchange->Refuse({400, "UserAlreadyConfirmed", "already confirmed"},
                            Reason::kInvalidRequest);
  }
  const auto found =
      exchange->app->email_accounts.find(account->provider.value());
  if (found != exchange->app->email_accounts.end() &&
      found->second->settings.confirmation ==
          EmailPasswordSettings::Confirmation::kAutomatic) {
    return exchange->Refuse(
        {400, "",
         absl::StrCat("cannot run confirmation for ", exchange->email,
                      ": automatic confirmation is enabled")},
        Reason::kInvalidRequest);
  }
  return absl::OkStatus();
}

absl::Status EmailEndpoints::CheckKnown(Exchange* exchange) {
  if (!exchange->settings().reveal_accounts) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<PasswordRecord> account,
                   FindAccount(*exchange));
  if (account.has_value()) return absl::OkStatus();
  return Error(Reason::kUserNotFound, "no such address");
}

absl::Status EmailEndpoints::Register(Exchange* exchange) {
  exchange->situation = Situation::kRegister;
  v1::RegisterRequest request;
  request.set_app(exchange->app->id.value());
  RETURN_IF_ERROR(ReadEmail(exchange));
  RETURN_IF_ERROR(exchange->ReadText("password", request.mutable_password()));
  request.set_email(exchange->email);
  // The address first, as clients expect of an empty one.
  RETURN_IF_ERROR(CanonicalEmail(exchange->email, "email").status());
  RETURN_IF_ERROR(CheckPassword(request.password(), exchange));
  Work<v1::RegisterResponse>(register_, std::move(request),
                             &EmailEndpoints::CheckFree, 201, exchange);
  return absl::OkStatus();
}

absl::Status EmailEndpoints::Confirm(Exchange* exchange) {
  exchange->situation = Situation::kConfirm;
  v1::ConfirmRequest request;
  RETURN_IF_ERROR(ReadMailToken(exchange, &request));
  Work<v1::ConfirmResponse>(confirm_, std::move(request), nullptr, 204,
                            exchange);
  return absl::OkStatus();
}

absl::Status EmailEndpoints::Check(Member check, Exchange* exchange) {
  absl::Status outcome = (this->*check)(exchange);
  if (outcome.ok()) return outcome;
  AuditEvent event(FailedAction(exchange->situation), exchange->context.call);
  event.app = exchange->app->id;
  const auto& accounts = exchange->app->email_accounts;
  if (!accounts.empty()) event.provider = ProviderName(accounts.begin()->first);
  event.detail = std::string(GetReasonInfo(GetReason(outcome)).name);
  deps_.audit->Record(event);
  return outcome;
}

absl::Status EmailEndpoints::SendConfirmation(Exchange* exchange) {
  RETURN_IF_ERROR(RefuseMode(
      HasMode(*exchange, EmailPasswordSettings::Confirmation::kFunction),
      "please use confirm via function", exchange));
  return ConfirmAgain(exchange);
}

absl::Status EmailEndpoints::CallConfirmation(Exchange* exchange) {
  RETURN_IF_ERROR(
      RefuseMode(HasMode(*exchange, EmailPasswordSettings::Confirmation::kMail),
                 "please use confirm via email", exchange));
  return ConfirmAgain(exchange);
}

absl::Status EmailEndpoints::ConfirmAgain(Exchange* exchange) {
  exchange->situation = Situation::kConfirmAgain;
  RETURN_IF_ERROR(ReadEmail(exchange));
  v1::ResendConfirmationRequest request;
  request.set_app(exchange->app->id.value());
  request.set_email(exchange->email);
  Work<v1::ResendConfirmationResponse>(resend_, std::move(request),
                                       &EmailEndpoints::CheckUnconfirmed, 204,
                                       exchange);
  return absl::OkStatus();
}

absl::Status EmailEndpoints::SendReset(Exchange* exchange) {
  exchange->situation = Situation::kResetRequest;
  RETURN_IF_ERROR(
      RefuseMode(HasMode(*exchange, EmailPasswordSettings::Reset::kFunction),
                 "please use reset password via function", exchange));
  RETURN_IF_ERROR(ReadEmail(exchange));
  v1::RequestPasswordResetRequest request;
  request.set_app(exchange->app->id.value());
  request.set_email(exchange->email);
  Work<v1::RequestPasswordResetResponse>(request_reset_, std::move(request),
                                         &EmailEndpoints::CheckKnown, 204,
                                         exchange);
  return absl::OkStatus();
}

absl::Status EmailEndpoints::CallReset(Exchange* exchange) {
  exchange->situation = Situation::kResetRequest;
  RETURN_IF_ERROR(
      RefuseMode(HasMode(*exchange, EmailPasswordSettings::Reset::kMail),
                 "please use reset password via email", exchange));
  RETURN_IF_ERROR(ReadEmail(exchange));
  v1::RequestPasswordResetRequest request;
  request.set_app(exchange->app->id.value());
  request.set_email(exchange->email);
  RETURN_IF_ERROR(
      exchange->ReadText("password", request.mutable_new_password()));
  RETURN_IF_ERROR(ReadArguments(exchange, request.mutable_arguments()));
  RETURN_IF_ERROR(CheckPassword(request.new_password(), exchange));
  Work<v1::RequestPasswordResetResponse>(request_reset_, std::move(request),
                                         &EmailEndpoints::CheckKnown, 204,
                                         exchange);
  return absl::OkStatus();
}

absl::Status EmailEndpoints::Reset(Exchange* exchange) {
  exchange->situation = Situation::kReset;
  v1::ResetPasswordRequest request;
  RETURN_IF_ERROR(ReadMailToken(exchange, &request));
  RETURN_IF_ERROR(
      exchange->ReadText("password", request.mutable_new_password()));
  RETURN_IF_ERROR(CheckPassword(request.new_password(), exchange));
  Work<v1::ResetPasswordResponse>(reset_, std::move(request), nullptr, 204,
                                  exchange);
  return absl::OkStatus();
}

}  // namespace latchkey
