#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/config/addresses.h"
#include "core/config/config.h"
#include "core/config/file_reader.h"
#include "core/config/section.h"
#include "core/config/tls_files.h"
#include "core/config/validate.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/certificate.h"
#include "core/jwks/key_issuers.h"
#include "core/policy/pattern.h"
#include "core/provider/foreign_token.h"
#include "core/provider/issuer_quirks.h"

namespace latchkey {
namespace {

constexpr size_t kMaxIssuer = 2048;
constexpr size_t kMaxText = 256;
constexpr int kMaxScopes = 32;
constexpr int kMaxLogClaims = 32;
constexpr int kMaxTenants = 256;
constexpr int kMaxTypes = 16;
constexpr uint32_t kMaxPollSeconds = 30 * 24 * 3600;
// Where Microsoft keeps personal accounts; its keys are its own.
constexpr absl::string_view kPersonalAccounts =
    "9188040d-6c67-4c5b-b112-36a304b66dad";

using Texts = google::protobuf::RepeatedPtrField<std::string>;

// What an access token holds besides roles and the issuer: header and
// signature (RS256's are the longest) as text, other claims as JSON.
constexpr size_t kEnvelopeBytes = 640;
constexpr size_t kOtherClaimsBytes = 800;
// Of a call's other metadata, and of the name and "Bearer ".
constexpr size_t kOtherMetadataBytes = 512;
constexpr size_t kMostRolesBytes = 10 * 1024;  // of 16 KiB, as Verify takes
// The other claims of App Services sessions; those have no roles.
constexpr size_t kAppServicesClaimsBytes = 256;
constexpr size_t kMostUserData = 8 * 1024;

// ClaimsBudget is what a token's long claims may take, as JSON, so that it is a
// bearer which this service's own listeners let in. Base64 makes 4 of 3.
size_t ClaimsBudget(const Config& config) {
  size_t metadata = config.limits.max_metadata_bytes;
  if (config.http.has_value()) {
    metadata = std::min(metadata, config.http->max_header_bytes);
  }
  const size_t fixed = kOtherMetadataBytes + kEnvelopeBytes;
  const size_t payload = (std::max(metadata, fixed) - fixed) / 4 * 3;
  const size_t claims = kOtherClaimsBytes + config.issuer.size();
  return std::max(payload, claims) - claims;
}

size_t RolesBudget(const Config& config) {
  return std::min(ClaimsBudget(config), kMostRolesBytes);
}

std::string OptionalText(const Section& section, absl::string_view name) {
  std::string text = section.Text(name);
  if (text.size() > kMaxText) {
    section.Field(name).Report(
        absl::StrCat("must be at most ", kMaxText, " bytes"));
  }
  return text;
}

bool IsScope(absl::string_view text) {
  return absl::c_all_of(text, [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c)) && c != '"' &&
           c != '\\';
  });
}

void ReadIssuer(const config::v1::Oidc& file, const Section& section,
                OidcSettings* out) {
  out->issuer = section.Required("issuer", kMaxIssuer);
  out->key_source.issuer = out->issuer;
  const Place place = section.Field("issuer");
  if (!out->issuer.empty()) CheckIssuer(AnyTenantsIssuer(out->issuer), place);
  const std::string unusable = UnusableIssuer(out->issuer);
  if (!unusable.empty()) place.Report(unusable);
  const bool of_tenants = absl::StrContains(out->issuer, kTenantPlaceholder);
  if (of_tenants && file.allowed_tenants_size() == 0) {
    section.Field("allowed_tenants")
        .Report("is required where the issuer holds \"{tenantid}\"");
  } else if (!of_tenants && file.allowed_tenants_size() > 0) {
    section.Field("allowed_tenants")
        .Report("is for an issuer that holds \"{tenantid}\"");
  }
}

void ReadTenants(const Texts& file, const Place& list, OidcSettings* out) {
  if (file.size() > kMaxTenants) list.Report("at most 256 tenants");
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < file.size(); ++i) {
    std::string tenant = absl::AsciiStrToLower(file.Get(i));
    if (!IsTenantId(tenant)) {
      list.At(i).Report("must be a tenant's id (a GUID)");
    } else if (tenant == kPersonalAccounts) {
      list.At(i).Report(
          "personal accounts have keys of their own: give them a provider "
          "whose issuer names this tenant");
    } else if (!seen.insert(tenant).second) {
      list.At(i).Report("is listed twice");
    }
    out->allowed_tenants.push_back(std::move(tenant));
  }
}

void ReadPattern(const Section& section, OidcSettings* out) {
  out->match_pattern = section.Text("match_pattern");
  const absl::StatusOr<Pattern> pattern = Pattern::Compile(out->match_pattern);
  if (pattern.ok()) return;
  section.Field("match_pattern")
      .Report(absl::StrCat("must be a regular expression of RE2: ",
                           pattern.status().message()));
}

