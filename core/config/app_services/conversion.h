// What the parts of a conversion share. Private to core/config/app_services.
#ifndef LATCHKEY_CORE_CONFIG_APP_SERVICES_CONVERSION_H_
#define LATCHKEY_CORE_CONFIG_APP_SERVICES_CONVERSION_H_

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/config/app_services/convert.h"
#include "core/config/app_services/export_object.h"
#include "core/config/app_services/findings.h"
#include "core/json/json.h"

namespace latchkey {

// Conversion is one app on its way. Borrows files and options.
struct Conversion {
  const ExportFiles& files;
  const AppServicesOptions& options;
  Findings findings = {};
  ConvertedApp out = {};
  std::deque<json::Value> documents = {};  // what ExportObjects look into
  std::vector<std::string> origins = {};   // of web pages: allowed to call
  ExportPlace origins_place = {};
  // Names of App Services' secrets by ours.
  std::map<std::string, std::string> secret_names = {};

  // Open parses a file that is there; an empty object after refusing it.
  ExportObject Open(const std::string& file);
  void Note(ImportNote::Kind kind, const ExportPlace& place,
            const std::string& target, std::string message);
  // OurSecretName gives each secret a name of its own.
  std::string OurSecretName(const std::string& name);
  // UseFunction notes a function that is called, once for each name.
  void UseFunction(const ImportedFunction& function, const ExportPlace& place,
                   const std::string& target);
};

// ProviderDraft is one provider of the export, and what it becomes.
struct ProviderDraft {
  Conversion* conversion;
  std::string type;    // "custom-token"
  std::string target;  // "providers[2].custom_jwt"
  ExportObject top;
  ExportObject config;   // of `top`
  ExportObject secrets;  // its secret_config
  config::v1::Provider* out;

  // At gives the target of a field.
  std::string At(absl::string_view field) const;
  // From says where the field comes from.
  void From(absl::string_view field, const ExportPlace& place) const;
  // Note is about `field`, or about the provider when that is empty.
  void Note(ImportNote::Kind kind, const ExportPlace& place,
            absl::string_view field, std::string message) const;
  // LeaveOut notes, when `name` is set in `object`, why it is left out.
  void LeaveOut(ExportObject* object, absl::string_view name,
                absl::string_view why) const;
  // UseSecret gives our name of the secret that App Services calls `name`.
  std::string UseSecret(const std::string& name, const ExportPlace& place,
                        absl::string_view field,
                        absl::string_view purpose) const;
  // SecretOf is UseSecret of the name in secret_config; empty when there is
  // none.
  std::string SecretOf(absl::string_view name, absl::string_view field,
                       absl::string_view purpose);
};

// Each fills in draft->out; false: there is nothing to make of it, and a note
// says why.
bool ConvertAnonymous(ProviderDraft* draft);
bool ConvertApiKey(ProviderDraft* draft);
bool ConvertEmailPassword(ProviderDraft* draft);
bool ConvertFunction(ProviderDraft* draft);
bool ConvertCustomToken(ProviderDraft* draft);
bool ConvertGoogle(ProviderDraft* draft);
bool ConvertApple(ProviderDraft* draft);
bool ConvertFacebook(ProviderDraft* draft);

using MetadataFields =
    google::protobuf::RepeatedPtrField<config::v1::MetadataField>;
// metadata_fields, of any provider that has them.
void ConvertMetadata(ProviderDraft* draft, MetadataFields* out);

// What is not a provider: the app's own file, custom user data, triggers, and
// all other files.
void ConvertAppFile(Conversion* conversion);
void ConvertCustomUserData(Conversion* conversion);
void ConvertTriggers(Conversion* conversion);
void ListOtherFiles(Conversion* conversion);
// The client API of App Services, which the app's clients need.
void SwitchOnClientApi(Conversion* conversion);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_APP_SERVICES_CONVERSION_H_
