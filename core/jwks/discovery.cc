#include "core/jwks/discovery.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"
#include "core/jwks/answer.h"
#include "core/jwks/key_issuers.h"
#include "core/jwks/url_rules.h"

namespace latchkey {
namespace {

constexpr int kMaxDepth = 16;

absl::Status Unavailable(absl::string_view cause) {
  return Error(Reason::kIssuerUnavailable, absl::StrCat("discovery: ", cause));
}

absl::StatusOr<std::string> RequiredString(const json::Value& object,
                                           absl::string_view name) {
  const json::Value* member = object.Find(name);
  const std::string* text = member == nullptr ? nullptr : member->as_string();
  if (text == nullptr) return Unavailable(absl::StrCat("no string ", name));
  return *text;
}

// A remote issuer must not make us call services of this machine (CWE-918).
absl::Status CheckEndpoint(const std::string& uri, absl::string_view issuer,
                           bool allow_loopback_http) {
  RETURN_IF_ERROR(CheckFetchUrl(uri, allow_loopback_http));
  ASSIGN_OR_RETURN(const HttpUrl target, ParseHttpUrl(uri));
  if (!target.is_loopback_host()) return absl::OkStatus();
  const absl::StatusOr<HttpUrl> home = ParseHttpUrl(AnyTenantsIssuer(issuer));
  if (home.ok() && home->is_loopback_host()) return absl::OkStatus();
  return Unavailable("on loopback, where the issuer is not");
}

}  // namespace

std::vector<std::string> DiscoveryUrls(absl::string_view issuer) {
  const std::string place = AnyTenantsIssuer(issuer);
  const absl::string_view base = absl::StripSuffix(place, "/");
  std::vector<std::string> urls = {
      absl::StrCat(base, "/.well-known/openid-configuration")};
  const size_t scheme = base.find("://");
  if (scheme == absl::string_view::npos) return urls;
  const size_t path = base.find('/', scheme + 3);
  urls.push_back(absl::StrCat(
      base.substr(0, path), "/.well-known/oauth-authorization-server",
      path == absl::string_view::npos ? "" : base.substr(path)));
  return urls;
}

absl::StatusOr<IssuerMetadata> ParseIssuerMetadata(
    absl::string_view document, absl::string_view issuer,
    const FetchOptions& options) {
  json::Limits limits;
  limits.max_bytes = options.max_body_bytes;
  limits.max_depth = kMaxDepth;
  const absl::StatusOr<json::Value> object =
      json::ParseObject(document, limits);
  if (!object.ok()) return Unavailable(object.status().message());
  IssuerMetadata metadata;
  ASSIGN_OR_RETURN(metadata.issuer, RequiredString(*object, "issuer"));
  ASSIGN_OR_RETURN(metadata.jwks_uri, RequiredString(*object, "jwks_uri"));
  if (metadata.issuer != issuer) {
    return Unavailable("the document is another issuer's");
  }
  const absl::Status uri =
      CheckEndpoint(metadata.jwks_uri, issuer, options.allow_loopback_http);
  if (!uri.ok()) return Unavailable(absl::StrCat("jwks_uri: ", uri.message()));
  const json::Value* const token = object->Find("token_endpoint");
  const std::string* const url =
      token == nullptr ? nullptr : token->as_string();
  // Most users of the document do without it.
  if (url != nullptr &&
      CheckEndpoint(*url, issuer, options.allow_loopback_http).ok()) {
    metadata.token_endpoint = *url;
  }
  return metadata;
}

absl::StatusOr<IssuerMetadata> Discover(HttpFetcher* fetcher,
                                        absl::string_view issuer,
                                        const FetchOptions& options,
                                        absl::Time now) {
  // The issuer becomes a URL by pasting, so a query would swallow the path.
  const absl::StatusOr<HttpUrl> url = ParseHttpUrl(AnyTenantsIssuer(issuer));
  if (!url.ok() || url->path.find('?') != std::string::npos) {
    return Unavailable("the issuer is not a plain https URL");
  }
  absl::Status failure;
  for (const std::string& place : DiscoveryUrls(issuer)) {
    ASSIGN_OR_RETURN(const HttpResponse response,
                     fetcher->Fetch(place, options));
    if (response.status == 200) {
      return ParseIssuerMetadata(response.body, issuer, options);
    }
    // The first answer says more: the first place is where most issuers are.
    if (failure.ok()) failure = AnswerError("discovery", response, now);
  }
  return failure;
}

}  // namespace latchkey
