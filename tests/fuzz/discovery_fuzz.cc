// Issuer metadata: the issuer asked for, and keys only from where they may be.
// The first line of the input is the issuer, the rest the document.
#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/base/reason.h"
#include "core/jwks/discovery.h"
#include "core/jwks/http_fetcher.h"
#include "core/jwks/url_rules.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey {
namespace {

// What is added to a URL of this length keeps it within the limit of 2048.
constexpr size_t kNearlyTooLong = 1900;

void CheckUrl(absl::string_view text) {
  const absl::StatusOr<HttpUrl> url = ParseHttpUrl(text);
  const bool with_loopback = CheckFetchUrl(text, true).ok();
  const bool without_loopback = CheckFetchUrl(text, false).ok();
  FUZZ_CHECK(with_loopback || !without_loopback);
  if (!url.ok()) {
    FUZZ_CHECK(GetReason(url.status()) == Reason::kInvalidRequest);
    FUZZ_CHECK(!with_loopback);
    return;
  }
  FUZZ_CHECK(url->scheme == "https" || url->scheme == "http");
  FUZZ_CHECK(!url->host.empty());
  FUZZ_CHECK(url->port >= 1 && url->port <= 65535);
  FUZZ_CHECK(url->path.empty() || absl::StartsWith(url->path, "/") ||
             absl::StartsWith(url->path, "?"));
  FUZZ_CHECK(without_loopback == (url->scheme == "https"));
  FUZZ_CHECK(with_loopback ==
             (url->scheme == "https" || url->is_loopback_host()));
  if (text.size() > kNearlyTooLong) return;
  // Put together again it is the same place.
  const absl::StatusOr<HttpUrl> again =
      ParseHttpUrl(absl::StrCat(url->origin(), url->path));
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(again->origin() == url->origin());
  FUZZ_CHECK(again->path == url->path);
  FUZZ_CHECK(again->is_loopback_host() == url->is_loopback_host() ||
             !url->is_loopback_host());
}

void CheckPlaces(absl::string_view issuer) {
  const std::vector<std::string> places = DiscoveryUrls(issuer);
  FUZZ_CHECK(places.size() == 1 || places.size() == 2);
  const absl::StatusOr<HttpUrl> url = ParseHttpUrl(issuer);
  if (!url.ok() || absl::StrContains(url->path, "?") ||
      issuer.size() > kNearlyTooLong) {
    return;
  }
  FUZZ_CHECK(places.size() == 2);
  for (const std::string& place : places) {
    const absl::StatusOr<HttpUrl> target = ParseHttpUrl(place);
    FUZZ_CHECK(target.ok());
    FUZZ_CHECK(target->origin() == url->origin());
  }
}

void CheckDocument(absl::string_view issuer, absl::string_view document,
                   bool allow_loopback_http) {
  FetchOptions options;
  options.max_body_bytes = 4096;
  options.allow_loopback_http = allow_loopback_http;
  const absl::StatusOr<IssuerMetadata> metadata =
      ParseIssuerMetadata(document, issuer, options);
  if (!metadata.ok()) {
    FUZZ_CHECK(GetReason(metadata.status()) == Reason::kIssuerUnavailable);
    return;
  }
  FUZZ_CHECK(document.size() <= options.max_body_bytes);
  FUZZ_CHECK(metadata->issuer == issuer);
  FUZZ_CHECK(CheckFetchUrl(metadata->jwks_uri, allow_loopback_http).ok());
  const absl::StatusOr<HttpUrl> keys = ParseHttpUrl(metadata->jwks_uri);
  FUZZ_CHECK(keys.ok());
  if (!keys->is_loopback_host()) return;
  const absl::StatusOr<HttpUrl> home = ParseHttpUrl(issuer);
  FUZZ_CHECK(home.ok() && home->is_loopback_host());
}

}  // namespace

void FuzzOne(absl::string_view input) {
  const size_t line = input.find('\n');
  const absl::string_view issuer = input.substr(0, line);
  CheckUrl(issuer);
  CheckPlaces(issuer);
  if (line == absl::string_view::npos) return;
  CheckDocument(issuer, input.substr(line + 1), true);
  CheckDocument(issuer, input.substr(line + 1), false);
}

}  // namespace latchkey
