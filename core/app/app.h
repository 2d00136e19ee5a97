// App is a tenant: its providers and settings.
#ifndef LATCHKEY_CORE_APP_APP_H_
#define LATCHKEY_CORE_APP_APP_H_

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "core/app/app_services_settings.h"
#include "core/base/ids.h"
#include "core/provider/auth_function.h"
#include "core/provider/authorization_endpoint.h"
#include "core/provider/provider_registry.h"
#include "core/provider/provider_settings.h"

namespace latchkey {

struct AppSettings {
  AppId id;
  bool disabled = false;
  // Verify also accepts these directly.
  std::vector<ProviderName> direct_custom_jwt;
  bool direct_api_keys = false;
  std::vector<ProviderSettings> providers;
  // Unset: clients of App Services are not served.
  std::optional<AppServicesSettings> app_services;
};

// ProviderSummary is what administrators see of a provider.
struct ProviderSummary {
  ProviderName name;
  ProviderKind kind = ProviderKind::kAnonymous;
  bool disabled = false;
  std::string key_source;  // KeySourceSpec::id(); empty: none
};

// EmailAccounts is how an e-mail/password provider confirms addresses and
// replaces forgotten passwords.
struct EmailAccounts {
  EmailPasswordSettings settings;
  // Null without a function mode.
  std::unique_ptr<AccountFunction> confirmation;
  std::unique_ptr<AccountFunction> reset;
  std::atomic<int> running{0};  // calls of the two, for CallSlot
};

// App is immutable; a reload makes a new one. Thread-safe.
struct App {
  AppId id;
  std::vector<ProviderName> direct_custom_jwt;
  bool direct_api_keys = false;
  // How e-mail/password registers, by the name of the enabled provider.
  absl::flat_hash_map<std::string, std::shared_ptr<EmailAccounts>>
      email_accounts;
  // Every provider of the settings, disabled ones too, in their order.
  std::vector<ProviderSummary> summaries;
  std::optional<AppServicesSettings> app_services;
  // Of the providers that people can be sent to, in their order.
  std::vector<AuthorizationEndpoint> authorization_endpoints;
  // AnonymousSettings::delete_after; zero without that provider.
  absl::Duration delete_anonymous_after = absl::ZeroDuration();
  ProviderRegistry registry;
};

// AppTable: all enabled apps; immutable. Published by Snapshot<AppTable>.
class AppTable {
 public:
  explicit AppTable(std::vector<std::shared_ptr<const App>> apps);
  // Find returns null when there is no such app.
  std::shared_ptr<const App> Find(const AppId& id) const;
  const std::vector<std::shared_ptr<const App>>& apps() const { return apps_; }

 private:
  std::vector<std::shared_ptr<const App>> apps_;  // in order of id
  absl::flat_hash_map<std::string, std::shared_ptr<const App>> by_id_;
};

// BuildAppTable makes every app that is not disabled.
absl::StatusOr<std::shared_ptr<const AppTable>> BuildAppTable(
    const std::vector<AppSettings>& settings, const ProviderDeps& deps);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_APP_APP_H_
