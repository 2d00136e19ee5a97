#include "server/app_services/service_endpoints.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "latchkey/v1/auth_service.pb.h"
#include "server/app_services/rpc_row.h"

namespace latchkey {
namespace {

constexpr char kVerifyRpc[] = "/latchkey.v1.AuthService/Verify";

// "wss://host" for "https://host".
std::string WebSocketBase(absl::string_view base) {
  absl::string_view rest = base;
  if (absl::ConsumePrefix(&rest, "http://")) return absl::StrCat("ws://", rest);
  absl::ConsumePrefix(&rest, "https://");
  return absl::StrCat("wss://", rest);
}

json::Value AnswerOf(const Principal& caller) {
  json::Value answer{json::Value::Object()};
  answer.Set("user_id", caller.user_id);
  answer.Set("app_id", caller.app);
  answer.Set("session_id", caller.session_id);
  answer.Set("provider", caller.provider);
  answer.Set("subject", caller.subject);
  answer.Set("roles",
             json::Value::Array(caller.roles.begin(), caller.roles.end()));
  answer.Set("iat", absl::ToUnixSeconds(caller.issued_at));
  answer.Set("exp", absl::ToUnixSeconds(caller.expires_at));
  return answer;
}

json::Value AnswerOf(const v1::Principal& principal) {
  json::Value answer{json::Value::Object()};
  answer.Set("user_id", principal.user_id());
  answer.Set("app_id", principal.app());
  answer.Set("session_id", principal.session_id());
  answer.Set("provider", principal.provider());
  answer.Set("subject", principal.subject());
  answer.Set("roles", json::Value::Array(principal.roles().begin(),
                                         principal.roles().end()));
  if (principal.has_issued_at()) {
    answer.Set("iat", int64_t{principal.issued_at().seconds()});
  }
  if (principal.has_expires_at()) {
    answer.Set("exp", int64_t{principal.expires_at().seconds()});
  }
  return answer;
}

}  // namespace

void ServiceEndpoints::Add(const char* method, const char* pattern,
                           Member prepare, RouteTable* table) {
  Route route;
  route.method = method;
  route.pattern = pattern;
  route.prepare = [this, prepare](Exchange* exchange) {
    return (this->*prepare)(exchange);
  };
  table->Add(std::move(route));
}

void ServiceEndpoints::AddTo(RouteTable* table) {
  Add("GET", "app/{app}/location", &ServiceEndpoints::Location, table);
  Add("POST", "app/{app}/functions/call", &ServiceEndpoints::CallFunction,
      table);
  Add("POST", "app/{app}/auth/verify", &ServiceEndpoints::Verify, table);
  Add("POST", "auth/verify", &ServiceEndpoints::Verify, table);
}

absl::Status ServiceEndpoints::Location(Exchange* exchange) {
  json::Value answer{json::Value::Object()};
  answer.Set("deployment_model", "GLOBAL");
  answer.Set("location", "US-VA");
  answer.Set("hostname", exchange->base_url);
  answer.Set("ws_hostname", WebSocketBase(exchange->base_url));
  exchange->Answer(200, answer);
  return absl::OkStatus();
}

// latchkey runs functions that log in, and no others.
absl::Status ServiceEndpoints::CallFunction(Exchange* exchange) {
  RETURN_IF_ERROR(deps_.bearer->TakeAccess(exchange));
  return exchange->Refuse({404, "FunctionNotFound", "function not found"},
                          Reason::kResourceNotFound);
}

absl::Status ServiceEndpoints::Verify(Exchange* exchange) {
  const HttpRequest& http = exchange->http;
  std::string foreign;
  if (http.Header("authorization").empty() && exchange->app != nullptr) {
    foreign = std::string(http.Header("jwttokenstring"));
    if (foreign.empty()) foreign = std::string(http.Header("apikey"));
  }
  if (foreign.empty()) {
    RETURN_IF_ERROR(deps_.bearer->TakeAccess(exchange));
    exchange->Answer(200, AnswerOf(exchange->caller));
    return absl::OkStatus();
  }
  exchange->situation = Situation::kVerify;
  exchange->lane = Lane::kRemote;
  exchange->work = [this, exchange, token = std::move(foreign)] {
    return VerifyForeign(token, exchange);
  };
  return absl::OkStatus();
}

absl::Status ServiceEndpoints::VerifyForeign(const std::string& token,
                                             Exchange* exchange) {
  v1::VerifyRequest request;
  request.set_token(token);
  request.set_app(exchange->app->id.value());
  v1::VerifyResponse response;
  RETURN_IF_ERROR(
      RunRow(deps_.methods->Find(kVerifyRpc), request, *exchange, &response));
  // Why is for the log: whoever sends a bad token learns nothing.
  if (!response.active()) {
    return Error(Reason::kCredentialRejected,
                 GetReasonInfo(static_cast<Reason>(response.reason())).name);
  }
  exchange->Answer(200, AnswerOf(response.principal()));
  return absl::OkStatus();
}

}  // namespace latchkey
