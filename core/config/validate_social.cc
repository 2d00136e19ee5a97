// Providers of kind google, apple and facebook.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/config/addresses.h"
#include "core/config/section.h"
#include "core/config/validate.h"
#include "core/crypto/signing_key_pem.h"

namespace latchkey {
namespace {

using Texts = google::protobuf::RepeatedPtrField<std::string>;
using ProfilePaths = std::vector<absl::string_view>;

constexpr int kMaxClientIds = 16;
constexpr size_t kMaxClientId = 256;
constexpr int kMaxIssuers = 8;
constexpr int kMaxDomains = 256;
constexpr size_t kMaxDomain = 253;
constexpr int kMaxRedirectUris = 64;
constexpr size_t kMaxUri = 2048;
constexpr size_t kAppleIdLength = 10;
constexpr size_t kMaxFacebookAppId = 32;
constexpr uint32_t kMaxConcurrency = 1024;

bool IsDomain(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxDomain && text.front() != '.' &&
         text.back() != '.' && absl::c_all_of(text, [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '-' || c == '.';
         });
}

bool IsUriText(absl::string_view text) {
  return text.size() <= kMaxUri && absl::c_all_of(text, [](char c) {
           return absl::ascii_isgraph(static_cast<unsigned char>(c));
         });
}

bool IsClientId(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxClientId && IsUriText(text);
}

bool IsIssuer(absl::string_view text) {
  return !text.empty() && IsUriText(text);
}

bool IsAppleId(absl::string_view text) {
  return text.size() == kAppleIdLength && absl::c_all_of(text, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return absl::ascii_isupper(byte) || absl::ascii_isdigit(byte);
         });
}

// The rule of one list of texts.
struct ListRule {
  int max;
  bool (*holds)(absl::string_view);
  const char* text;  // what is said when it does not hold
};

std::vector<std::string> ReadTexts(const Texts& file, const ListRule& rule,
                                   const Place& list) {
  if (file.size() > rule.max) list.Report(absl::StrCat("at most ", rule.max));
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < file.size(); ++i) {
    if (!rule.holds(file.Get(i))) {
      list.At(i).Report(rule.text);
    } else if (!seen.insert(file.Get(i)).second) {
      list.At(i).Report("is listed twice");
    }
  }
  return {file.begin(), file.end()};
}

void ReadClientIds(const Texts& file, const Place& list, SocialSettings* out) {
  if (file.empty()) list.Report("at least one is required");
  out->client_ids = ReadTexts(
      file,
      {kMaxClientIds, &IsClientId, "must be 1-256 bytes of ASCII, no blanks"},
      list);
}

void ReadEndpoints(const config::v1::Endpoints& file, const Place& place,
                   SocialSettings* out) {
  if (!file.issuers().empty()) {
    out->issuers = ReadTexts(
        file.issuers(),
        {kMaxIssuers, &IsIssuer, "must be 1-2048 bytes of ASCII, no blanks"},
        place.Field("issuers"));
  }
  if (!file.jwks_uri().empty()) {
    CheckUrl(file.jwks_uri(), place.Field("jwks_uri"));
    out->key_source.jwks_uri = file.jwks_uri();
  }
  if (!file.token_uri().empty()) {
    CheckUrl(file.token_uri(), place.Field("token_uri"));
    out->token_uri = file.token_uri();
  }
  if (!file.authorize_uri().empty()) {
    CheckUrl(file.authorize_uri(), place.Field("authorize_uri"));
    out->authorize_uri = file.authorize_uri();
  }
}

// What google and apple have no use for.
void RefuseApi(const config::v1::Endpoints& file, const Place& place) {
  if (!file.api().empty()) place.Field("api").Report("is for facebook");
}

std::string ReadGraph(const config::v1::Endpoints& file, const Place& place,
                      std::string preset) {
  if (!file.token_uri().empty()) {
    place.Field("token_uri").Report("is for google and apple");
  }
  if (file.api().empty()) return preset;
  const Place api = place.Field("api");
  CheckUrl(file.api(), api);
  if (absl::EndsWith(file.api(), "/") || absl::StrContains(file.api(), "?")) {
    api.Report("must not end in a slash nor have a query");
  }
  return file.api();
}

// `secret` is the field that codes need; `has_secret`: it is set.
struct CodeRule {
  absl::string_view secret;
  bool has_secret;
};

void ReadRedirectUris(const Texts& file, const CodeRule& rule,
                      const Place& list, SocialSettings* out) {
  out->redirect_uris =
      ReadTexts(file,
                {kMaxRedirectUris, &IsUriText,
                 "must be at most 2048 bytes of ASCII, no blanks"},
                list);
  if (rule.has_secret && file.empty()) {
    list.Report(absl::StrCat("is required with ", rule.secret,
                             ": codes are accepted for these alone"));
  } else if (!rule.has_secret && !file.empty()) {
    list.Report(absl::StrCat("is for codes, which need ", rule.secret));
  }
}

int ReadConcurrency(const Section& section, int remote_workers) {
  if (!section.IsSet("max_concurrency")) return std::max(1, remote_workers / 2);
  const int calls = static_cast<int>(
      section.Number("max_concurrency", {1, 1, kMaxConcurrency}));
  if (calls > remote_workers) {
    section.Field("max_concurrency")
        .Report(absl::StrCat("must be at most limits.remote_workers, ",
                             remote_workers));
  }
  return calls;
}