void ReadClient(const config::v1::Oidc& file, const Section& section,
                OidcSettings* out) {
  out->supports_human_flows =
      !file.has_supports_human_flows() || file.supports_human_flows();
  ReadPattern(section, out);
  out->client_id = OptionalText(section, "client_id");
  if (out->supports_human_flows && out->client_id.empty()) {
    section.Field("client_id")
        .Report(absl::StrCat("is required unless ",
                             section.NameOf("supports_human_flows"),
                             " is false"));
  }
  const Place scopes = section.Field("request_scopes");
  if (file.request_scopes_size() > kMaxScopes) scopes.Report("at most 32");
  for (int i = 0; i < file.request_scopes_size(); ++i) {
    const std::string& scope = file.request_scopes(i);
    if (scope.empty() || scope.size() > kMaxText || !IsScope(scope)) {
      scopes.At(i).Report("must be 1-256 characters without blanks");
    }
    out->request_scopes.push_back(scope);
  }
}

void ReadClaims(const config::v1::Oidc& file, const Section& section,
                OidcSettings* out) {
  const std::string principal = OptionalText(section, "principal_name");
  if (!principal.empty()) out->principal_name = principal;
  out->use_authorization_claim =
      !file.has_use_authorization_claim() || file.use_authorization_claim();
  out->authorization_claim = OptionalText(section, "authorization_claim");
  if (out->use_authorization_claim && out->authorization_claim.empty()) {
    section.Field("authorization_claim")
        .Report(absl::StrCat("is required unless ",
                             section.NameOf("use_authorization_claim"),
                             " is false"));
  }
}

// Everything else that tells people apart is unique in one tenant only, or is
// what a tenant's administrator writes there.
void CheckNameOfTenants(const Section& section, const OidcSettings& oidc) {
  if (oidc.allowed_tenants.size() < 2 || oidc.principal_name == "sub" ||
      oidc.principal_name == "oid") {
    return;
  }
  section.Field("principal_name")
      .Report(
          "must be \"sub\" or \"oid\" with several tenants: a tenant could "
          "give its people the names of another's");
}

// MongoDB's way to log nothing is an empty list.
void ReadLogClaims(const config::v1::Oidc& file, const Section& section,
                   OidcSettings* out) {
  const Place list = section.Field("log_claims");
  if (file.log_claims_size() > kMaxLogClaims) list.Report("at most 32");
  const bool none = file.log_no_claims() || section.IsInFile("log_claims");
  if (none || file.log_claims_size() > 0) out->log_claims.clear();
  for (int i = 0; i < file.log_claims_size(); ++i) {
    const std::string& claim = file.log_claims(i);
    if (claim.empty() || claim.size() > kMaxText) {
      list.At(i).Report("must be 1-256 bytes");
    }
    out->log_claims.push_back(claim);
  }
  if (file.log_no_claims() && file.log_claims_size() > 0) {
    section.Field("log_no_claims").Report("contradicts log_claims");
  }
}

void ReadPoll(const config::v1::Oidc& file, const Section& section,
              OidcSettings* out) {
  if (!file.has_jwks_poll_secs()) return;
  const uint32_t seconds =
      section.Number("jwks_poll_secs", {0, 0, kMaxPollSeconds});
  out->key_source.poll =
      seconds == 0 ? absl::InfiniteDuration() : absl::Seconds(seconds);
}

void ReadAlgorithms(const Texts& file, const Place& list, OidcSettings* out) {
  for (int i = 0; i < file.size(); ++i) {
    const auto algorithm = ParseAlgorithm(file.Get(i));
    if (!algorithm.has_value()) {
      list.At(i).Report("must be a JWS algorithm: \"RS256\", \"ES256\", ...");
    } else if (IsMac(*algorithm)) {
      list.At(i).Report(
          "must be no HS algorithm: with published keys anybody could sign");
    } else {
      out->algorithms.push_back(*algorithm);
    }
  }
  if (out->algorithms.empty()) {
    out->algorithms = {Algorithm::kRs256, Algorithm::kRs384, Algorithm::kRs512,
                       Algorithm::kPs256, Algorithm::kEs256, Algorithm::kEs384};
  }
  out->key_source.rsa_default = RsaDefault(out->algorithms);
}

void ReadTypes(const Texts& file, const Place& list, OidcSettings* out) {
  if (file.size() > kMaxTypes) list.Report("at most 16");
  if (file.empty()) return;
  out->types.clear();
  for (const std::string& type : file) {
    const std::string lower = absl::AsciiStrToLower(type);
    out->types.emplace_back(absl::StripPrefix(lower, "application/"));
  }
}

