#include "server/rpc/outbound_service.h"

#include <string>
#include <utility>

#include "core/base/reason.h"
#include "core/base/secret.h"
#include "core/base/status_macros.h"
#include "server/rpc/convert.h"
#include "server/rpc/field_checks.h"

namespace latchkey {
namespace {

constexpr char kFetch[] =
    "/latchkey.v1.OutboundCredentialService/FetchAccessToken";
constexpr char kList[] =
    "/latchkey.v1.OutboundCredentialService/ListOutboundCredentials";
constexpr size_t kMaxName = 64;
constexpr size_t kMaxToken = 16 * 1024;

void Fill(const OutboundToken& token, v1::FetchAccessTokenResponse* out) {
  const absl::string_view text = token.access_token.RevealSecret();
  out->set_access_token(text.data(), text.size());
  out->set_token_type(token.token_type);
  if (token.expires_at.has_value()) {
    ToProto(*token.expires_at, out->mutable_expires_at());
  }
  out->set_scope(token.scope);
}

void Fill(const OutboundStatus& status, v1::OutboundCredential* out) {
  out->set_name(status.name);
  out->set_endpoint(status.endpoint);
  for (const std::string& scope : status.scopes) out->add_scopes(scope);
  if (status.expires_at.has_value()) {
    ToProto(*status.expires_at, out->mutable_expires_at());
  }
  if (status.refresh_at.has_value()) {
    ToProto(*status.refresh_at, out->mutable_refresh_at());
  }
  out->set_last_failure(static_cast<v1::Reason>(status.last_failure));
  out->set_requests(status.tries);
  out->set_failed_requests(status.failed_tries);
}

}  // namespace

void OutboundService::Register(MethodTable* table) {
  Method& fetch = table->AddStarter<FetchRequest, FetchResponse>(
      kFetch, {.group = ServiceGroup::kOutbound},
      [this](const FetchRequest& request, const RpcContext& context,
             FetchResponse* response, Method::Done done) {
        StartFetch(request, context, response, std::move(done));
      });
  fetch.try_inline = [this](const google::protobuf::Message& request,
                            const RpcContext& context,
                            google::protobuf::Message* response) {
    return TryFetch(static_cast<const FetchRequest&>(request), context,
                    static_cast<FetchResponse*>(response));
  };
  table->AddMember(kList, {.group = ServiceGroup::kOutbound}, this,
                   &OutboundService::List);
}

std::optional<absl::Status> OutboundService::TryFetch(
    const FetchRequest& request, const RpcContext& context,
    FetchResponse* response) {
  const absl::StatusOr<CallContext> call = deps_.guard->Admit(context);
  if (!call.ok()) return call.status();
  absl::Status valid =
      FieldChecks()
          .Text("name", request.name(), 1, kMaxName)
          .Bytes("refused_token", request.refused_token(), 0, kMaxToken)
          .status();
  if (!valid.ok()) return valid;
  if (!request.refused_token().empty()) return std::nullopt;
  std::optional<absl::Status> done = deps_.credentials->TryFetch(
      request.name(), call->actor,
      [response](const OutboundToken& token) { Fill(token, response); });
  if (done.has_value()) AuditRefusal(*done, request.name(), *call);
  return done;
}

void OutboundService::AuditRefusal(const absl::Status& status,
                                   const std::string& name,
                                   const CallContext& call) {
  if (GetReason(status) != Reason::kCallerNotAllowed) return;
  AuditEvent event(audit_action::kAdminRefused, call);
  event.target = name;
  event.detail = "not a caller of the outbound credential";
  deps_.audit->Record(event);
}

void OutboundService::StartFetch(const FetchRequest& request,
                                 const RpcContext& context,
                                 FetchResponse* response, Method::Done done) {
  const absl::StatusOr<CallContext> call = deps_.guard->Admit(context);
  if (!call.ok()) return done(call.status());
  deps_.credentials->Fetch(
      {request.name(), call->actor, call->deadline, call->cancelled,
       Secret(request.refused_token())},
      [this, &request, call = *call, response, done = std::move(done)](
          const OutboundCredentials::TokenOr& token) mutable {
        if (token.ok()) Fill(**token, response);
        AuditRefusal(token.status(), request.name(), call);
        done(token.status());
      });
}

absl::Status OutboundService::List(
    const v1::ListOutboundCredentialsRequest& /*request*/,
    const RpcContext& context, v1::ListOutboundCredentialsResponse* response) {
  ASSIGN_OR_RETURN(const CallContext call, deps_.guard->Admit(context));
  for (const OutboundStatus& status : deps_.credentials->List(call.actor)) {
    Fill(status, response->add_credentials());
  }
  return absl::OkStatus();
}

}  // namespace latchkey
