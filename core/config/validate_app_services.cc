#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/config/addresses.h"
#include "core/config/section.h"
#include "core/config/validate.h"
#include "core/jwks/url_rules.h"
#include "core/provider/authorization_endpoint.h"

namespace latchkey {
namespace {

constexpr int kMaxOrigins = 64;
constexpr int kMaxRedirectUris = 64;
// All of it goes along with the person, and back.
constexpr size_t kMaxRedirectUri = 1024;
constexpr uint32_t kStatuses[] = {400, 401, 403, 409, 500};

std::string ReadHostname(const Section& section) {
  std::string hostname = section.Text("hostname");
  if (hostname.empty()) return hostname;
  const Place place = section.Field("hostname");
  CheckIssuer(hostname, place);
  if (absl::EndsWith(hostname, "/")) place.Report("must not end in \"/\"");
  return hostname;
}

// As browsers send it: scheme, host and port, nothing else.
bool IsOrigin(const std::string& text) {
  if (text == "*") return true;
  const absl::StatusOr<HttpUrl> url = ParseHttpUrl(text);
  if (!url.ok() || !url->path.empty()) return false;
  return url->scheme == "https" || url->is_loopback_host();
}

// Another spelling of an origin equals nothing that a browser sends.
bool IsCanonicalOrigin(absl::string_view text) {
  const bool default_port =
      absl::EndsWith(text, absl::StartsWith(text, "https:") ? ":443" : ":80");
  return !default_port && absl::AsciiStrToLower(text) == text;
}

std::vector<std::string> ReadOrigins(const config::v1::AppServices& file,
                                     const Place& list) {
  if (file.allowed_origins_size() > kMaxOrigins) {
    list.Report(absl::StrCat("must have at most ", kMaxOrigins));
  }
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < file.allowed_origins_size(); ++i) {
    if (!IsOrigin(file.allowed_origins(i))) {
      list.At(i).Report(
          "must be \"https://HOST[:PORT]\" without a path, http on loopback, "
          "or \"*\"");
    } else if (!IsCanonicalOrigin(file.allowed_origins(i))) {
      list.At(i).Report(
          "must be in small letters and without the scheme's own port, as "
          "browsers send it");
    } else if (!seen.insert(file.allowed_origins(i)).second) {
      list.At(i).Report("is listed twice");
    }
  }
  return {file.allowed_origins().begin(), file.allowed_origins().end()};
}

int ReadStatus(const Section& section, absl::string_view name, int preset) {
  const uint32_t status =
      section.Number(name, {static_cast<uint32_t>(preset), 0, UINT32_MAX});
  if (std::find(std::begin(kStatuses), std::end(kStatuses), status) ==
      std::end(kStatuses)) {
    section.Field(name).Report("must be 400, 401, 403, 409 or 500");
    return preset;
  }
  return static_cast<int>(status);
}

// A name must be that of an enabled provider of the kind.
std::string ReadProviderName(const Section& section, absl::string_view field,
                             ProviderKind kind, const AppSettings& app) {
  std::string name = section.Text(field);
  const bool known = std::any_of(app.providers.begin(), app.providers.end(),
                                 [&](const ProviderSettings& provider) {
                                   return !provider.disabled &&
                                          KindOf(provider) == kind &&
                                          provider.name.value() == name;
                                 });
  if (!name.empty() && !known) {
    section.Field(field).Report(absl::StrCat("names no enabled provider of ",
                                             "kind ", ProviderKindName(kind),
                                             " of this app"));
  }
  return name;
}

// Exactly as clients name it, so only what has one spelling for all parsers.
bool IsRedirectUri(const std::string& text) {
  const absl::StatusOr<HttpUrl> url = ParseHttpUrl(text);
  return url.ok() && text.size() <= kMaxRedirectUri &&
         (url->scheme == "https" || url->is_loopback_host());
}

std::vector<std::string> ReadRedirectUris(const config::v1::AppServices& file,
                                          const Place& list) {
  if (file.redirect_uris_size() > kMaxRedirectUris) {
    list.Report(absl::StrCat("must have at most ", kMaxRedirectUris));
  }
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < file.redirect_uris_size(); ++i) {
    if (!IsRedirectUri(file.redirect_uris(i))) {
      list.At(i).Report(
          "must be an https URL, or http on loopback, of at most 1024 bytes "
          "and without a fragment");
    } else if (!seen.insert(file.redirect_uris(i)).second) {
      list.At(i).Report("is listed twice");
    }
  }
  return {file.redirect_uris().begin(), file.redirect_uris().end()};
}

