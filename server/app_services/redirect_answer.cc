#include "server/app_services/redirect_answer.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "core/app/app_services_settings.h"
#include "core/jwks/form_body.h"
#include "core/session/app_services_claims.h"

namespace latchkey {
namespace {

// realm-web's `state` has just this shape, and realm-web reads one half of what
// a page can be told.
constexpr size_t kRealmWebState = 12;

// With the prefix `__Host-` no other host of the domain can have set it.
constexpr char kCookie[] = "__Host-latchkey-login";
constexpr char kPlainCookie[] = "latchkey-login";  // over http, on loopback

// A page is told in the query syntax of a fragment, which goes to no server.
std::string PageUrl(const RedirectFlow& flow, absl::string_view outcome,
                    absl::string_view value) {
  std::vector<absl::string_view> prefixes = {"_baas_"};
  const std::string& state = flow.client_state;
  const bool realm_web =
      state.size() == kRealmWebState &&
      std::all_of(state.begin(), state.end(), [](char c) {
        return absl::ascii_islower(static_cast<unsigned char>(c));
      });
  if (!realm_web) prefixes.push_back("_stitch_");
  std::string url = absl::StrCat(flow.redirect, "#");
  absl::string_view separator = "";
  for (const absl::string_view prefix : prefixes) {
    absl::StrAppend(&url, separator, prefix,
                    "client_app_id=", FormEncode(flow.app.value()), "&", prefix,
                    "state=", FormEncode(state), "&", prefix, outcome, "=",
                    FormEncode(value));
    if (outcome == "ua" && !flow.linking.empty()) {
      absl::StrAppend(&url, "&", prefix, "link=ok");
    }
    separator = "&";
  }
  return url;
}

HttpReply RedirectTo(std::string url, const Exchange& exchange) {
  HttpReply reply;
  // After a POST the next request is to be a GET (RFC 9110 §15.4.4).
  reply.status = exchange.http.method == "POST" ? 303 : 302;
  reply.headers.emplace_back("Location", std::move(url));
  return reply;
}

}  // namespace

void AddPageHeaders(Exchange* exchange) {
  auto& headers = exchange->reply.headers;
  headers.emplace_back("Referrer-Policy", "no-referrer");
  headers.emplace_back("Content-Security-Policy",
                       "default-src 'none'; frame-ancestors 'none'");
}

std::string CallbackOf(const Exchange& exchange) {
  return absl::StrCat(exchange.base_url, kAppServicesCallbackPath);
}

bool IsSecure(const Exchange& exchange) {
  return absl::StartsWith(exchange.base_url, "https:");
}

// Apple posts the answer from its own page, and a page of another origin may
// begin a link: both are cross-site, so the cookie is SameSite=None. What it
// guards is safe by the MAC of the state, not by the cookie alone.
std::string NewCookie(const Exchange& exchange, absl::string_view value) {
  const bool secure = IsSecure(exchange);
  return absl::StrCat(
      secure ? kCookie : kPlainCookie, "=", value,
      "; Path=/; HttpOnly; Max-Age=", absl::ToInt64Seconds(kRedirectFlowLife),
      secure ? "; Secure; SameSite=None" : "; SameSite=Lax");
}

std::string ShownCookie(const Exchange& exchange, bool secure) {
  const absl::string_view wanted = secure ? kCookie : kPlainCookie;
  for (const auto& [name, value] : exchange.http.headers) {
    if (name != "cookie") continue;
    for (const absl::string_view pair : absl::StrSplit(value, ';')) {
      const std::pair<absl::string_view, absl::string_view> parts =
          absl::StrSplit(absl::StripAsciiWhitespace(pair),
                         absl::MaxSplits('=', 1));
      if (parts.first != wanted) continue;
      return RedirectFlows::IsCookie(parts.second) ? std::string(parts.second)
                                                   : "";
    }
  }
  return "";
}

std::string ProviderUrl(const AuthorizationEndpoint& endpoint,
                        const std::string& callback, absl::string_view state,
                        const FlowProofs& proofs) {
  FormBody query;
  query.Add("response_type", "code");
  query.Add("client_id", endpoint.client_id);
  query.Add("redirect_uri", callback);
  if (!endpoint.scope.empty()) query.Add("scope", endpoint.scope);
  query.Add("state", state);
  if (UsesNonce(endpoint.kind)) query.Add("nonce", proofs.nonce);
  if (UsesPkce(endpoint.kind)) {
    query.Add("code_challenge", ChallengeOf(proofs.code_verifier));
    query.Add("code_challenge_method", "S256");
  }
  if (UsesFormPost(endpoint.kind)) query.Add("response_mode", "form_post");
  return absl::StrCat(endpoint.uri,
                      absl::StrContains(endpoint.uri, "?") ? "&" : "?",
                      *query.Take());
}

void AnswerPage(const RedirectFlow& flow, const IssuedSession& issued,
                Exchange* exchange) {
  const std::string auth = absl::StrCat(
      issued.access_token, "$", issued.refresh_token, "$",
      issued.session.user.value(), "$", AppServicesDeviceId(issued.session));
  HttpReply reply = RedirectTo(PageUrl(flow, "ua", auth), *exchange);
  exchange->reply.status = reply.status;
  for (auto& header : reply.headers) {
    exchange->reply.headers.push_back(std::move(header));
  }
}

HttpReply PageError(const RedirectFlow& flow, absl::string_view text,
                    const Exchange& exchange) {
  return RedirectTo(PageUrl(flow, "error", text), exchange);
}

}  // namespace latchkey
