// Which of an app's federated issuers is meant.
#ifndef LATCHKEY_CORE_PROVIDER_FEDERATED_CHOICE_H_
#define LATCHKEY_CORE_PROVIDER_FEDERATED_CHOICE_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/ids.h"
#include "core/provider/provider.h"

namespace latchkey {

using ProviderList = std::vector<std::unique_ptr<Provider>>;

// FindByToken returns the first federated provider (of that name, when there
// is one) that the token is for; the only one there is, whatever the token
// says. PROVIDER_NOT_ENABLED when there is none of the name,
// CREDENTIAL_REJECTED when the token is for none of several.
absl::StatusOr<Provider*> FindByToken(const ProviderList& providers,
                                      const ProviderName& name,
                                      absl::string_view token);

// FindByHint returns the provider for a person, by the name that was typed
// (empty: none): the only one for people without a hint, else the first that
// matches it. PROVIDER_NOT_ENABLED when none is for people or none matches,
// INVALID_REQUEST (`principal_hint`) when a hint is needed to choose.
absl::StatusOr<Provider*> FindByHint(const ProviderList& providers,
                                     absl::string_view hint);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_FEDERATED_CHOICE_H_
