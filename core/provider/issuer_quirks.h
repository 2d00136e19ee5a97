// What goes wrong with the issuers of Okta and Microsoft Entra ID, in words.
#ifndef LATCHKEY_CORE_PROVIDER_ISSUER_QUIRKS_H_
#define LATCHKEY_CORE_PROVIDER_ISSUER_QUIRKS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace latchkey {

// UnusableIssuer says why no access token of that issuer could ever be
// accepted, and what to do: Okta's own authorization server, its "-admin" host,
// Entra's names for many tenants. Empty when nothing is known against it.
std::string UnusableIssuer(absl::string_view issuer);

// IsEntra: an issuer of Microsoft Entra ID, of version 1 or 2.
bool IsEntra(absl::string_view issuer);

// ExplainOtherIssuer says how it may come that a token is of `actual`, where
// `configured` is wanted: a slash, Okta's own server or another of its hosts,
// Entra's other version, a tenant that is not allowed. Empty when nobody knows.
std::string ExplainOtherIssuer(absl::string_view configured,
                               absl::string_view actual);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_ISSUER_QUIRKS_H_
