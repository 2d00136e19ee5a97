// ProviderRegistry is the immutable table of an app's providers.
#ifndef LATCHKEY_CORE_PROVIDER_PROVIDER_REGISTRY_H_
#define LATCHKEY_CORE_PROVIDER_PROVIDER_REGISTRY_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/identity.h"
#include "core/base/ids.h"
#include "core/provider/credential.h"
#include "core/provider/provider.h"
#include "core/provider/provider_settings.h"

namespace latchkey {

// ProviderRegistry is built once, immutable, lock-free to read.
class ProviderRegistry {
 public:
  // Create makes every provider that is not disabled. Fails with the name of
  // the provider that cannot be made. Names are unique, but that audiences of
  // one federated issuer may share one, and with it their users.
  static absl::StatusOr<ProviderRegistry> Create(
      const AppId& app, const std::vector<ProviderSettings>& settings,
      const ProviderDeps& deps);

  // Find returns the provider of that kind and name; with an empty name, the
  // only one of that kind. PROVIDER_NOT_ENABLED when there is none;
  // INVALID_REQUEST (field `credential.<kind>.provider`) when the name is
  // needed to choose.
  absl::StatusOr<Provider*> Find(ProviderKind kind,
                                 const ProviderName& name) const;
  // FindFor returns the provider that is to judge the credential: as Find, but
  // that a federated token chooses among several of kind oidc (FindByToken).
  absl::StatusOr<Provider*> FindFor(const Credential& credential) const;

  const std::vector<std::unique_ptr<Provider>>& providers() const {
    return providers_;
  }

 private:
  std::vector<std::unique_ptr<Provider>> providers_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_PROVIDER_REGISTRY_H_