// Pages to end on are of use with a provider that sends people back to us.
void CheckCallback(const AppServicesSettings& settings, const Config& config,
                   const AppSettings& app, const Place& list) {
  if (settings.redirect_uris.empty()) return;
  const std::string callback = absl::StrCat(
      settings.hostname.empty() ? config.issuer : settings.hostname,
      kAppServicesCallbackPath);
  for (const ProviderSettings& provider : app.providers) {
    const auto endpoint = AuthorizationEndpointOf(provider);
    if (endpoint.has_value() && endpoint->TakesCodesAt(callback)) return;
  }
  list.Report(absl::StrCat(
      "need an enabled provider google or apple that takes codes, with \"",
      callback,
      "\" among its own redirect_uris, or facebook with its "
      "app_secret"));
}

// Passwords are refused by either rule: one of the app that allows more would
// promise in vain. passwords.max_length counts bytes.
void ReadMaxPasswordLength(const Section& section, const Config& config,
                           AppServicesSettings* out) {
  const size_t most = config.passwords.max_length;
  out->max_password_length =
      section.Number("max_password_length", {128, 64, 1024});
  if (out->max_password_length <= most) return;
  if (section.IsSet("max_password_length")) {
    section.Field("max_password_length")
        .Report(absl::StrCat("must be at most passwords.max_length, ", most));
  }
  out->max_password_length = most;
}

void ReadPasswordRules(const Section& section, const Config& config,
                       AppServicesSettings* out) {
  out->min_password_length = section.Number("min_password_length", {6, 1, 128});
  ReadMaxPasswordLength(section, config, out);
  if (out->min_password_length > out->max_password_length) {
    section.Field("min_password_length")
        .Report("must be at most max_password_length");
  }
}

std::string ReadTokenCode(const Section& section) {
  std::string code = section.Text("rejected_token_code");
  if (code.empty()) return AppServicesSettings().rejected_token_code;
  if (code != "AuthError" && code != "InvalidSession") {
    section.Field("rejected_token_code")
        .Report("must be \"AuthError\" or \"InvalidSession\"");
  }
  return code;
}

}  // namespace

void ReadAppServices(const config::v1::AppServices& file, const Place& place,
                     const Config& config, AppSettings* app) {
  const Section section(file, place);
  AppServicesSettings out;
  out.hostname = ReadHostname(section);
  out.allowed_origins = ReadOrigins(file, place.Field("allowed_origins"));
  if (file.has_reveal_accounts()) out.reveal_accounts = file.reveal_accounts();
  out.redirect_uris = ReadRedirectUris(file, place.Field("redirect_uris"));
  CheckCallback(out, config, *app, place.Field("redirect_uris"));
  ReadPasswordRules(section, config, &out);
  out.detailed_login_errors = file.detailed_login_errors();
  out.identity_in_use_status =
      ReadStatus(section, "identity_in_use_status", out.identity_in_use_status);
  out.second_password_status =
      ReadStatus(section, "second_password_status", out.second_password_status);
  out.rejected_token_code = ReadTokenCode(section);
  out.anonymous_session_ttl = section.Duration(
      "anonymous_session_ttl",
      {out.anonymous_session_ttl, absl::Minutes(30), absl::Hours(24 * 36500)});
  out.custom_token_provider = ReadProviderName(section, "custom_token_provider",
                                               ProviderKind::kCustomJwt, *app);
  out.custom_function_provider = ReadProviderName(
      section, "custom_function_provider", ProviderKind::kFunction, *app);
  app->app_services = std::move(out);
}

}  // namespace latchkey
