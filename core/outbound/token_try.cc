#include "core/outbound/token_try.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/secret.h"
#include "core/base/status_macros.h"
#include "core/jwks/discovery.h"
#include "core/outbound/token_reply.h"
#include "core/outbound/token_request.h"

namespace latchkey {
namespace {

absl::StatusOr<std::string> FindTokenUrl(const TokenTry& attempt,
                                         const FetchOptions& fetch,
                                         const TokenTryDeps& deps) {
  if (!attempt.token_url.empty()) return attempt.token_url;
  ASSIGN_OR_RETURN(IssuerMetadata metadata,
                   Discover(deps.fetcher, attempt.settings->issuer, fetch,
                            deps.clock->TimeNow()));
  if (!metadata.token_endpoint.empty()) {
    return std::move(metadata.token_endpoint);
  }
  return Error(Reason::kIssuerUnavailable,
               "discovery: no token_endpoint that may be used");
}

absl::StatusOr<OutboundToken> Ask(const TokenTry& attempt,
                                  const OutboundOptions& options,
                                  const TokenTryDeps& deps,
                                  const std::string& token_url) {
  FetchOptions fetch = options.Fetch();
  fetch.cancelled = deps.cancelled;
  ReplyTimes times;
  times.asked = deps.clock->TimeNow();
  RETURN_IF_ERROR(WriteTokenRequest(*attempt.settings, token_url, times.asked,
                                    deps.random, &fetch));
  absl::StatusOr<HttpResponse> response = deps.fetcher->Fetch(token_url, fetch);
  for (auto& [name, value] : fetch.headers) WipeString(&value);
  RETURN_IF_ERROR(response.status());
  times.answered = deps.clock->TimeNow();
  return ReadTokenReply(*attempt.settings, options, times, &*response);
}

}  // namespace

TokenTryResult RunTokenTry(const TokenTry& attempt,
                           const OutboundOptions& options,
                           const TokenTryDeps& deps) {
  FetchOptions fetch = options.Fetch();
  fetch.cancelled = deps.cancelled;
  absl::StatusOr<std::string> url = FindTokenUrl(attempt, fetch, deps);
  if (!url.ok()) return {url.status(), ""};
  absl::StatusOr<OutboundToken> token = Ask(attempt, options, deps, *url);
  return {std::move(token), *std::move(url)};
}

}  // namespace latchkey
