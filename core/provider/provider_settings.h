// Settings of providers, as the configuration gives them: plain data.
#ifndef LATCHKEY_CORE_PROVIDER_PROVIDER_SETTINGS_H_
#define LATCHKEY_CORE_PROVIDER_PROVIDER_SETTINGS_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "core/base/identity.h"
#include "core/base/ids.h"
#include "core/base/secret.h"
#include "core/crypto/algorithm.h"
#include "core/jwks/key_source.h"
#include "core/mail/mail_template.h"

namespace latchkey {

struct AnonymousSettings {
  // Age since the last sign of life at which a user with nothing but an
  // anonymous identity is deleted; zero: never.
  absl::Duration delete_after = absl::ZeroDuration();
};

struct EmailPasswordSettings {
  // How an address that was registered is confirmed. kNone: nobody registers;
  // administrators make users.
  enum class Confirmation { kNone, kAutomatic, kFunction, kMail };
  Confirmation confirmation = Confirmation::kNone;
  // How a forgotten password is replaced. kNone: it is not.
  enum class Reset { kNone, kFunction, kMail };
  Reset reset = Reset::kNone;

  // Of the mail modes: base of the link, and the text.
  std::string confirmation_url;
  std::string reset_url;
  std::shared_ptr<const MailTemplate> confirmation_mail;
  std::shared_ptr<const MailTemplate> reset_mail;

  // Of the function modes.
  std::string function_target;  // gRPC target
  std::string confirmation_function;
  std::string reset_function;
  absl::Duration function_timeout = absl::Seconds(5);
  int max_concurrency = 8;  // calls of both at once
};

struct ApiKeySettings {};

// A claim copied into the user's data.
struct MetadataField {
  std::string path;   // dotted; "\." is a dot inside a name
  std::string field;  // 1-63 bytes; empty: the last part of the path
  bool required = false;
};

struct CustomJwtSettings {
  // Exactly one of the two: fixed keys, or a key source.
  struct SigningKeySetting {
    std::string name;  // the secret's name, for messages
    Secret key;        // HS256: 32-512 characters; RS256: PEM
  };
  std::vector<SigningKeySetting> signing_keys;  // at most 3
  Algorithm signing_algorithm = Algorithm::kHs256;
  std::optional<KeySourceSpec> key_source;

  std::vector<std::string> audience;  // never empty: the app id by default
  bool require_any_audience = false;  // false: all listed must be in aud
  // Accepted `iss`; empty with fixed keys or jwks_uri: not checked.
  std::vector<std::string> issuers;
  std::vector<Algorithm> algorithms;  // allow-list; never empty
  std::vector<std::string> types = {"", "jwt", "at+jwt"};
  std::vector<MetadataField> metadata;
  size_t max_token_bytes = 8 * 1024;
  size_t max_metadata_value_bytes = 4096;
  absl::Duration leeway = absl::ZeroDuration();
  std::optional<absl::Duration> max_lifetime;
};

struct FunctionSettings {
  std::string target;         // gRPC target, or
  std::string in_process;     // name in InProcessAuthFunctions
  std::string function_name;  // sent to the host
  absl::Duration timeout = absl::Seconds(5);
  int max_concurrency = 8;
  size_t max_payload_bytes = 16 * 1024;
  size_t max_response_bytes = 64 * 1024;
};

// One issuer and audience of Workforce or Workload Identity Federation.
struct OidcSettings {
  // `iss` of its tokens, byte for byte. May hold "{tenantid}" (Entra), which
  // stands for each of allowed_tenants.
  std::string issuer;
  std::vector<std::string> allowed_tenants;  // GUIDs; empty without it
  std::string audience;                      // must be in `aud`
  std::string auth_name_prefix;              // of subjects and roles
  KeySourceSpec key_source;                  // its issuer is `issuer`

  bool supports_human_flows = true;
  std::string match_pattern;  // searched in hints; empty: matches any
  std::string client_id;      // told to clients
  std::vector<std::string> request_scopes;

  std::string principal_name = "sub";  // claims
  bool use_authorization_claim = true;
  std::string authorization_claim;
  std::vector<std::string> log_claims = {"iss", "sub"};

  // As JSON; more would make access tokens that no bearer can send.
  size_t max_roles_bytes = 10 * 1024;

  bool cap_session_at_token_expiry = true;
  std::vector<std::string> types = {"", "jwt", "at+jwt"};
  std::vector<Algorithm> algorithms;  // allow-list; never empty
};

// What the settings of google, apple and facebook have in common.
struct SocialSettings {
  // The app's ids there: what `aud` and `azp` may be. The first exchanges
  // codes. Never empty.
  std::vector<std::string> client_ids;
  std::vector<std::string> issuers;  // accepted `iss`; never empty
  KeySourceSpec key_source;
  std::string authorize_uri;  // where people are sent to log in
  // Where codes are exchanged, and the redirect URIs they may have been asked
  // for with, "" among them for the codes of native apps.
  std::string token_uri;
  std::vector<std::string> redirect_uris;
  // Paths are names of the profile: "name", "first_name", "email", ...
  std::vector<MetadataField> metadata;
  // Domains, in lower case, that may log in; empty: all.
  std::vector<std::string> domains;
  int max_concurrency = 4;  // calls to the service at once
};

struct GoogleSettings {
  SocialSettings social = Defaults();
  Secret client_secret;  // empty: no codes

  // Google's own endpoints.
  static SocialSettings Defaults();
};

struct AppleSettings {
  SocialSettings social = Defaults();
  std::string team_id;
  std::string key_id;
  Secret private_key;  // PEM, for ES256; empty: no codes

  static SocialSettings Defaults();
};

struct FacebookSettings {
  SocialSettings social = Defaults();  // its only client id is the app's id
  std::string graph = "https://graph.facebook.com";
  Secret app_secret;  // empty: no access tokens

  static SocialSettings Defaults();
};

// ProviderSettings: one provider of one app. Move-only because of secrets.
struct ProviderSettings {
  ProviderName name;
  bool disabled = false;
  std::variant<AnonymousSettings, EmailPasswordSettings, ApiKeySettings,
               CustomJwtSettings, FunctionSettings, OidcSettings,
               GoogleSettings, AppleSettings, FacebookSettings>
      arm;
};

ProviderKind KindOf(const ProviderSettings& settings);

// KeySourceOf is where the provider's foreign keys come from; null when it has
// none.
const KeySourceSpec* KeySourceOf(const ProviderSettings& settings);
KeySourceSpec* MutableKeySourceOf(ProviderSettings* settings);

// ShareUsers: audiences of one federated issuer that name people alike, and so
// may have one name.
bool ShareUsers(const ProviderSettings& a, const ProviderSettings& b);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_PROVIDER_SETTINGS_H_
