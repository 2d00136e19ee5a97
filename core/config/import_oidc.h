// ImportOidc turns MongoDB's federation settings into providers of latchkey.
#ifndef LATCHKEY_CORE_CONFIG_IMPORT_OIDC_H_
#define LATCHKEY_CORE_CONFIG_IMPORT_OIDC_H_

#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/config/problems.h"
#include "core/json/json.h"

namespace latchkey {

struct ImportedOidc {
  // {"providers":[{"oidc":{…}}]} with latchkey's names, as an app of the
  // configuration takes it.
  json::Value providers;
  // The same as YAML, to be pasted into an app.
  std::string yaml;
};

// ImportOidc reads the array `oidcIdentityProviders` as JSON or YAML: alone, as
// a member of that name, or inside `setParameter` of a mongod.conf; in each
// place also as a text that holds the array. Every rule of the configuration is
// checked; paths begin with "oidc_identity_providers". Entries that cannot
// share the name that auth_name_prefix gives them get one of their own.
std::variant<ImportedOidc, std::vector<ConfigProblem>> ImportOidc(
    absl::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_IMPORT_OIDC_H_
