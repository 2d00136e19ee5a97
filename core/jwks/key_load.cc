#include "core/jwks/key_load.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/jwks/answer.h"
#include "core/jwks/discovery.h"
#include "core/jwks/key_changes.h"
#include "core/jwks/key_issuers.h"
#include "core/jwt/jwk.h"

namespace latchkey {
namespace {

constexpr size_t kMaxEtagSize = 256;

absl::Status FindJwksUri(HttpFetcher* fetcher, const KeyLoadRequest& request,
                         const FetchOptions& options, absl::Time now,
                         KeyLoad* load) {
  load->jwks_uri =
      request.spec.issuer.empty() ? request.spec.jwks_uri : request.jwks_uri;
  if (!request.discover) return absl::OkStatus();
  absl::StatusOr<IssuerMetadata> metadata =
      Discover(fetcher, request.spec.issuer, options, now);
  if (metadata.ok()) {
    load->jwks_uri = std::move(metadata->jwks_uri);
    load->discovered = true;
    return absl::OkStatus();
  }
  if (load->jwks_uri.empty()) return metadata.status();
  Log(LogLevel::kWarning, "discovery_failed",
      {{"source", request.spec.id()}, {"error", metadata.status().message()}});
  return absl::OkStatus();
}

std::string EtagOf(const HttpResponse& response) {
  const auto found = response.headers.find("etag");
  if (found == response.headers.end()) return "";
  return found->second.size() > kMaxEtagSize ? "" : found->second;
}

// The first RSA algorithm listed is what RSA keys without `alg` become, unless
// RS256 is listed too.
JwksOptions OptionsOf(const KeySourceSpec& spec, JwksOptions options) {
  if (!spec.rsa_default.has_value()) return options;
  std::vector<Algorithm>& allowed = options.allowed_algorithms;
  allowed.erase(std::remove_if(allowed.begin(), allowed.end(),
                               [&spec](Algorithm algorithm) {
                                 return algorithm == Algorithm::kRs256 ||
                                        algorithm == *spec.rsa_default;
                               }),
                allowed.end());
  allowed.insert(allowed.begin(), *spec.rsa_default);
  return options;
}

// A source of no issuer cannot tell whose a key may be.
std::string OwnDocument(const KeySourceSpec& spec, const std::string& document,
                        const JwksOptions& options) {
  if (spec.issuer.empty()) return document;
  std::vector<std::string> dropped;
  std::string own = OwnKeys(document, spec.issuer, options.max_bytes, &dropped);
  for (const std::string& kid : dropped) {
    Log(LogLevel::kInfo, "jwk_dropped",
        {{"source", spec.id()},
         {"kid", kid},
         {"cause", "the key is another issuer's"}});
  }
  return own;
}

}  // namespace

absl::StatusOr<std::vector<PublicKey>> UsableKeys(const KeySourceSpec& spec,
                                                  const std::string& document,
                                                  const JwksOptions& options,
                                                  KeyAlarms* alarms) {
  *alarms = {};
  absl::StatusOr<ParsedJwks> parsed =
      ParseJwks(OwnDocument(spec, document, options), OptionsOf(spec, options));
  if (!parsed.ok()) {
    return Error(Reason::kIssuerUnavailable,
                 absl::StrCat("JWKS: ", parsed.status().message()));
  }
  for (const ParsedJwks::Dropped& dropped : parsed->dropped) {
    Log(LogLevel::kWarning, "jwk_dropped",
        {{"source", spec.id()},
         {"kid", dropped.kid},
         {"cause", dropped.cause}});
    if (dropped.is_leaked) ++alarms->leaked;
  }
  for (const std::string& kid : SharedKids(parsed->keys)) {
    Log(LogLevel::kWarning, "jwk_kid_shared",
        {{"source", spec.id()}, {"kid", kid}});
    ++alarms->shared_kids;
  }
  if (parsed->keys.empty()) {
    return Error(Reason::kIssuerUnavailable, "JWKS: no usable key");
  }
  return std::move(parsed->keys);
}

absl::StatusOr<KeyLoad> LoadKeys(HttpFetcher* fetcher,
                                 const KeyLoadRequest& request,
                                 const JwksCacheOptions& options,
                                 absl::Time now, KeyAlarms* alarms) {
  KeyLoad load;
  FetchOptions fetch = options.fetch;
  fetch.ca_pem = request.spec.ca_pem;
  RETURN_IF_ERROR(FindJwksUri(fetcher, request, fetch, now, &load));
  const bool conditional =
      !request.etag.empty() && load.jwks_uri == request.jwks_uri;
  if (conditional) fetch.headers["If-None-Match"] = request.etag;
  ASSIGN_OR_RETURN(HttpResponse response, fetcher->Fetch(load.jwks_uri, fetch));
  load.max_age = MaxAge(response);
  if (conditional && response.status == 304) {
    load.not_modified = true;
    load.etag = request.etag;
    return load;
  }
  if (response.status != 200) return AnswerError("JWKS", response, now);
  ASSIGN_OR_RETURN(
      load.keys, UsableKeys(request.spec, response.body, options.jwks, alarms));
  load.etag = EtagOf(response);
  load.document = std::move(response.body);
  return load;
}

}  // namespace latchkey
