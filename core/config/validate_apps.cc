#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/config/app_services_folder.h"
#include "core/config/section.h"
#include "core/config/validate.h"

namespace latchkey {
namespace {

using google::protobuf::FieldDescriptor;

constexpr size_t kMaxAppId = 64;
constexpr int kMaxDirect = 16;

bool IsAppId(absl::string_view id) {
  return id.size() <= kMaxAppId &&
         std::all_of(id.begin(), id.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return absl::ascii_islower(byte) || absl::ascii_isdigit(byte) ||
                  c == '-';
         });
}

// The arm of a provider that is set, null when none is.
const FieldDescriptor* ArmOf(const config::v1::Provider& provider) {
  return provider.GetReflection()->GetOneofFieldDescriptor(
      provider, provider.GetDescriptor()->FindOneofByName("kind"));
}

std::string ApiKeyLimitText(absl::string_view name) {
  return absl::StrCat(name,
                      " must be the same in all apps: this version keeps one "
                      "limit for all");
}

AnonymousSettings ReadAnonymous(const Section& section) {
  constexpr absl::Duration kLeast = absl::Hours(1);
  AnonymousSettings out;
  out.delete_after = section.Duration(
      "delete_after",
      {out.delete_after, absl::ZeroDuration(), absl::Hours(24 * 36'500)});
  if (out.delete_after > absl::ZeroDuration() && out.delete_after < kLeast) {
    section.Field("delete_after").Report("must be at least 1h, or 0s");
  }
  return out;
}

// AppsReader reads the apps one after the other, and what they share.
class AppsReader final {
 public:
  AppsReader(const AppsContext& context, Config* out)
      : secrets_(*context.secrets),
        files_(*context.files),
        read_export_(*context.read_export),
        out_(out) {}

  void ReadApp(config::v1::App file, const Place& place);

 private:
  // One app on the way.
  struct Draft {
    AppSettings settings;
    absl::flat_hash_set<std::string> names;        // of providers
    absl::flat_hash_set<std::string> single_arms;  // kinds of at most one
    bool has_enabled = false;
    std::optional<Section> email;  // of the email_password provider
    // Sections of the enabled oidc providers, by their index in `settings`.
    std::vector<std::pair<size_t, Section>> federated;
  };

  void ReadId(const config::v1::App& file, const Place& place, Draft* draft);
  // Those of the file itself.
  void ReadProviders(const config::v1::App& file, const Place& place,
                     Draft* draft);
  void ReadImported(const ConvertedApp& folder, const Place& list,
                    Draft* draft);
  void ReadProvider(const config::v1::Provider& file, const Place& place,
                    Draft* draft);
  void AddProvider(const config::v1::Provider& file, const Section& section,
                   Draft* draft);
  void CheckName(const config::v1::Provider& file,
                 const ProviderSettings& settings, const Section& section,
                 Draft* draft);
  bool ReadArm(const config::v1::Provider& file, const std::string& app,
               const Section& section, ProviderSettings* out);
  void ReadApiKeyLimits(const Section& section);
  void ShareLimit(const Section& section, const NumberRule& rule,
                  const std::string& name, size_t* limit);

  const SecretTable& secrets_;
  const TlsFileOptions& files_;
  const ExportFolderReader& read_export_;
  Config* const out_;
  absl::flat_hash_set<std::string> ids_;
  absl::flat_hash_map<std::string, size_t> shared_limits_;
};

void AppsReader::ReadId(const config::v1::App& file, const Place& place,
                        Draft* draft) {
  const std::string& id = file.id();
  draft->settings.id = AppId(id);
  if (id.empty()) {
    if (file.app_services_dir().empty()) place.Report("is required");
  } else if (!IsAppId(id)) {
    place.Report("must be 1-64 lower-case letters, digits, \"-\"");
  } else if (!ids_.insert(id).second) {
    place.Report("another app has this id");
  }
}

void AppsReader::ShareLimit(const Section& section, const NumberRule& rule,
                            const std::string& name, size_t* limit) {
  const size_t number = section.Number(name, rule);
  const auto [entry, is_new] = shared_limits_.try_emplace(name, number);
  if (!is_new && entry->second != number) {
    section.Field(name).Report(ApiKeyLimitText(name));
  }
  *limit = number;
}

void AppsReader::ReadApiKeyLimits(const Section& section) {
  ShareLimit(section, {20, 1, 1000}, "max_keys_per_user",
             &out_->api_keys.user_keys);
  ShareLimit(section, {100, 1, 10'000}, "max_server_keys",
             &out_->api_keys.server_keys);
}

// False: the kind is not supported.
bool AppsReader::ReadArm(const config::v1::Provider& file,
                         const std::string& app, const Section& section,
                         ProviderSettings* out) {
  using Kind = config::v1::Provider::KindCase;
  const Place& place = section.place();
  const ProviderContext context = {app, &secrets_, &out_->limits,
                                   &out_->key_sources};
  switch (file.kind_case()) {
    case Kind::kAnonymous:
      out->arm = ReadAnonymous(Section(file.anonymous(), place));
      return true;
    case Kind::kEmailPassword:
      out->arm = ReadEmailPassword(file.email_password(), context, place);
      return true;
    case Kind::kApiKey:
      ReadApiKeyLimits(Section(file.api_key(), place));
      out->arm = ApiKeySettings();
      return true;
    case Kind::kCustomJwt:
      out->arm = ReadCustomJwt(file.custom_jwt(), context, place);
      return true;
    case Kind::kFunction:
      out->arm = ReadFunction(file.function(), context, place);
      return true;
    case Kind::kOidc:
      out->arm = ReadOidc(file.oidc(), section, {out_, &files_});
      return true;
    case Kind::kGoogle:
      out->arm = ReadGoogle(file.google(), context, place);
      return true;
    case Kind::kApple:
      out->arm = ReadApple(file.apple(), context, place);
      return true;
    case Kind::kFacebook:
      out->arm = ReadFacebook(file.facebook(), context, place);
      return true;
    default:
      return false;
  }
}

void AppsReader::ReadProvider(const config::v1::Provider& file,
                              const Place& place, Draft* draft) {
  const FieldDescriptor* const arm = ArmOf(file);
  if (arm == nullptr) {
    place.Report(
        "one kind must be set: anonymous, email_password, api_key, "
        "custom_jwt, function, oidc, google, apple, facebook");
    draft->has_enabled = true;  // one problem is enough
    return;
  }
  AddProvider(file,
              Section(file.GetReflection()->GetMessage(file, arm),
                      place.Field(arm->name())),
              draft);
}

void AppsReader::CheckName(const config::v1::Provider& file,
                           const ProviderSettings& settings,
                           const Section& section, Draft* draft) {
  if (file.has_anonymous() || file.has_email_password() || file.has_api_key()) {
    if (!draft->single_arms.insert(ArmOf(file)->name()).second) {
      section.place().Report("an app has at most one of this kind");
      return;
    }
  }
  // Without a name an oidc has that of its prefix, which is looked at itself.
  if (!file.has_oidc() || section.IsSet("name")) {
    latchkey::CheckName(settings.name.value(), section.Field("name"));
  }
  if (draft->names.insert(settings.name.value()).second) return;
  const auto& others = draft->settings.providers;
  const bool shares = std::all_of(
      others.begin(), others.end(), [&](const ProviderSettings& other) {
        return other.name != settings.name || ShareUsers(other, settings);
      });
  if (shares) return;
  section.Field("name").Report(
      file.has_oidc()
          ? "another provider of this app has this name (auth_name_prefix by "
            "default); only audiences of one issuer, with the same "
            "auth_name_prefix and principal_name, may share it"
          : "another provider of this app has this name (the kind by default)");
}

void AppsReader::AddProvider(const config::v1::Provider& file,
                             const Section& section, Draft* draft) {
  std::string name = section.Text("name");
  if (name.empty() && file.has_oidc()) name = file.oidc().auth_name_prefix();
  if (name.empty()) name = ArmOf(file)->name();
  ProviderSettings settings;
  settings.name = ProviderName(name);
  settings.disabled = section.IsSet("disabled");
  draft->has_enabled |= !settings.disabled;
  if (!ReadArm(file, draft->settings.id.value(), section, &settings)) {
    section.place().Report(UnsupportedText(
        absl::StrCat("providers of kind ", ArmOf(file)->name())));
    return;
  }
  CheckName(file, settings, section, draft);
  if (file.has_email_password() && !draft->email.has_value()) {
    draft->email.emplace(section);
  }
  if (file.has_oidc() && !settings.disabled) {
    draft->federated.emplace_back(draft->settings.providers.size(), section);
  }
  draft->settings.providers.push_back(std::move(settings));
}

void CheckFederated(const AppSettings& app,
                    const std::vector<std::pair<size_t, Section>>& sections) {
  std::vector<OidcEntry> entries;
  entries.reserve(sections.size());
  for (const auto& [index, section] : sections) {
    entries.push_back(
        {&std::get<OidcSettings>(app.providers[index].arm), &section});
  }
  CheckOidcEntries(entries);
}

// Whether an enabled provider of `kind` (and that name, when one is given) is
// there.
bool HasProvider(const AppSettings& app, ProviderKind kind,
                 const std::optional<std::string>& name) {
  return std::any_of(
      app.providers.begin(), app.providers.end(),
      [&](const ProviderSettings& provider) {
        return !provider.disabled && KindOf(provider) == kind &&
               (!name.has_value() || provider.name.value() == *name);
      });
}

void ReadDirectVerification(const config::v1::DirectVerification& file,
                            const Place& place, AppSettings* app) {
  absl::flat_hash_set<std::string> seen;
  const Place list = place.Field("custom_jwt");
  // Each may cost a signature check for a token that is none of theirs.
  if (file.custom_jwt_size() > kMaxDirect) list.Report("at most 16");
  for (int i = 0; i < file.custom_jwt_size(); ++i) {
    const std::string& name = file.custom_jwt(i);
    if (!HasProvider(*app, ProviderKind::kCustomJwt, name)) {
      list.At(i).Report("names no enabled custom_jwt provider of this app");
    } else if (!seen.insert(name).second) {
      list.At(i).Report("is listed twice");
    }
    app->direct_custom_jwt.emplace_back(name);
  }
  app->direct_api_keys = file.api_key();
  if (file.api_key() &&
      !HasProvider(*app, ProviderKind::kApiKey, std::nullopt)) {
    place.Field("api_key").Report("needs an enabled api_key provider");
  }
}

// What the file itself has goes before the folder's provider of that name.
void AppsReader::ReadImported(const ConvertedApp& folder, const Place& list,
                              Draft* draft) {
  for (int i = 0; i < folder.app.providers_size(); ++i) {
    const config::v1::Provider& provider = folder.app.providers(i);
    const FieldDescriptor* const arm = ArmOf(provider);
    const Section section(provider.GetReflection()->GetMessage(provider, arm),
                          list.At(i).Field(arm->name()));
    const std::string name = section.Text("name");
    if (draft->names.contains(name.empty() ? arm->name() : name)) continue;
    AddProvider(provider, section, draft);
  }
}

void AppsReader::ReadProviders(const config::v1::App& file, const Place& place,
                               Draft* draft) {
  const Place providers = place.Field("providers");
  for (int i = 0; i < file.providers_size(); ++i) {
    ReadProvider(file.providers(i), providers.At(i), draft);
  }
  std::deque<config::v1::Provider> joined;  // sections look into them
  const Place identity_providers = place.Field("oidc_identity_providers");
  for (int i = 0; i < file.oidc_identity_providers_size(); ++i) {
    *joined.emplace_back().mutable_oidc() = file.oidc_identity_providers(i);
    AddProvider(joined.back(),
                Section(joined.back().oidc(), identity_providers.At(i),
                        Spelling::kJson),
                draft);
  }
  CheckFederated(draft->settings, draft->federated);
  draft->federated.clear();
}

void AppsReader::ReadApp(config::v1::App file, const Place& place) {
  Draft draft;
  std::optional<ConvertedApp> folder;
  Problems folder_problems;
  const Place folder_place = place.Field("app_services_dir");
  const bool has_client_api = file.has_app_services();
  if (!file.app_services_dir().empty()) {
    folder = JoinExportFolder(read_export_, folder_place, &file, &out_->notes);
    draft.has_enabled = !folder.has_value();  // one problem is enough
  }
  ReadId(file, place.Field("id"), &draft);
  draft.settings.disabled = file.disabled();
  ReadProviders(file, place, &draft);
  const Place imported(&folder_problems);
  if (folder.has_value()) {
    ReadImported(*folder, imported.Field("providers"), &draft);
  }
  if (!draft.has_enabled) {
    place.Field("providers")
        .Report("an app needs a provider that is not disabled");
  }
  ReadDirectVerification(file.direct_verification(),
                         place.Field("direct_verification"), &draft.settings);
  Section(file, place).Unsupported({"access_ttl", "refresh_ttl"});
  ReadAppMail(file, place,
              {draft.email, files_.read_file, out_->mail.has_value()},
              &draft.settings);
  if (file.has_app_services()) {
    ReadAppServices(file.app_services(),
                    (has_client_api ? place : imported).Field("app_services"),
                    *out_, &draft.settings);
  }
  if (folder.has_value()) {
    ReportImported(*folder, folder_problems.Take(), folder_place);
  }
  out_->apps.push_back(std::move(draft.settings));
}

// Calls `use` with the key source of every provider that has one.
template <typename Use>
void ForEachKeySource(std::vector<AppSettings>* apps, Use use) {
  for (AppSettings& app : *apps) {
    for (ProviderSettings& provider : app.providers) {
      KeySourceSpec* const source = MutableKeySourceOf(&provider);
      if (source != nullptr) use(source);
    }
  }
}

void MarkRequired(const config::v1::KeySources& file, const Place& place,
                  Config* out) {
  for (int i = 0; i < file.required_size(); ++i) {
    bool found = false;
    ForEachKeySource(&out->apps, [&](KeySourceSpec* source) {
      if (source->id() != file.required(i)) return;
      source->required = true;
      found = true;
    });
    if (!found) {
      place.At(i).Report("is no issuer or jwks_uri of any provider");
    }
  }
}

}  // namespace

void ReadApps(const config::v1::Config& file, const AppsContext& context,
              const Place& root, Config* out) {
  const Place place = root.Field("apps");
  if (file.apps_size() == 0) place.Report("at least one is required");
  AppsReader reader(context, out);
  for (int i = 0; i < file.apps_size(); ++i) {
    reader.ReadApp(file.apps(i), place.At(i));
  }
  MarkRequired(file.key_sources(), root.Field("key_sources").Field("required"),
               out);
  out->max_user_data = UserDataBudget(*out);
}

}  // namespace latchkey
