#include "core/config/outbound_endpoint.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/config/addresses.h"
#include "core/config/section.h"
#include "core/jwks/url_rules.h"

namespace latchkey {
namespace {

constexpr size_t kMaxDomain = 253;
constexpr size_t kMaxServerId = 64;
constexpr char kEntraBase[] = "https://login.microsoftonline.com/";

bool IsMadeOf(absl::string_view text, absl::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           absl::StrContains(others, c);
  });
}

// The URL of an Okta organisation without a slash at its end; empty after a
// problem. People paste the address bar's text.
std::string OktaBase(const std::string& domain, const Place& place) {
  std::string text = absl::AsciiStrToLower(domain);
  const bool is_http = absl::StartsWith(text, "http://");
  absl::string_view host = text;
  if (!absl::ConsumePrefix(&host, "http://")) {
    absl::ConsumePrefix(&host, "https://");
  }
  while (absl::ConsumeSuffix(&host, "/")) {
  }
  const std::string base = absl::StrCat(is_http ? "http://" : "https://", host);
  const absl::StatusOr<HttpUrl> url = ParseHttpUrl(base);
  if (host.empty() || host.size() > kMaxDomain || !IsMadeOf(host, ".-:") ||
      !url.ok() || !url->path.empty()) {
    place.Report("must be HOST or HOST:PORT, such as \"dev-1.okta.com\"");
    return "";
  }
  if (absl::StrContains(host, "-admin.")) {
    place.Report(
        "is the host of Okta's console, which issues no tokens: leave out "
        "\"-admin\"");
    return "";
  }
  if (is_http && !url->is_loopback_host()) {
    place.Report("http:// is for loopback only");
    return "";
  }
  return base;
}

void ReadOkta(const config::v1::OutboundCredential& file, OutboundPreset preset,
              const Place& place, OutboundSettings* out) {
  if (file.okta_domain().empty()) {
    place.Field("okta_domain").Report("is required for Okta");
    return;
  }
  const std::string base =
      OktaBase(file.okta_domain(), place.Field("okta_domain"));
  if (preset == OutboundPreset::kOktaOrg) {
    out->token_url = absl::StrCat(base, "/oauth2/v1/token");
    return;
  }
  const std::string server =
      file.okta_server().empty() ? "default" : file.okta_server();
  if (server.size() > kMaxServerId || !IsMadeOf(server, "_-")) {
    place.Field("okta_server")
        .Report(
            "must be the id of an authorization server: 1-64 ASCII "
            "letters, digits, \"_\", \"-\"");
  }
  out->token_url = absl::StrCat(base, "/oauth2/", server, "/v1/token");
}

void ReadEntra(const config::v1::OutboundCredential& file, const Place& place,
               OutboundSettings* out) {
  const Place tenant = place.Field("tenant");
  const std::string name = absl::AsciiStrToLower(file.tenant());
  if (name.empty()) {
    tenant.Report("is required for Entra");
  } else if (name.size() > kMaxDomain || !IsMadeOf(name, ".-")) {
    tenant.Report("must be a tenant's id or one of its domains");
  } else if (name == "common" || name == "organizations" ||
             name == "consumers") {
    tenant.Report("a grant without a user needs one tenant by its id");
  }
  out->token_url = absl::StrCat(kEntraBase, name, "/oauth2/v2.0/token");
}

void ReadGeneric(const config::v1::OutboundCredential& file, const Place& place,
                 OutboundSettings* out) {
  if (file.token_url().empty() == file.issuer().empty()) {
    place.Report("exactly one of token_url and issuer must be set");
  }
  if (!file.token_url().empty()) {
    CheckUrl(file.token_url(), place.Field("token_url"));
  }
  if (!file.issuer().empty()) {
    CheckIssuer(file.issuer(), place.Field("issuer"));
  }
  out->token_url = file.token_url();
  if (file.token_url().empty()) out->issuer = file.issuer();
}

// Reports what is set and means nothing to the preset.
void RefuseOthers(const config::v1::OutboundCredential& file,
                  OutboundPreset preset, const Place& place) {
  struct Row {
    const char* field;
    const char* whose;
    bool is_known;
  };
  const bool is_server = preset == OutboundPreset::kOktaServer;
  const bool is_okta = is_server || preset == OutboundPreset::kOktaOrg;
  const bool is_generic = preset == OutboundPreset::kGeneric;
  const Section section(file, place);
  for (const Row& row : {
           Row{"okta_domain", "Okta", is_okta},
           Row{"okta_server", "okta_custom_authorization_server", is_server},
           Row{"tenant", "entra", preset == OutboundPreset::kEntra},
           Row{"token_url", "generic", is_generic},
           Row{"issuer", "generic", is_generic},
       }) {
    if (row.is_known || !section.IsSet(row.field)) continue;
    place.Field(row.field).Report(
        absl::StrCat("is for the preset ", row.whose));
  }
}

}  // namespace

OutboundPreset ReadPreset(const config::v1::OutboundCredential& file,
                          const Place& place) {
  const std::string& name = file.preset();
  if (name == "okta_custom_authorization_server") {
    return OutboundPreset::kOktaServer;
  }
  if (name == "okta_org") return OutboundPreset::kOktaOrg;
  if (name == "entra") return OutboundPreset::kEntra;
  if (name == "generic") return OutboundPreset::kGeneric;
  if (name.empty()) {
    return file.okta_domain().empty() ? OutboundPreset::kGeneric
                                      : OutboundPreset::kOktaServer;
  }
  place.Field("preset").Report(
      "must be \"okta_custom_authorization_server\", \"okta_org\", \"entra\" "
      "or \"generic\"");
  return OutboundPreset::kUnknown;
}

void ReadOutboundEndpoint(const config::v1::OutboundCredential& file,
                          OutboundPreset preset, const Place& place,
                          OutboundSettings* out) {
  switch (preset) {
    case OutboundPreset::kOktaServer:
    case OutboundPreset::kOktaOrg:
      ReadOkta(file, preset, place, out);
      break;
    case OutboundPreset::kEntra:
      ReadEntra(file, place, out);
      break;
    case OutboundPreset::kGeneric:
      ReadGeneric(file, place, out);
      break;
    case OutboundPreset::kUnknown:
      return;
  }
  RefuseOthers(file, preset, place);
}

}  // namespace latchkey
