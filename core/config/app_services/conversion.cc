#include "core/config/app_services/conversion.h"

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/config/section.h"

namespace latchkey {
namespace {

using Kind = ImportNote::Kind;

constexpr size_t kMaxSecretName = 64;

std::string AsName(absl::string_view text) {
  std::string name(text.substr(0, kMaxSecretName));
  for (char& c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-') {
      c = '_';
    }
  }
  return name;
}

}  // namespace

ExportObject Conversion::Open(const std::string& file) {
  std::optional<json::Value> value =
      ParseExportFile(file, *files.Find(file), &findings);
  if (value.has_value() && value->is_null()) {
    findings.Refuse({file, ""}, "must be an object ({...})");
  }
  if (!value.has_value()) return ExportObject(nullptr, {file, ""}, &findings);
  documents.push_back(*std::move(value));
  return ExportObject(&documents.back(), {file, ""}, &findings);
}

void Conversion::Note(ImportNote::Kind kind, const ExportPlace& place,
                      const std::string& target, std::string message) {
  findings.Note({kind, place, target, std::move(message)});
}

void Conversion::UseFunction(const ImportedFunction& function,
                             const ExportPlace& place,
                             const std::string& target) {
  ImportedFunction used = function;
  for (const char* const ending : {".js", "/source.js"}) {
    const std::string path =
        absl::StrCat("functions/", function.source, ending);
    used.source = path;
    if (files.Has(path)) break;
    used.source.clear();
  }
  if (used.source.empty()) {
    Note(Kind::kNeedsYou, place, target,
         absl::StrCat("the source of the function ", ShownName(function.name),
                      " is not in the export; write it anew"));
  }
  const auto known = absl::c_find_if(
      out.functions,
      [&](const ImportedFunction& other) { return other.name == used.name; });
  if (known == out.functions.end()) {
    out.functions.push_back(std::move(used));
  } else if (known->source != used.source) {
    Note(Kind::kNeedsYou, place, target,
         absl::StrCat("another function is asked for as ", used.name,
                      ", too: rename one of them"));
  }
}

std::string Conversion::OurSecretName(const std::string& name) {
  constexpr size_t kRoomForNumber = 8;
  std::string ours = IsName(name) ? name : AsName(name);
  for (int i = 2; secret_names.emplace(ours, name).first->second != name; ++i) {
    ours = absl::StrCat(AsName(name).substr(0, kMaxSecretName - kRoomForNumber),
                        "-", i);
  }
  return ours;
}

std::string ProviderDraft::At(absl::string_view field) const {
  return field.empty() ? target : absl::StrCat(target, ".", field);
}

void ProviderDraft::From(absl::string_view field,
                         const ExportPlace& place) const {
  conversion->out.origins[At(field)] = place;
}

void ProviderDraft::Note(ImportNote::Kind kind, const ExportPlace& place,
                         absl::string_view field, std::string message) const {
  conversion->Note(kind, place, At(field), std::move(message));
}

void ProviderDraft::LeaveOut(ExportObject* object, absl::string_view name,
                             absl::string_view why) const {
  if (!object->Has(name)) return;
  Note(Kind::kLeftOut, object->PlaceOf(name), "", std::string(why));
}

std::string ProviderDraft::UseSecret(const std::string& name,
                                     const ExportPlace& place,
                                     absl::string_view field,
                                     absl::string_view purpose) const {
  std::string ours = conversion->OurSecretName(name);
  From(field, place);
  if (ours != name) {
    Note(Kind::kNeedsYou, place, field,
         absl::StrCat("the secret is called ", ours, " here: names are ASCII ",
                      "letters, digits, \"_\" and \"-\""));
  }
  std::vector<ImportedSecret>& secrets_used = conversion->out.secrets;
  const bool is_known = absl::c_any_of(
      secrets_used,
      [&](const ImportedSecret& secret) { return secret.name == ours; });
  if (!is_known) {
    secrets_used.push_back({ours, place, std::string(purpose)});
  }
  return ours;
}

std::string ProviderDraft::SecretOf(absl::string_view name,
                                    absl::string_view field,
                                    absl::string_view purpose) {
  const std::string secret = secrets.Text(name);
  if (secret.empty()) return "";
  return UseSecret(secret, secrets.PlaceOf(name), field, purpose);
}

}  // namespace latchkey
