#include "server/app_services/api_key_endpoints.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/base/ids.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "latchkey/v1/user_api_key_service.pb.h"
#include "server/app_services/rpc_row.h"

namespace latchkey {
namespace {

constexpr char kService[] = "/latchkey.v1.UserApiKeyService/";

// Exactly these members: clients compare the whole.
json::Value ValueOf(const v1::ApiKey& key) {
  json::Value out{json::Value::Object()};
  out.Set("_id", key.id());
  out.Set("name", key.name());
  out.Set("disabled", key.disabled());
  return out;
}

absl::Status ReadName(Exchange* exchange, std::string* name) {
  const json::Value* const sent = exchange->body.Find("name");
  const std::string* const text = sent == nullptr ? nullptr : sent->as_string();
  if (text == nullptr || text->empty()) {
    return exchange->Refuse({400, "", "'name' is a required string"},
                            Reason::kInvalidRequest);
  }
  *name = *text;
  return absl::OkStatus();
}

}  // namespace

void ApiKeyEndpoints::Add(const char* method, const char* pattern, Member work,
                          RouteTable* table) {
  Route route;
  route.method = method;
  route.pattern = pattern;
  route.reads_body = absl::string_view(method) == "POST";
  route.prepare = [this, work](Exchange* exchange) {
    exchange->situation = Situation::kRefresh;
    exchange->work = [this, work, exchange] {
      RETURN_IF_ERROR(deps_.bearer->TakeRefresh(exchange));
      exchange->situation = Situation::kApiKey;
      return (this->*work)(exchange);
    };
    return absl::OkStatus();
  };
  table->Add(std::move(route));
}

void ApiKeyEndpoints::AddTo(RouteTable* table) {
  Add("POST", "auth/api_keys", &ApiKeyEndpoints::Create, table);
  Add("GET", "auth/api_keys", &ApiKeyEndpoints::List, table);
  Add("GET", "auth/api_keys/{id}", &ApiKeyEndpoints::Get, table);
  Add("DELETE", "auth/api_keys/{id}", &ApiKeyEndpoints::Delete, table);
  Add("PUT", "auth/api_keys/{id}/enable", &ApiKeyEndpoints::Enable, table);
  Add("PUT", "auth/api_keys/{id}/disable", &ApiKeyEndpoints::Disable, table);
}

template <typename Response, typename Request>
absl::Status ApiKeyEndpoints::Run(const char* name, Request request,
                                  Exchange* exchange, Response* response) {
  // What cannot be an id is the id of no key.
  if (!IsObjectId(exchange->id)) {
    return Error(Reason::kResourceNotFound, "no key id");
  }
  request.set_id(exchange->id);
  return RunRow(deps_.methods->Find(absl::StrCat(kService, name)), request,
                *exchange, response);
}

absl::Status ApiKeyEndpoints::Create(Exchange* exchange) {
  v1::CreateApiKeyRequest request;
  RETURN_IF_ERROR(ReadName(exchange, request.mutable_name()));
  v1::CreateApiKeyResponse response;
  RETURN_IF_ERROR(
      RunRow(deps_.methods->Find(absl::StrCat(kService, "CreateApiKey")),
             request, *exchange, &response));
  json::Value answer = ValueOf(response.api_key());
  answer.Set("key", response.key());
  exchange->Answer(201, answer);
  return absl::OkStatus();
}

absl::Status ApiKeyEndpoints::List(Exchange* exchange) {
  v1::ListApiKeysResponse response;
  RETURN_IF_ERROR(
      RunRow(deps_.methods->Find(absl::StrCat(kService, "ListApiKeys")),
             v1::ListApiKeysRequest(), *exchange, &response));
  json::Value::Array keys;
  for (const v1::ApiKey& key : response.api_keys()) {
    keys.push_back(ValueOf(key));
  }
  exchange->Answer(200, json::Value(std::move(keys)));
  return absl::OkStatus();
}

absl::Status ApiKeyEndpoints::Get(Exchange* exchange) {
  v1::GetApiKeyResponse response;
  RETURN_IF_ERROR(
      Run("GetApiKey", v1::GetApiKeyRequest(), exchange, &response));
  exchange->Answer(200, ValueOf(response.api_key()));
  return absl::OkStatus();
}

absl::Status ApiKeyEndpoints::Delete(Exchange* exchange) {
  if (exchange->caller.subject == exchange->id) {
    return exchange->Refuse({403, "", "Forbidden: the API key is in use"},
                            Reason::kCallerNotAllowed);
  }
  v1::DeleteApiKeyResponse response;
  RETURN_IF_ERROR(
      Run("DeleteApiKey", v1::DeleteApiKeyRequest(), exchange, &response));
  exchange->AnswerNothing();
  return absl::OkStatus();
}

absl::Status ApiKeyEndpoints::Enable(Exchange* exchange) {
  v1::EnableApiKeyResponse response;
  RETURN_IF_ERROR(
      Run("EnableApiKey", v1::EnableApiKeyRequest(), exchange, &response));
  exchange->AnswerNothing();
  return absl::OkStatus();
}

absl::Status ApiKeyEndpoints::Disable(Exchange* exchange) {
  v1::DisableApiKeyResponse response;
  RETURN_IF_ERROR(
      Run("DisableApiKey", v1::DisableApiKeyRequest(), exchange, &response));
  exchange->AnswerNothing();
  return absl::OkStatus();
}

}  // namespace latchkey
