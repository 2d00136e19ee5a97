// The second pass: what the configuration's text means. Private to
// core/config.
#ifndef LATCHKEY_CORE_CONFIG_VALIDATE_H_
#define LATCHKEY_CORE_CONFIG_VALIDATE_H_

#include <google/protobuf/repeated_field.h>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/config/file_reader.h"
#include "core/config/problems.h"
#include "core/config/secret_table.h"
#include "core/config/section.h"
#include "core/config/tls_files.h"
#include "latchkey/config/v1/config.pb.h"

namespace latchkey {

// Each fills its part of *out and reports what breaks a rule of config.proto;
// the part is unusable then. `root` is the place of `file`.

// issuer, role, store, log, admin, verify_cache, drain_*, and whatever this
// version cannot serve at the top.
void ReadService(const config::v1::Config& file, const Place& root,
                 Config* out);
// tokens, passwords.
void ReadTokens(const config::v1::Config& file, const Place& root, Config* out);
void ReadPasswords(const config::v1::Config& file, const Place& root,
                   Config* out);
// limits.
void ReadLimits(const config::v1::Config& file, const Place& root, Config* out);
// key_sources but `required`.
void ReadKeySources(const config::v1::Config& file, const Place& root,
                    Config* out);
// listeners and http. Looks at the files that tls names.
void ReadListeners(const config::v1::Config& file,
                   const TlsFileOptions& tls_files, const Place& root,
                   Config* out);
// Gives what the folder of an exported App Services app holds.
using ExportFolderReader = std::function<ExportResult(const std::string&)>;

// What the reader of apps needs besides its part of the file.
struct AppsContext {
  const SecretTable* secrets;
  const TlsFileOptions* files;  // authorities of issuers
  const ExportFolderReader* read_export;
};
// apps, and key_sources.required, which names what they use. Needs the limits,
// http, key_sources and mail in *out.
void ReadApps(const config::v1::Config& file, const AppsContext& context,
              const Place& root, Config* out);

// What the reader of outbound credentials needs besides its part of the file.
struct OutboundContext {
  const SecretTable* secrets;
  const FileReader* read_file;
  const Config* config;  // with its listeners and admin keys
};
// outbound, outbound_credentials.
void ReadOutbound(const config::v1::Config& file,
                  const OutboundContext& context, const Place& root,
                  Config* out);

// What the reader of events needs besides its part of the file.
struct EventsContext {
  const SecretTable* secrets;
  const FileReader* read_file;
};
// events. Needs the apps in *out.
void ReadEvents(const config::v1::Config& file, const EventsContext& context,
                const Place& root, Config* out);

// smtp.
void ReadSmtp(const config::v1::Config& file, const SecretTable& secrets,
              const FileReader& read_file, const Place& root, Config* out);

// What the reader of an app's mails needs besides the app.
struct AppMailContext {
  const std::optional<Section>& email;  // email_password, of wherever it is
  const FileReader& read_file;
  bool can_send;  // there is smtp
};
// What the app's mails say, which goes to its e-mail/password settings in *app;
// needs the providers there. `place` is that of `file`.
void ReadAppMail(const config::v1::App& file, const Place& place,
                 const AppMailContext& context, AppSettings* app);

// Config::sections of `file`.
std::map<std::string, std::string> SectionsOutsideApps(config::v1::Config file);

// What the readers of providers need of their app.
struct ProviderContext {
  std::string app_id;
  const SecretTable* secrets;
  const LimitsConfig* limits;
  const JwksCacheOptions* key_sources;
};
CustomJwtSettings ReadCustomJwt(const config::v1::CustomJwt& file,
                                const ProviderContext& context,
                                const Place& place);
EmailPasswordSettings ReadEmailPassword(const config::v1::EmailPassword& file,
                                        const ProviderContext& context,
                                        const Place& place);
// The target of functions, and `max_concurrency`.
void CheckFunctionTarget(const std::string& target, const Place& place);
int ReadFunctionConcurrency(const Section& section, int remote_workers);
FunctionSettings ReadFunction(const config::v1::Function& file,
                              const ProviderContext& context,
                              const Place& place);
GoogleSettings ReadGoogle(const config::v1::Google& file,
                          const ProviderContext& context, const Place& place);
AppleSettings ReadApple(const config::v1::Apple& file,
                        const ProviderContext& context, const Place& place);
FacebookSettings ReadFacebook(const config::v1::Facebook& file,
                              const ProviderContext& context,
                              const Place& place);
// The `metadata` of a provider, which stands at `list`.
std::vector<MetadataField> ReadMetadata(
    const google::protobuf::RepeatedPtrField<config::v1::MetadataField>& file,
    const Place& list);

// App.app_services; needs the providers in *app, and issuer and passwords in
// `config`.
void ReadAppServices(const config::v1::AppServices& file, const Place& place,
                     const Config& config, AppSettings* app);

// What a federated provider depends on elsewhere. Null: not looked at, as for
// a file of another machine.
struct OidcContext {
  const Config* config = nullptr;         // with its limits and http
  const TlsFileOptions* files = nullptr;  // for server_ca_file
};
// `section` is of `file`.
OidcSettings ReadOidc(const config::v1::Oidc& file, const Section& section,
                      const OidcContext& context);

// UserDataBudget is Config::max_user_data. Needs issuer, limits and http.
size_t UserDataBudget(const Config& config);

// OidcEntry is an enabled federated provider of an app. Borrows both.
struct OidcEntry {
  const OidcSettings* settings;
  const Section* section;
};
// CheckOidcEntries reports, in the order of the file, what the federated
// providers of one app may not be beside each other.
void CheckOidcEntries(const std::vector<OidcEntry>& entries);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_VALIDATE_H_