void ReadAuthorities(const Section& section, const TlsFileOptions* files,
                     OidcSettings* out) {
  const std::string path = section.Text("server_ca_file");
  if (path.empty() || files == nullptr) return;
  const Place place = section.Field("server_ca_file");
  std::optional<std::string> pem = files->read_file(path);
  if (!pem.has_value()) return place.Report("the file cannot be read");
  if (pem->size() > kMaxConfigFileBytes) {
    return place.Report("the file is larger than 1 MiB");
  }
  const absl::StatusOr<Certificates> read = Certificates::Read(*pem);
  absl::Status usable = read.status();
  if (read.ok() && files->check) usable = read->CheckAuthorities(files->now);
  if (!usable.ok()) {
    return place.Report(absl::StrCat("the file ", usable.message()));
  }
  out->key_source.ca_pem = *std::move(pem);
}

// The rules between the federated providers of an app (MongoDB's, for its
// array). Each is reported at the later one and names the other.

void CheckPatternsFirst(const std::vector<OidcEntry>& entries) {
  const OidcEntry* plain = nullptr;
  for (const OidcEntry& entry : entries) {
    if (entry.settings->match_pattern.empty()) {
      if (plain == nullptr) plain = &entry;
    } else if (plain != nullptr) {
      entry.section->Field("match_pattern")
          .Report(absl::StrCat(
              "must come before ", plain->section->place().path(),
              ", which has no ", plain->section->NameOf("match_pattern")));
    }
  }
}

void CheckPatternsOfPeople(const std::vector<OidcEntry>& entries) {
  std::vector<const OidcEntry*> people;
  for (const OidcEntry& entry : entries) {
    if (entry.settings->supports_human_flows) people.push_back(&entry);
  }
  if (people.size() < 2) return;
  for (const OidcEntry* const entry : people) {
    if (!entry->settings->match_pattern.empty()) continue;
    const OidcEntry* const other =
        entry == people.front() ? people.back() : people.front();
    entry->section->Field("match_pattern")
        .Report(absl::StrCat("is required: ", other->section->place().path(),
                             " is for people too"));
  }
}

void CheckPair(const OidcEntry& earlier, const OidcEntry& later) {
  const OidcSettings& a = *earlier.settings;
  const OidcSettings& b = *later.settings;
  if (a.issuer.empty() || a.issuer != b.issuer) return;
  const std::string path = earlier.section->place().path();
  if (!a.audience.empty() && a.audience == b.audience) {
    later.section->Field("audience")
        .Report(absl::StrCat("must be another one than that of ", path,
                             ", which has the same issuer"));
  }
  if (a.key_source.poll != b.key_source.poll) {
    later.section->Field("jwks_poll_secs")
        .Report(absl::StrCat("must be the same as that of ", path,
                             ", which has the same issuer"));
  }
  if (a.key_source.ca_pem != b.key_source.ca_pem) {
    later.section->Field("server_ca_file")
        .Report(absl::StrCat("must be the same as that of ", path,
                             ", which has the same issuer"));
  }
}

}  // namespace

OidcSettings ReadOidc(const config::v1::Oidc& file, const Section& section,
                      const OidcContext& context) {
  OidcSettings out;
  ReadIssuer(file, section, &out);
  ReadTenants(file.allowed_tenants(), section.Field("allowed_tenants"), &out);
  out.audience = section.Required("audience", kMaxText);
  out.auth_name_prefix = file.auth_name_prefix();
  CheckName(out.auth_name_prefix, section.Field("auth_name_prefix"));
  ReadClient(file, section, &out);
  ReadClaims(file, section, &out);
  CheckNameOfTenants(section, out);
  ReadLogClaims(file, section, &out);
  ReadPoll(file, section, &out);
  ReadTypes(file.require_typ(), section.Field("require_typ"), &out);
  ReadAlgorithms(file.algorithms(), section.Field("algorithms"), &out);
  out.cap_session_at_token_expiry = !file.has_cap_session_at_token_expiry() ||
                                    file.cap_session_at_token_expiry();
  ReadAuthorities(section, context.files, &out);
  if (context.config != nullptr) {
    out.max_roles_bytes = RolesBudget(*context.config);
  }
  return out;
}

size_t UserDataBudget(const Config& config) {
  const size_t budget = ClaimsBudget(config);
  return std::min(
      std::max(budget, kAppServicesClaimsBytes) - kAppServicesClaimsBytes,
      kMostUserData);
}

void CheckOidcEntries(const std::vector<OidcEntry>& entries) {
  CheckPatternsFirst(entries);
  CheckPatternsOfPeople(entries);
  for (size_t later = 0; later < entries.size(); ++later) {
    for (size_t earlier = 0; earlier < later; ++earlier) {
      CheckPair(entries[earlier], entries[later]);
    }
  }
}

}  // namespace latchkey
