#include "server/app_services/login_endpoints.h"

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/login/attempt_key.h"
#include "core/session/app_services_claims.h"
#include "latchkey/v1/credential.pb.h"
#include "server/app_services/login_payload.h"
#include "server/rpc/credential_reader.h"

namespace latchkey {
namespace {

bool AsksToLink(absl::string_view query) {
  for (const absl::string_view part : absl::StrSplit(query, '&')) {
    if (part == "link=true") return true;
  }
  return false;
}

json::Value AnswerOf(const SessionRecord& session,
                     absl::string_view access_token) {
  json::Value answer{json::Value::Object()};
  answer.Set("access_token", std::string(access_token));
  answer.Set("user_id", session.user.value());
  answer.Set("device_id", AppServicesDeviceId(session));
  return answer;
}

}  // namespace

void LoginEndpoints::AddTo(RouteTable* table) {
  Route route;
  route.method = "POST";
  route.pattern = "app/{app}/auth/providers/{provider}/login";
  route.prepare = [this](Exchange* exchange) { return Prepare(exchange); };
  route.reads_body = true;
  table->Add(std::move(route));
}

absl::Status LoginEndpoints::Prepare(Exchange* exchange) {
  const bool links = AsksToLink(exchange->http.query);
  // Without link the header means nothing: it may be another user's, expired,
  // or the text "Bearer null".
  if (links) RETURN_IF_ERROR(deps_.bearer->TakeAccess(exchange));
  exchange->situation = links ? Situation::kLink : Situation::kLogin;
  v1::Credential payload;
  RETURN_IF_ERROR(ReadPayload(exchange, &payload));
  ASSIGN_OR_RETURN(std::string device_json,
                   ReadDeviceJson(deps_.clock, deps_.random, exchange));
  ASSIGN_OR_RETURN(Credential credential, ReadCredential(payload));
  exchange->lane = CredentialLane(payload);
  if (links) {
    exchange->work = [this, exchange, credential = std::move(credential)] {
      return Link(credential, exchange);
    };
    return absl::OkStatus();
  }
  LoginRequest request;
  request.app = exchange->app->id;
  request.credential = std::move(credential);
  request.device_json = std::move(device_json);
  request.rotates = false;
  if (request.credential.kind() == ProviderKind::kAnonymous) {
    request.session_ttl = exchange->settings().anonymous_session_ttl;
  }
  exchange->work = [this, exchange, request = std::move(request)]() mutable {
    return Login(std::move(request), exchange);
  };
  return absl::OkStatus();
}

absl::Status LoginEndpoints::Login(LoginRequest request, Exchange* exchange) {
  const char* const kind = ProviderKindName(request.credential.kind());
  const absl::StatusOr<IssuedSession> issued =
      deps_.logins->Login(std::move(request), exchange->context.call);
  deps_.metrics->CountLogin(kind, GetReason(issued.status()));
  if (!issued.ok()) return issued.status();
  json::Value answer = AnswerOf(issued->session, issued->access_token);
  answer.Set("refresh_token", issued->refresh_token);
  exchange->Answer(200, answer);
  return absl::OkStatus();
}

absl::StatusOr<bool> LoginEndpoints::IsOwnApiKey(const Credential& credential,
                                                 const Exchange& exchange) {
  const auto* key = std::get_if<ApiKeyCredential>(&credential.arm);
  if (key == nullptr) return false;
  RETURN_IF_ERROR(Take(absl::StrCat("link-key\n", exchange.app->id.value(),
                                    "\n", exchange.caller.user_id),
                       deps_.clock->TimeNow(), deps_.lookups));
  const absl::StatusOr<ApiKeyRecord> found =
      deps_.api_keys->Check(exchange.app->id, key->key);
  return found.ok() && found->user.value() == exchange.caller.user_id;
}

absl::Status LoginEndpoints::Link(const Credential& credential,
                                  Exchange* exchange) {
  const CallContext& call = exchange->context.call;
  // Before anything changes: the token may outlive its session.
  ASSIGN_OR_RETURN(
      const SessionRecord session,
      deps_.sessions->Find(SessionId(exchange->caller.session_id)));
  ASSIGN_OR_RETURN(const bool own_key, IsOwnApiKey(credential, *exchange));
  if (!own_key) {
    RETURN_IF_ERROR(
        deps_.links->Link(exchange->caller, credential, call).status());
  }
  // On linking the refresh token stays, and a session of another API has all of
  // its tokens from there.
  if (session.rotates) {
    absl::string_view token;
    RETURN_IF_ERROR(Bearer::TokenOf(exchange, &token));
    exchange->Answer(200, AnswerOf(session, token));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const IssuedSession renewed,
                   deps_.sessions->Renew(session.id, call));
  exchange->Answer(200, AnswerOf(renewed.session, renewed.access_token));
  return absl::OkStatus();
}

}  // namespace latchkey
