#include "core/provider/provider_registry.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/provider/federated_choice.h"

namespace latchkey {

#define LATCHKEY_PROVIDER(kind, factory)                  \
  absl::StatusOr<std::unique_ptr<Provider>> factory(      \
      const AppId& app, const ProviderSettings& settings, \
      const ProviderDeps& deps);
#include "core/provider/providers.def"
#undef LATCHKEY_PROVIDER

namespace {

absl::StatusOr<std::unique_ptr<Provider>> Make(const AppId& app,
                                               const ProviderSettings& settings,
                                               const ProviderDeps& deps) {
  switch (KindOf(settings)) {
#define LATCHKEY_PROVIDER(kind, factory) \
  case ProviderKind::kind:               \
    return factory(app, settings, deps);
#include "core/provider/providers.def"
#undef LATCHKEY_PROVIDER
    default:
      return Error(Reason::kInternal, "no such kind of provider");
  }
}

absl::Status Annotate(const ProviderName& name, const absl::Status& status) {
  return Error(GetReason(status),
               absl::StrCat("provider ", name.value(), ": ", status.message()));
}

}  // namespace

absl::StatusOr<ProviderRegistry> ProviderRegistry::Create(
    const AppId& app, const std::vector<ProviderSettings>& settings,
    const ProviderDeps& deps) {
  if (deps.clock == nullptr || deps.random == nullptr) {
    return Error(Reason::kInternal, "providers need a clock and randomness");
  }
  ProviderRegistry registry;
  for (const ProviderSettings& one : settings) {
    if (one.disabled) continue;
    for (const auto& other : settings) {
      if (&other == &one) break;
      if (!other.disabled && other.name == one.name &&
          !ShareUsers(other, one)) {
        return Annotate(one.name,
                        Error(Reason::kInvalidRequest, "the name is taken"));
      }
    }
    absl::StatusOr<std::unique_ptr<Provider>> made = Make(app, one, deps);
    if (!made.ok()) return Annotate(one.name, made.status());
    registry.providers_.push_back(*std::move(made));
  }
  return registry;
}

absl::StatusOr<Provider*> ProviderRegistry::Find(
    ProviderKind kind, const ProviderName& name) const {
  Provider* found = nullptr;
  for (const auto& provider : providers_) {
    if (provider->kind() != kind) continue;
    if (provider->name() == name) return provider.get();
    if (!name.empty()) continue;
    if (found != nullptr) {
      return InvalidField(
          absl::StrCat("credential.", ProviderKindName(kind), ".provider"),
          "needed, as the app has several providers of this kind");
    }
    found = provider.get();
  }
  if (found != nullptr) return found;
  return Error(Reason::kProviderNotEnabled,
               absl::StrCat("no provider ", ProviderKindName(kind), " \"",
                            name.value().substr(0, 64), "\""));
}

absl::StatusOr<Provider*> ProviderRegistry::FindFor(
    const Credential& credential) const {
  const auto* const oidc = std::get_if<OidcCredential>(&credential.arm);
  if (oidc == nullptr) return Find(credential.kind(), credential.provider);
  return FindByToken(providers_, credential.provider,
                     oidc->token.RevealSecret());
}

}  // namespace latchkey
