#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/config/app_services/conversion.h"

namespace latchkey {
namespace {

using Kind = ImportNote::Kind;

constexpr char kInlineKeySecret[] = "custom-token-signing-key";

// A backslash makes a dot part of a name, there and here; here it makes any
// character after it one, so others are doubled.
std::string OurPath(absl::string_view name) {
  std::string path;
  for (size_t i = 0; i < name.size(); ++i) {
    path.push_back(name[i]);
    if (name[i] != '\\') continue;
    if (i + 1 < name.size() && name[i + 1] == '.') {
      path.push_back(name[++i]);
    } else {
      path.push_back('\\');
    }
  }
  return path;
}

// The vendor's schema calls it a text, its examples a truth value.
bool ReadRequireAny(ExportObject* config) {
  const json::Value* const value = config->Value("requireAnyAudience");
  const std::string* const text =
      value == nullptr ? nullptr : value->as_string();
  if (text == nullptr) return config->Flag("requireAnyAudience");
  if (*text == "true") return true;
  if (!text->empty() && *text != "false") {
    config->findings()->Refuse(config->PlaceOf("requireAnyAudience"),
                               "must be true or false");
  }
  return false;
}

void TakeAudience(ProviderDraft* draft) {
  auto* const out = draft->out->mutable_custom_jwt();
  const ExportPlace place = draft->config.PlaceOf("audience");
  draft->From("audience", place);
  for (std::string& value : draft->config.Texts("audience")) {
    if (!value.empty()) out->add_audience(std::move(value));
  }
  if (out->audience().empty()) {
    draft->Note(Kind::kTaken, place, "audience",
                "empty: the App ID is expected, as before");
  }
  const bool any = ReadRequireAny(&draft->config);
  if (!any) return;
  if (out->audience().empty()) {
    draft->LeaveOut(&draft->config, "requireAnyAudience",
                    "the App ID is the only audience");
    return;
  }
  out->set_audience_match("any");
  draft->From("audience_match", draft->config.PlaceOf("requireAnyAudience"));
}

// False: no document is named.
bool TakeKeyDocument(ProviderDraft* draft) {
  constexpr char kNotWithDocument[] =
      "not in force: the keys come from jwkURI, and RS256 alone is accepted";
  const std::string uri = draft->config.Text("jwkURI");
  draft->LeaveOut(&draft->config, "signingAlgorithm", kNotWithDocument);
  draft->LeaveOut(&draft->secrets, "signingKeys", kNotWithDocument);
  draft->LeaveOut(&draft->config, "signingKey", kNotWithDocument);
  if (uri.empty()) return false;
  auto* const out = draft->out->mutable_custom_jwt();
  out->set_jwks_uri(uri);
  out->add_algorithms("RS256");
  draft->From("jwks_uri", draft->config.PlaceOf("jwkURI"));
  draft->From("algorithms", draft->config.PlaceOf("useJWKURI"));
  return true;
}

// A key in the file itself, which old versions had: it is not copied.
void TakeInlineKey(ProviderDraft* draft) {
  if (!draft->config.Has("signingKey")) return;
  const ExportPlace place = draft->config.PlaceOf("signingKey");
  auto* const out = draft->out->mutable_custom_jwt();
  const std::string field =
      absl::StrCat("signing_keys[", out->signing_keys_size(), "]");
  out->add_signing_keys(draft->UseSecret(kInlineKeySecret, place, field,
                                         "the key that stands in the export"));
  draft->Note(Kind::kNeedsYou, place, field,
              absl::StrCat("the key stands in the export itself and is not "
                           "copied: put it into the secret ",
                           kInlineKeySecret));
}

// False: there are none.
bool TakeSigningKeys(ProviderDraft* draft) {
  auto* const out = draft->out->mutable_custom_jwt();
  const ExportPlace place = draft->secrets.PlaceOf("signingKeys");
  draft->LeaveOut(&draft->config, "jwkURI",
                  "not in force: useJWKURI is switched off");
  const std::string algorithm = draft->config.Text("signingAlgorithm");
  const std::string purpose = algorithm == "RS256"
                                  ? "RSA public key in PEM of custom-token"
                                  : "HS256 key of custom-token";
  const std::vector<std::string> names = draft->secrets.Texts("signingKeys");
  for (size_t i = 0; i < names.size(); ++i) {
    out->add_signing_keys(draft->UseSecret(
        names[i], place.At(i), absl::StrCat("signing_keys[", i, "]"), purpose));
  }
  TakeInlineKey(draft);
  out->set_signing_algorithm(algorithm);
  draft->From("signing_keys", place);
  draft->From("signing_algorithm", draft->config.PlaceOf("signingAlgorithm"));
  return !out->signing_keys().empty();
}

}  // namespace

void ConvertMetadata(ProviderDraft* draft, MetadataFields* out) {
  for (ExportObject& field : draft->top.Objects("metadata_fields")) {
    if (!field.is_there()) continue;
    const std::string ours = absl::StrCat("metadata[", out->size(), "]");
    config::v1::MetadataField* const added = out->Add();
    added->set_path(OurPath(field.Text("name")));
    added->set_field(field.Text("field_name"));
    added->set_required(field.Flag("required"));
    draft->From(ours, field.place());
    draft->From(absl::StrCat(ours, ".path"), field.PlaceOf("name"));
    draft->From(absl::StrCat(ours, ".field"), field.PlaceOf("field_name"));
    field.NoteUnknown(draft->At(ours));
  }
}

bool ConvertCustomToken(ProviderDraft* draft) {
  const bool by_document = draft->config.Flag("useJWKURI");
  const bool has_keys =
      by_document ? TakeKeyDocument(draft) : TakeSigningKeys(draft);
  if (!has_keys) {
    draft->Note(Kind::kNeedsYou,
                by_document ? draft->config.PlaceOf("jwkURI")
                            : draft->secrets.PlaceOf("signingKeys"),
                "",
                by_document ? "jwkURI is empty; the provider is left out"
                            : "signingKeys is empty; the provider is left out");
  }
  TakeAudience(draft);
  ConvertMetadata(draft, draft->out->mutable_custom_jwt()->mutable_metadata());
  return has_keys;
}

}  // namespace latchkey
