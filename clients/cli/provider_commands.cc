// providers: administration.
#include <memory>
#include <string>

#include "clients/cli/command.h"
#include "clients/cli/failure.h"
#include "core/base/status_macros.h"
#include "latchkey/v1/provider_admin_service.pb.h"

namespace latchkey {
namespace {

constexpr CommandText kProviders = {
    "providers", "see how providers and the keys of issuers do",
    "latchkey providers status --app=myapp-abcde\n"
    "latchkey providers keys\n"
    "latchkey providers refresh --issuer=https://issuer.example"};
constexpr CommandText kList = {"list", "list the apps and their providers",
                               "latchkey providers list\n"
                               "latchkey providers list --app=myapp-abcde"};
constexpr CommandText kStatus = {
    "status", "show the providers of an app and the state of their keys",
    "latchkey providers status --app=myapp-abcde\n"
    "latchkey providers status okta --app=myapp-abcde --output=json"};
constexpr CommandText kKeys = {
    "keys", "show the keys of issuers that are in use",
    "latchkey providers keys\n"
    "latchkey providers keys --issuer=https://issuer.example"};
constexpr CommandText kRefresh = {
    "refresh", "fetch the keys of issuers now; exit code 1 when any fails",
    "latchkey providers refresh\n"
    "latchkey providers refresh --issuer=https://issuer.example"};

absl::StatusOr<int> List(Context* context) {
  v1::ListAppsResponse response;
  if (const std::string app = context->OptionalApp(); !app.empty()) {
    v1::GetAppRequest request;
    request.set_app(app);
    v1::GetAppResponse one;
    RETURN_IF_ERROR(context->CallAsAdmin(
        "latchkey.v1.ProviderAdminService/GetApp", request, &one));
    *response.add_apps() = one.app();
  } else {
    v1::ListAppsRequest request;
    request.set_page_size(1000);
    RETURN_IF_ERROR(context->CallAsAdmin(
        "latchkey.v1.ProviderAdminService/ListApps", request, &response));
  }
  if (context->output().is_json()) {
    context->output().PrintObject(MessageJson(response));
    return kExitOk;
  }
  // A line for each provider says more than one for each app.
  json::Value::Array rows;
  for (const v1::App& app : response.apps()) {
    for (const v1::Provider& provider : app.providers()) {
      rows.push_back(json::Value::Object{
          {"app", app.id()},
          {"name", provider.name()},
          {"kind", provider.kind()},
          {"disabled", app.disabled() || provider.disabled()}});
    }
  }
  context->output().PrintList(json::Value::Object{{"rows", rows}}, "rows",
                              {{"APP", "app"},
                               {"NAME", "name"},
                               {"KIND", "kind"},
                               {"DISABLED", "disabled"}});
  return kExitOk;
}

absl::StatusOr<int> Status(const std::string& provider, Context* context) {
  v1::GetProviderStatusRequest request;
  ASSIGN_OR_RETURN(*request.mutable_app(), context->App());
  request.set_provider(provider);
  v1::GetProviderStatusResponse response;
  RETURN_IF_ERROR(
      context->CallAsAdmin("latchkey.v1.ProviderAdminService/GetProviderStatus",
                           request, &response));
  context->output().PrintList(MessageJson(response), "providers",
                              {{"NAME", "provider.name"},
                               {"KIND", "provider.kind"},
                               {"DISABLED", "provider.disabled"},
                               {"KEYS USABLE", "keySource.usable"},
                               {"AGE", "keySource.age"},
                               {"NEXT REFRESH", "keySource.nextRefreshAt"},
                               {"LAST ERROR", "keySource.lastError"}});
  return kExitOk;
}

absl::StatusOr<int> Keys(const std::string& issuer, Context* context) {
  v1::ListIdentityProviderKeysRequest request;
  request.set_app(context->OptionalApp());
  request.set_issuer(issuer);
  v1::ListIdentityProviderKeysResponse response;
  RETURN_IF_ERROR(context->CallAsAdmin(
      "latchkey.v1.ProviderAdminService/ListIdentityProviderKeys", request,
      &response));
  if (context->output().is_json()) {
    context->output().PrintObject(MessageJson(response));
    return kExitOk;
  }
  json::Value::Array rows;
  for (const v1::KeySource& source : response.key_sources()) {
    const std::string& name =
        source.issuer().empty() ? source.jwks_uri() : source.issuer();
    for (const v1::IssuerKey& key : source.keys()) {
      rows.push_back(json::Value::Object{{"issuer", name},
                                         {"kid", key.kid()},
                                         {"kty", key.kty()},
                                         {"alg", key.alg()},
                                         {"crv", key.crv()}});
    }
  }
  context->output().PrintList(json::Value::Object{{"rows", rows}}, "rows",
                              {{"ISSUER", "issuer"},
                               {"KID", "kid"},
                               {"TYPE", "kty"},
                               {"ALG", "alg"},
                               {"CURVE", "crv"}});
  return kExitOk;
}

absl::StatusOr<int> Refresh(const std::string& issuer, Context* context) {
  v1::RefreshIdentityProviderKeysRequest request;
  request.set_app(context->OptionalApp());
  request.set_issuer(issuer);
  v1::RefreshIdentityProviderKeysResponse response;
  RETURN_IF_ERROR(context->CallAsAdmin(
      "latchkey.v1.ProviderAdminService/RefreshIdentityProviderKeys", request,
      &response));
  context->output().PrintObject(MessageJson(response));
  return response.failures().empty() ? kExitOk : kExitFailed;
}

}  // namespace

void AddProviderCommands(CLI::App* root, Context* context) {
  CLI::App* group = AddGroup(root, kProviders);
  AddCommand(group, kList, context, [context] { return List(context); });

  auto provider = std::make_shared<std::string>();
  CLI::App* status = AddCommand(group, kStatus, context, [provider, context] {
    return Status(*provider, context);
  });
  status->add_option("NAME", *provider, "only this provider [all]");

  auto issuer = std::make_shared<std::string>();
  CLI::App* keys = AddCommand(group, kKeys, context, [issuer, context] {
    return Keys(*issuer, context);
  });
  keys->add_option("--issuer", *issuer, "issuer or JWKS URI [all]");

  auto refreshed = std::make_shared<std::string>();
  CLI::App* refresh =
      AddCommand(group, kRefresh, context,
                 [refreshed, context] { return Refresh(*refreshed, context); });
  refresh->add_option("--issuer", *refreshed, "issuer or JWKS URI [all]");
}

}  // namespace latchkey
