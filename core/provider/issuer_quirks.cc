#include "core/provider/issuer_quirks.h"

#include <algorithm>
#include <iterator>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/jwks/key_issuers.h"
#include "core/jwks/url_rules.h"

namespace latchkey {
namespace {

constexpr absl::string_view kOktaDomains[] = {
    ".okta.com", ".oktapreview.com", ".okta-emea.com", ".okta-gov.com"};
constexpr absl::string_view kOktaServers = "/oauth2/";
constexpr absl::string_view kEntraV1 = "https://sts.windows.net/";
constexpr absl::string_view kEntraV2 = "https://login.microsoftonline.com/";
constexpr absl::string_view kManyTenants[] = {"common", "organizations",
                                              "consumers"};

bool IsOktaHost(absl::string_view host) {
  return std::any_of(std::begin(kOktaDomains), std::end(kOktaDomains),
                     [host](absl::string_view domain) {
                       return absl::EndsWith(host, domain);
                     });
}

std::string UnusableOkta(const HttpUrl& url) {
  const std::string host = absl::AsciiStrToLower(url.host);
  if (!IsOktaHost(host)) return "";
  if (absl::StrContains(host, "-admin.")) {
    return "is the host of Okta's console; take the one without \"-admin\"";
  }
  if (absl::StartsWith(url.path, kOktaServers)) return "";
  return absl::StrCat(
      "is the organisation's own authorization server, whose access tokens "
      "only Okta can verify; take a custom one, such as https://",
      url.host, "/oauth2/default");
}

std::string UnusableEntra(absl::string_view issuer) {
  if (!absl::ConsumePrefix(&issuer, kEntraV2) &&
      !absl::ConsumePrefix(&issuer, kEntraV1)) {
    return "";
  }
  const absl::string_view tenant = issuer.substr(0, issuer.find('/'));
  const bool many = std::find(std::begin(kManyTenants), std::end(kManyTenants),
                              tenant) != std::end(kManyTenants);
  if (!many) return "";
  return absl::StrCat("no token is from tenant \"", tenant,
                      "\": write {tenantid} in its place, and the tenants that "
                      "may log in into allowed_tenants");
}

std::string ExplainOkta(absl::string_view configured,
                        absl::string_view actual) {
  const size_t here = configured.find(kOktaServers);
  const size_t there = actual.find(kOktaServers);
  if (here != absl::string_view::npos && configured.substr(0, here) == actual) {
    return "the token is from the organisation's own authorization server, "
           "whose access tokens only Okta can verify; let the client ask the "
           "custom server that is configured";
  }
  if (there != absl::string_view::npos &&
      actual.substr(0, there) == configured) {
    return "the token is from a custom authorization server of the "
           "organisation, and its own server is configured";
  }
  if (here != absl::string_view::npos && there != absl::string_view::npos &&
      configured.substr(here) == actual.substr(there)) {
    return "the token is from a server of that id on another host: Okta's "
           "issuer mode decides between the organisation's URL and a custom "
           "one";
  }
  return "";
}

std::string ExplainEntra(absl::string_view configured,
                         absl::string_view actual) {
  const bool wants_v1 = absl::StartsWith(configured, kEntraV1);
  const bool wants_v2 = absl::StartsWith(configured, kEntraV2);
  if (wants_v2 && absl::StartsWith(actual, kEntraV1)) {
    return "a token of Entra's version 1; set accessTokenAcceptedVersion to 2 "
           "in the manifest of the API's registration";
  }
  if (wants_v1 && absl::StartsWith(actual, kEntraV2)) {
    return "a token of Entra's version 2, and the issuer of version 1 is "
           "configured";
  }
  if (KeyServes(configured, actual)) {
    return "a token of a tenant that is not among allowed_tenants";
  }
  return "";
}

}  // namespace

std::string UnusableIssuer(absl::string_view issuer) {
  const absl::StatusOr<HttpUrl> url = ParseHttpUrl(issuer);
  if (!url.ok()) return "";
  const std::string okta = UnusableOkta(*url);
  return okta.empty() ? UnusableEntra(issuer) : okta;
}

bool IsEntra(absl::string_view issuer) {
  return absl::StartsWith(issuer, kEntraV1) ||
         absl::StartsWith(issuer, kEntraV2);
}

std::string ExplainOtherIssuer(absl::string_view configured,
                               absl::string_view actual) {
  if (absl::StripSuffix(configured, "/") == absl::StripSuffix(actual, "/")) {
    return "they differ by the slash at the end";
  }
  const std::string okta = ExplainOkta(configured, actual);
  return okta.empty() ? ExplainEntra(configured, actual) : okta;
}

}  // namespace latchkey
