#include "core/config/app_services/convert.h"

#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/config/app_services/conversion.h"

namespace latchkey {
namespace {

using Kind = ImportNote::Kind;

constexpr char kProvidersFile[] = "auth/providers.json";
constexpr absl::string_view kOldFolder = "auth_providers/";

// What a type of App Services is here.
struct ProviderType {
  absl::string_view type;
  absl::string_view arm;  // of config.v1.Provider
  bool (*convert)(ProviderDraft*);
};

constexpr ProviderType kTypes[] = {
    {"anon-user", "anonymous", ConvertAnonymous},
    {"local-userpass", "email_password", ConvertEmailPassword},
    {"api-key", "api_key", ConvertApiKey},
    {"custom-token", "custom_jwt", ConvertCustomToken},
    {"custom-function", "function", ConvertFunction},
    {"oauth2-google", "google", ConvertGoogle},
    {"oauth2-apple", "apple", ConvertApple},
    {"oauth2-facebook", "facebook", ConvertFacebook},
};

const ProviderType* FindType(absl::string_view name) {
  for (const ProviderType& type : kTypes) {
    if (type.type == name) return &type;
  }
  return nullptr;
}

// ProvidersReader reads the providers of both layouts.
class ProvidersReader final {
 public:
  explicit ProvidersReader(Conversion* conversion) : conversion_(conversion) {}

  // False: the export has none of the files.
  bool Read();

 private:
  void ReadProvider(const std::string& key, ExportObject top);
  void Convert(const ProviderType& type, ExportObject top);
  void Forget(const ProviderDraft& draft, size_t notes_before);

  Conversion* const conversion_;
  std::set<std::string> seen_;
};

bool ProvidersReader::Read() {
  bool found = false;
  for (const auto& [path, text] : conversion_->files.texts) {
    absl::string_view name = path;
    if (!absl::ConsumePrefix(&name, kOldFolder)) continue;
    found = true;
    ReadProvider(std::string(absl::StripSuffix(name, ".json")),
                 conversion_->Open(path));
  }
  if (conversion_->files.Find(kProvidersFile) == nullptr) return found;
  ExportObject all = conversion_->Open(kProvidersFile);
  for (const std::string& key : all.Names()) {
    if (all.Value(key) == nullptr) {
      conversion_->Note(Kind::kUnknown, all.PlaceOf(key), "",
                        "is null; it is left out");
    } else {
      ReadProvider(key, all.Object(key));
    }
  }
  return true;
}

void ProvidersReader::ReadProvider(const std::string& key, ExportObject top) {
  if (!top.is_there()) return;  // has its own problem
  std::string type = top.Text("type");
  if (type.empty()) type = key;
  if (!seen_.insert(type).second) {
    conversion_->findings.Refuse(
        top.place(), "there is another provider of this type in the export");
    return;
  }
  if (const std::string name = top.Text("name");
      !name.empty() && name != type) {
    conversion_->Note(Kind::kLeftOut, top.PlaceOf("name"), "",
                      "a name that is not the type has no meaning");
  }
  if (const ProviderType* const known = FindType(type)) {
    Convert(*known, std::move(top));
    return;
  }
  conversion_->Note(Kind::kUnknown, top.place(), "",
                    absl::StrCat("nothing is known about providers of type ",
                                 ShownName(type), "; it is left out"));
}

void SetDisabled(config::v1::Provider* provider) {
  const auto* const reflection = provider->GetReflection();
  const auto* const arm = reflection->GetOneofFieldDescriptor(
      *provider, provider->GetDescriptor()->FindOneofByName("kind"));
  auto* const message = reflection->MutableMessage(provider, arm);
  message->GetReflection()->SetBool(
      message, message->GetDescriptor()->FindFieldByName("disabled"), true);
}

void ProvidersReader::Convert(const ProviderType& type, ExportObject top) {
  config::v1::App& app = conversion_->out.app;
  config::v1::Provider* const out = app.add_providers();
  ExportObject config = top.Object("config");
  ExportObject secrets = top.Object("secret_config");
  ProviderDraft draft{
      conversion_,
      std::string(type.type),
      absl::StrCat("providers[", app.providers_size() - 1, "].", type.arm),
      std::move(top),
      std::move(config),
      std::move(secrets),
      out};
  const size_t notes_before = conversion_->findings.notes()->size();
  draft.From("", draft.top.place());
  draft.top.Value("id");  // where it was stored
  draft.top.Value("_id");
  const bool is_disabled = draft.top.Flag("disabled");
  const bool is_made = type.convert(&draft);
  if (is_made) {
    if (is_disabled) SetDisabled(out);
    draft.Note(
        Kind::kTaken, draft.top.place(), "",
        absl::StrCat("becomes ", type.arm, is_disabled ? ", disabled" : ""));
  }
  draft.top.NoteUnknown(draft.target);
  draft.config.NoteUnknown(draft.target);
  draft.secrets.NoteUnknown(draft.target);
  if (!is_made) Forget(draft, notes_before);
}

// The next provider gets this one's place.
void ProvidersReader::Forget(const ProviderDraft& draft, size_t notes_before) {
  std::vector<ImportNote>& notes = *conversion_->findings.notes();
  for (size_t i = notes_before; i < notes.size(); ++i) notes[i].target.clear();
  auto& origins = conversion_->out.origins;
  for (auto it = origins.begin(); it != origins.end();) {
    it = absl::StartsWith(it->first, draft.target) ? origins.erase(it) : ++it;
  }
  conversion_->out.app.mutable_providers()->RemoveLast();
}

}  // namespace

const ExportPlace* ConvertedApp::OriginOf(absl::string_view path) const {
  while (!path.empty()) {
    const auto found = origins.find(std::string(path));
    if (found != origins.end()) return &found->second;
    const size_t end = path.find_last_of(".[");
    path = end == absl::string_view::npos ? "" : path.substr(0, end);
  }
  return nullptr;
}

std::variant<ConvertedApp, std::vector<ConfigProblem>> ConvertAppServices(
    const ExportFiles& files, const AppServicesOptions& options) {
  Conversion conversion{files, options};
  ConvertAppFile(&conversion);
  if (!ProvidersReader(&conversion).Read()) {
    conversion.findings.Refuse(
        {kProvidersFile, ""},
        "is not there, and neither is auth_providers/: this is no exported "
        "app");
  }
  if (conversion.out.app.id().empty()) {
    conversion.findings.Refuse({"realm_config.json", "app_id"},
                               "no file of the export has the App ID; name "
                               "one yourself");
  }
  ConvertCustomUserData(&conversion);
  ConvertTriggers(&conversion);
  ListOtherFiles(&conversion);
  SwitchOnClientApi(&conversion);
  if (!conversion.findings.problems()->empty()) {
    return std::move(*conversion.findings.problems());
  }
  conversion.out.notes = std::move(*conversion.findings.notes());
  return std::move(conversion.out);
}

}  // namespace latchkey
