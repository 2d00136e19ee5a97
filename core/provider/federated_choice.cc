#include "core/provider/federated_choice.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/provider/federation.h"
#include "core/provider/foreign_token.h"

namespace latchkey {
namespace {

// The longest token that any federated provider takes.
constexpr size_t kMaxTokenBytes = 16 * 1024;

std::vector<Provider*> NamedFederated(const ProviderList& providers,
                                      const ProviderName& name) {
  std::vector<Provider*> found;
  for (const auto& provider : providers) {
    if (provider->federation() == nullptr) continue;
    if (name.empty() || provider->name() == name) {
      found.push_back(provider.get());
    }
  }
  return found;
}

// In the order of the configuration, whatever stands between them.
std::vector<Provider*> ForPeople(const ProviderList& providers) {
  std::vector<Provider*> found;
  for (const auto& provider : providers) {
    const Federation* const federation = provider->federation();
    if (federation != nullptr && federation->invitation() != nullptr) {
      found.push_back(provider.get());
    }
  }
  return found;
}

}  // namespace

absl::StatusOr<Provider*> FindByToken(const ProviderList& providers,
                                      const ProviderName& name,
                                      absl::string_view token) {
  const std::vector<Provider*> found = NamedFederated(providers, name);
  if (found.empty()) {
    return Error(
        Reason::kProviderNotEnabled,
        absl::StrCat("no provider oidc \"", name.value().substr(0, 64), "\""));
  }
  // Its own words about a wrong token are the better ones.
  if (found.size() == 1) return found.front();
  const absl::StatusOr<Claims> claims = UnverifiedClaims(token, kMaxTokenBytes);
  if (!claims.ok()) return AsRejection(claims.status(), kMaxTokenBytes);
  std::string causes;
  for (Provider* const provider : found) {
    const absl::Status addressee =
        provider->federation()->CheckAddressee(*claims);
    if (addressee.ok()) return provider;
    absl::StrAppend(&causes, "; ", provider->name().value(), ": ",
                    addressee.message());
  }
  return Error(Reason::kCredentialRejected,
               absl::StrCat("unsupported issuer or audience", causes));
}

absl::StatusOr<Provider*> FindByHint(const ProviderList& providers,
                                     absl::string_view hint) {
  const std::vector<Provider*> found = ForPeople(providers);
  if (found.empty()) {
    return Error(Reason::kProviderNotEnabled, "no oidc provider is for people");
  }
  if (hint.empty()) {
    if (found.size() == 1) return found.front();
    return InvalidField("principal_hint",
                        "needed, as the app has several issuers for people");
  }
  for (Provider* const provider : found) {
    if (provider->federation()->Matches(hint)) return provider;
  }
  return Error(Reason::kProviderNotEnabled,
               absl::StrCat("no oidc provider matches the name \"",
                            hint.substr(0, 64), "\""));
}

}  // namespace latchkey
