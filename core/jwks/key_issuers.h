// Keys that say whose they are: the JWK member `issuer` of Microsoft Entra.
#ifndef LATCHKEY_CORE_JWKS_KEY_ISSUERS_H_
#define LATCHKEY_CORE_JWKS_KEY_ISSUERS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace latchkey {

// The part of an Entra issuer that stands for any tenant.
inline constexpr absl::string_view kTenantPlaceholder = "{tenantid}";

// IsTenantId: a GUID as Entra writes it, 36 lower-case characters.
bool IsTenantId(absl::string_view text);

// AnyTenantsIssuer is `issuer` with Entra's name for all tenants, "common", in
// place of the placeholder: a plain URL, under which the issuer's document is.
std::string AnyTenantsIssuer(absl::string_view issuer);

// KeyServes says whether a key with the member `issuer` `key_issuer` may sign
// for `issuer`: when both are the same, or the key is any tenant's and `issuer`
// one of them. Keys of v2 serve the v1 issuer of the same tenant
// (https://sts.windows.net/TENANT/), whose tokens they sign.
bool KeyServes(absl::string_view key_issuer, absl::string_view issuer);

// OwnKeys gives the JWKS `document` without the keys that are another issuer's,
// and their kids in *dropped. A document that is no JWKS comes back as it is.
std::string OwnKeys(std::string document, absl::string_view issuer,
                    size_t max_bytes, std::vector<std::string>* dropped);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_KEY_ISSUERS_H_