// What all three have.
template <typename File>
void ReadShared(const File& file, const ProfilePaths& paths,
                const ProviderContext& context, const Section& section,
                SocialSettings* out) {
  const Place fields = section.Field("metadata");
  out->metadata = ReadMetadata(file.metadata(), fields);
  for (int i = 0; i < file.metadata_size(); ++i) {
    const std::string& path = file.metadata(i).path();
    if (path.empty() || absl::c_linear_search(paths, path)) continue;
    fields.At(i).Field("path").Report(
        absl::StrCat("must be one of ", absl::StrJoin(paths, ", ")));
  }
  out->domains =
      ReadTexts(file.domain_restrictions(),
                {kMaxDomains, &IsDomain, "must be a domain: \"example.com\""},
                section.Field("domain_restrictions"));
  for (std::string& domain : out->domains) absl::AsciiStrToLower(&domain);
  ReadEndpoints(file.endpoints(), section.Field("endpoints"), out);
  out->max_concurrency =
      ReadConcurrency(section, context.limits->remote_workers);
}

// The secret that the field names; empty after a problem.
Secret ReadSecretOf(const Section& section, absl::string_view field,
                    const SecretTable& secrets) {
  const Secret* const found =
      secrets.Find(section.Text(field), section.Field(field));
  return found == nullptr ? Secret() : found->Clone();
}

// All three of them, or none.
void ReadAppleKey(const config::v1::Apple& file, const SecretTable& secrets,
                  const Section& section, AppleSettings* out) {
  if (file.team_id().empty() && file.key_id().empty() &&
      file.private_key().empty()) {
    return;
  }
  for (const char* const field : {"team_id", "key_id"}) {
    const std::string text = section.Text(field);
    if (text.empty()) {
      section.Field(field).Report("is required for codes");
    } else if (!IsAppleId(text)) {
      section.Field(field).Report("must be 10 of A-Z 0-9");
    }
  }
  out->team_id = file.team_id();
  out->key_id = file.key_id();
  if (file.private_key().empty()) {
    section.Field("private_key").Report("is required for codes");
    return;
  }
  out->private_key = ReadSecretOf(section, "private_key", secrets);
  if (!out->private_key.empty() &&
      !SigningKeyFromPem(Algorithm::kEs256, out->key_id, out->private_key)
           .ok()) {
    section.Field("private_key")
        .Report("must be an EC private key on P-256 in PEM");
  }
}

}  // namespace

GoogleSettings ReadGoogle(const config::v1::Google& file,
                          const ProviderContext& context, const Place& place) {
  const Section section(file, place);
  GoogleSettings out;
  ReadClientIds(file.client_ids(), section.Field("client_ids"), &out.social);
  ReadShared(file, {"name", "first_name", "last_name", "picture", "email"},
             context, section, &out.social);
  RefuseApi(file.endpoints(), section.Field("endpoints"));
  const bool has_secret = !file.client_secret().empty();
  if (has_secret) {
    out.client_secret =
        ReadSecretOf(section, "client_secret", *context.secrets);
  }
  ReadRedirectUris(file.redirect_uris(), {"client_secret", has_secret},
                   section.Field("redirect_uris"), &out.social);
  const bool keeps_email = absl::c_any_of(
      out.social.metadata,
      [](const MetadataField& field) { return field.path == "email"; });
  if (!out.social.domains.empty() && !keeps_email) {
    section.Field("domain_restrictions").Report("needs email in metadata");
  }
  return out;
}

AppleSettings ReadApple(const config::v1::Apple& file,
                        const ProviderContext& context, const Place& place) {
  const Section section(file, place);
  AppleSettings out;
  ReadClientIds(file.client_ids(), section.Field("client_ids"), &out.social);
  ReadShared(file, {"name", "first_name", "last_name", "email"}, context,
             section, &out.social);
  RefuseApi(file.endpoints(), section.Field("endpoints"));
  ReadAppleKey(file, *context.secrets, section, &out);
  ReadRedirectUris(file.redirect_uris(),
                   {"private_key", !file.private_key().empty()},
                   section.Field("redirect_uris"), &out.social);
  return out;
}

FacebookSettings ReadFacebook(const config::v1::Facebook& file,
                              const ProviderContext& context,
                              const Place& place) {
  const Section section(file, place);
  FacebookSettings out;
  const std::string app = section.Required("app_id", kMaxFacebookAppId);
  if (!absl::c_all_of(app, [](char c) {
        return absl::ascii_isdigit(static_cast<unsigned char>(c));
      })) {
    section.Field("app_id").Report("must be digits");
  }
  out.social.client_ids = {app};
  ReadShared(file,
             {"name", "first_name", "last_name", "picture", "gender",
              "birthday", "min_age", "max_age", "email"},
             context, section, &out.social);
  out.graph = ReadGraph(file.endpoints(), section.Field("endpoints"),
                        std::move(out.graph));
  if (!file.app_secret().empty()) {
    out.app_secret = ReadSecretOf(section, "app_secret", *context.secrets);
  }
  section.Unsupported({"redirect_uris"});
  return out;
}

}  // namespace latchkey
