// outbound: tokens for other services.
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/strip.h"
#include "clients/cli/command.h"
#include "clients/cli/failure.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"
#include "latchkey/v1/outbound_credential_service.pb.h"

namespace latchkey {
namespace {

constexpr CommandText kOutbound = {
    "outbound", "see and fetch tokens that the service gets for others",
    "latchkey outbound list\n"
    "latchkey outbound fetch reports"};
constexpr CommandText kList = {"list",
                               "list the credentials that you may fetch",
                               "latchkey outbound list\n"
                               "latchkey outbound list --output=json"};
constexpr CommandText kFetch = {
    "fetch", "get an access token, with its scope and when it ends",
    "latchkey outbound fetch reports\n"
    "latchkey outbound fetch reports --output=json"};

// For people: no word where all is well, and no prefix where it is not.
void ShortenReasons(const v1::ListOutboundCredentialsResponse& response,
                    json::Value* list) {
  json::Value::Array rows;
  for (const v1::OutboundCredential& one : response.credentials()) {
    json::Value row = MessageJson(one);
    const std::string reason =
        one.last_failure() == v1::REASON_UNSPECIFIED
            ? ""
            : std::string(absl::StripPrefix(v1::Reason_Name(one.last_failure()),
                                            "REASON_"));
    row.Set("lastFailure", reason);
    rows.push_back(std::move(row));
  }
  list->Set("credentials", std::move(rows));
}

absl::StatusOr<int> List(Context* context) {
  v1::ListOutboundCredentialsResponse response;
  RETURN_IF_ERROR(context->CallAsAdmin(
      "latchkey.v1.OutboundCredentialService/ListOutboundCredentials",
      v1::ListOutboundCredentialsRequest(), &response));
  json::Value list = MessageJson(response);
  if (!context->output().is_json()) ShortenReasons(response, &list);
  context->output().PrintList(list, "credentials",
                              {{"NAME", "name"},
                               {"ENDPOINT", "endpoint"},
                               {"EXPIRES AT", "expiresAt"},
                               {"REFRESH AT", "refreshAt"},
                               {"LAST FAILURE", "lastFailure"},
                               {"REQUESTS", "requests"}});
  return kExitOk;
}

absl::StatusOr<int> Fetch(const std::string& name, Context* context) {
  v1::FetchAccessTokenRequest request;
  request.set_name(name);
  v1::FetchAccessTokenResponse response;
  RETURN_IF_ERROR(context->CallAsAdmin(
      "latchkey.v1.OutboundCredentialService/FetchAccessToken", request,
      &response));
  context->output().PrintObject(MessageJson(response));
  return kExitOk;
}

}  // namespace

void AddOutboundCommands(CLI::App* root, Context* context) {
  CLI::App* group = AddGroup(root, kOutbound);
  AddCommand(group, kList, context, [context] { return List(context); });

  auto name = std::make_shared<std::string>();
  CLI::App* fetch = AddCommand(group, kFetch, context, [name, context] {
    return Fetch(*name, context);
  });
  fetch->add_option("NAME", *name, "name of the credential")->required();
}

}  // namespace latchkey
