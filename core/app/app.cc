#include "core/app/app.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

absl::Status CheckDirect(const App& app) {
  for (const ProviderName& name : app.direct_custom_jwt) {
    absl::StatusOr<Provider*> found =
        app.registry.Find(ProviderKind::kCustomJwt, name);
    if (!found.ok() || name.empty()) {
      return Error(Reason::kInvalidRequest,
                   absl::StrCat("direct verification by ", name.value(),
                                ": there is no such custom_jwt provider"));
    }
  }
  return absl::OkStatus();
}

ProviderSummary Summarize(const ProviderSettings& settings) {
  ProviderSummary summary;
  summary.name = settings.name;
  summary.kind = KindOf(settings);
  summary.disabled = settings.disabled;
  const KeySourceSpec* source = KeySourceOf(settings);
  if (source != nullptr) summary.key_source = source->id();
  return summary;
}

absl::StatusOr<std::unique_ptr<AccountFunction>> ConnectAccounts(
    const AppId& app, const std::string& target, const std::string& name,
    const ProviderDeps& deps) {
  if (deps.functions == nullptr) {
    return Error(Reason::kInternal, "functions cannot be called from here");
  }
  AuthFunctionConnector::Options options;
  options.target = target;
  options.app = app.value();
  options.function_name = name;
  return deps.functions->ConnectAccounts(options);
}

absl::StatusOr<std::shared_ptr<EmailAccounts>> MakeAccounts(
    const AppId& app, const EmailPasswordSettings& settings,
    const ProviderDeps& deps) {
  using Confirmation = EmailPasswordSettings::Confirmation;
  using Reset = EmailPasswordSettings::Reset;
  auto accounts = std::make_shared<EmailAccounts>();
  accounts->settings = settings;
  const std::string& target = settings.function_target;
  if (settings.confirmation == Confirmation::kFunction) {
    ASSIGN_OR_RETURN(
        accounts->confirmation,
        ConnectAccounts(app, target, settings.confirmation_function, deps));
  }
  if (settings.reset == Reset::kFunction) {
    ASSIGN_OR_RETURN(
        accounts->reset,
        ConnectAccounts(app, target, settings.reset_function, deps));
  }
  return accounts;
}

absl::StatusOr<std::shared_ptr<const App>> BuildApp(const AppSettings& settings,
                                                    const ProviderDeps& deps) {
  auto app = std::make_shared<App>();
  app->id = settings.id;
  app->direct_custom_jwt = settings.direct_custom_jwt;
  app->direct_api_keys = settings.direct_api_keys;
  app->app_services = settings.app_services;
  for (const ProviderSettings& provider : settings.providers) {
    app->summaries.push_back(Summarize(provider));
    if (auto endpoint = AuthorizationEndpointOf(provider)) {
      app->authorization_endpoints.push_back(*std::move(endpoint));
    }
    // Also when it is disabled: its users are there still.
    if (const auto* anonymous = std::get_if<AnonymousSettings>(&provider.arm)) {
      app->delete_anonymous_after = anonymous->delete_after;
    }
    const auto* email = std::get_if<EmailPasswordSettings>(&provider.arm);
    if (email == nullptr || provider.disabled) continue;
    ASSIGN_OR_RETURN(app->email_accounts[provider.name.value()],
                     MakeAccounts(settings.id, *email, deps));
  }
  ASSIGN_OR_RETURN(app->registry, ProviderRegistry::Create(
                                      settings.id, settings.providers, deps));
  RETURN_IF_ERROR(CheckDirect(*app));
  return app;
}

}  // namespace

AppTable::AppTable(std::vector<std::shared_ptr<const App>> apps)
    : apps_(std::move(apps)) {
  std::sort(apps_.begin(), apps_.end(),
            [](const auto& a, const auto& b) { return a->id < b->id; });
  for (const auto& app : apps_) by_id_.emplace(app->id.value(), app);
}

std::shared_ptr<const App> AppTable::Find(const AppId& id) const {
  auto found = by_id_.find(id.value());
  return found == by_id_.end() ? nullptr : found->second;
}

absl::StatusOr<std::shared_ptr<const AppTable>> BuildAppTable(
    const std::vector<AppSettings>& settings, const ProviderDeps& deps) {
  std::vector<std::shared_ptr<const App>> apps;
  for (const AppSettings& one : settings) {
    if (one.disabled) continue;
    absl::StatusOr<std::shared_ptr<const App>> app = BuildApp(one, deps);
    if (!app.ok()) {
      return Error(
          GetReason(app.status()),
          absl::StrCat("app ", one.id.value(), ": ", app.status().message()));
    }
    for (const auto& other : apps) {
      if (other->id == one.id) {
        return Error(Reason::kInvalidRequest,
                     absl::StrCat("app ", one.id.value(), ": the id is taken"));
      }
    }
    apps.push_back(*std::move(app));
  }
  return std::make_shared<const AppTable>(std::move(apps));
}

}  // namespace latchkey
