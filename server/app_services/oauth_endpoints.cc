#include "server/app_services/oauth_endpoints.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/login/attempt_key.h"
#include "core/session/app_services_claims.h"
#include "server/app_services/login_payload.h"
#include "server/app_services/redirect_answer.h"

namespace latchkey {
namespace {

constexpr size_t kMaxClientState = 128;
constexpr size_t kMaxDevice = 2048;
constexpr size_t kMaxCode = 2048;
constexpr size_t kMaxAppleUser = 2048;
constexpr size_t kMaxErrorCode = 64;
constexpr char kOtherBrowser[] = "this browser has begun no such login";

absl::Status BadRequest(absl::string_view text, Exchange* exchange) {
  return exchange->Refuse({400, "BadRequest", std::string(text)},
                          Reason::kInvalidRequest);
}

std::optional<ProviderKind> KindOf(absl::string_view provider) {
  for (const ProviderKind kind :
       {ProviderKind::kGoogle, ProviderKind::kApple, ProviderKind::kFacebook}) {
    if (AppServicesProviderType(kind) == provider) return kind;
  }
  return std::nullopt;
}

// The app's endpoint that `wanted` is true for; null when there is none.
template <typename Wanted>
const AuthorizationEndpoint* FindEndpoint(const App& app,
                                          const std::string& callback,
                                          Wanted wanted) {
  const auto& all = app.authorization_endpoints;
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const AuthorizationEndpoint& endpoint) {
        return endpoint.TakesCodesAt(callback) && wanted(endpoint);
      });
  return found == all.end() ? nullptr : &*found;
}

// Letters, digits and what else needs no encoding: clients draw it at random.
bool IsClientState(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxClientState &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  absl::string_view("-._~").find(c) != absl::string_view::npos;
         });
}

// The device as it stands in the body of a login.
absl::Status ReadDevice(absl::string_view encoded, Exchange* exchange) {
  if (encoded.empty()) return absl::OkStatus();
  std::string text;
  const bool decoded = encoded.size() <= kMaxDevice &&
                       (absl::Base64Unescape(encoded, &text) ||
                        absl::WebSafeBase64Unescape(encoded, &text));
  absl::StatusOr<json::Value> device = json::ParseObject(text);
  if (!decoded || !device.ok()) {
    return BadRequest("'device' must be a JSON object in base64", exchange);
  }
  json::Value options{json::Value::Object()};
  options.Set("device", *std::move(device));
  exchange->body.Set("options", std::move(options));
  return absl::OkStatus();
}

// Error codes are names (RFC 6749 §4.1.2.1); others are not repeated.
absl::string_view ErrorName(absl::string_view code) {
  const bool is_name =
      code.size() <= kMaxErrorCode &&
      std::all_of(code.begin(), code.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
      });
  return is_name && !code.empty() ? code : "unknown";
}

Credential CredentialOf(const AuthorizationEndpoint& endpoint,
                        const FormParams& params, const std::string& callback,
                        FlowProofs proofs) {
  Credential credential;
  credential.provider = endpoint.provider;
  const Secret code(params.Get("code"));
  if (endpoint.kind == ProviderKind::kGoogle) {
    GoogleCredential google;
    google.auth_code = code.Clone();
    google.redirect_uri = callback;
    google.nonce = std::move(proofs.nonce);
    google.code_verifier = std::move(proofs.code_verifier);
    credential.arm = std::move(google);
  } else if (endpoint.kind == ProviderKind::kApple) {
    AppleCredential apple;
    apple.auth_code = code.Clone();
    apple.redirect_uri = callback;
    apple.nonce = std::move(proofs.nonce);
    const absl::string_view user = params.Get("user");
    if (user.size() <= kMaxAppleUser) apple.user_json = std::string(user);
    credential.arm = std::move(apple);
  } else {
    FacebookCredential facebook;
    facebook.auth_code = code.Clone();
    facebook.redirect_uri = callback;
    credential.arm = std::move(facebook);
  }
  return credential;
}

ProviderKind KindOfProvider(const App& app, const ProviderName& name) {
  for (const ProviderSummary& one : app.summaries) {
    if (one.name == name) return one.kind;
  }
  return ProviderKind::kAnonymous;
}

}  // namespace

OauthEndpoints::OauthEndpoints(Deps deps)
    : deps_(deps), flows_(deps.keys, deps.clock, deps.random) {}

void OauthEndpoints::AddTo(RouteTable* table) {
  using Member = absl::Status (OauthEndpoints::*)(Exchange*);
  const auto add = [&](const char* method, const char* pattern, Member member) {
    Route route;
    route.method = method;
    route.pattern = pattern;
    route.prepare = [this, member](Exchange* exchange) {
      AddPageHeaders(exchange);
      return (this->*member)(exchange);
    };
    table->Add(std::move(route));
  };
  add("GET", "app/{app}/auth/providers/{provider}/login",
      &OauthEndpoints::Begin);
  add("GET", "auth/callback", &OauthEndpoints::Callback);
  add("POST", "auth/callback", &OauthEndpoints::Callback);
}

absl::Status OauthEndpoints::Begin(Exchange* exchange) {
  exchange->allows_cookies = true;
  const std::optional<ProviderKind> kind = KindOf(exchange->provider);
  if (!kind.has_value()) {
    exchange->reply.headers.emplace_back("Allow", "POST");
    return exchange->Refuse({405, "", "use POST"}, Reason::kUnimplemented);
  }
  const std::optional<FormParams> params =
      FormParams::Parse(exchange->http.query);
  if (!params.has_value()) {
    return BadRequest("the query is malformed", exchange);
  }
  const bool links = params->Get("link") == "true";
  if (links) RETURN_IF_ERROR(deps_.bearer->TakeAccess(exchange));
  const AuthorizationEndpoint* const endpoint = FindEndpoint(
      *exchange->app, CallbackOf(*exchange),
      [&](const AuthorizationEndpoint& one) { return one.kind == *kind; });
  if (endpoint == nullptr || exchange->settings().redirect_uris.empty()) {
    return exchange->Refuse({404, "AuthProviderNotFound",
                             "no logins by redirect with this provider"},
                            Reason::kProviderNotEnabled);
  }
  RedirectFlow flow;
  flow.provider = endpoint->provider;
  RETURN_IF_ERROR(ReadFlow(*params, exchange, &flow));
  if (links) return BeginLink(std::move(flow), *endpoint, exchange);
  const bool in_header = params->Get("providerRedirectHeader") == "true";
  return SendAway(*endpoint, in_header, &flow, exchange);
}

absl::Status OauthEndpoints::ReadFlow(const FormParams& params,
                                      Exchange* exchange, RedirectFlow* flow) {
  flow->app = exchange->app->id;
  flow->redirect = std::string(params.Get("redirect"));
  flow->client_state = std::string(params.Get("state"));
  const auto& allowed = exchange->settings().redirect_uris;
  if (std::find(allowed.begin(), allowed.end(), flow->redirect) ==
      allowed.end()) {
    return BadRequest("'redirect' is none of the app's redirect URIs",
                      exchange);
  }
  if (!IsClientState(flow->client_state)) {
    return BadRequest("'state' must be 1 to 128 letters and digits", exchange);
  }
  RETURN_IF_ERROR(ReadDevice(params.Get("device"), exchange));
  ASSIGN_OR_RETURN(flow->device_json,
                   ReadDeviceJson(deps_.clock, deps_.random, exchange));
  return absl::OkStatus();
}

absl::Status OauthEndpoints::BeginLink(RedirectFlow flow,
                                       const AuthorizationEndpoint& endpoint,
                                       Exchange* exchange) {
  flow.linking = SessionId(exchange->caller.session_id);
  // `endpoint` is the app's, which the exchange keeps.
  exchange->work = [this, flow = std::move(flow), &endpoint,
                    exchange]() mutable -> absl::Status {
    ASSIGN_OR_RETURN(const SessionRecord session,
                     deps_.sessions->Find(flow.linking));
    if (session.rotates) {
      return BadRequest("the session is of another API", exchange);
    }
    return SendAway(endpoint, /*in_header=*/true, &flow, exchange);
  };
  return absl::OkStatus();
}

absl::Status OauthEndpoints::SendAway(const AuthorizationEndpoint& endpoint,
                                      bool in_header, RedirectFlow* flow,
                                      Exchange* exchange) {
  // A browser with several flows at once has one cookie for all.
  std::string cookie = ShownCookie(*exchange, IsSecure(*exchange));
  if (cookie.empty()) cookie = flows_.NewCookie();
  ASSIGN_OR_RETURN(const std::string state, flows_.Seal(cookie, flow));
  ASSIGN_OR_RETURN(const FlowProofs proofs, flows_.ProofsOf(*flow, cookie));
  const std::string url =
      ProviderUrl(endpoint, CallbackOf(*exchange), state, proofs);
  HttpReply& reply = exchange->reply;
  reply.status = in_header ? 200 : 302;
  if (in_header) {
    reply.headers.emplace_back("X-BAAS-Location", url);
    reply.headers.emplace_back("X-Stitch-Location", url);
  } else {
    reply.headers.emplace_back("Location", url);
  }
  reply.headers.emplace_back("Set-Cookie", NewCookie(*exchange, cookie));
  return absl::OkStatus();
}

absl::Status OauthEndpoints::Callback(Exchange* exchange) {
  const bool posted = exchange->http.method == "POST";
  const std::optional<FormParams> params =
      FormParams::Parse(posted ? absl::string_view(exchange->http.body)
                               : absl::string_view(exchange->http.query));
  if (!params.has_value()) {
    return BadRequest("the parameters are malformed", exchange);
  }
  // The app's base URL, which says which cookie counts, is in the state.
  std::string cookie = ShownCookie(*exchange, /*secure=*/true);
  const bool plain = cookie.empty();
  if (plain) cookie = ShownCookie(*exchange, /*secure=*/false);
  absl::StatusOr<RedirectFlow> flow = flows_.Open(params->Get("state"), cookie);
  if (GetReason(flow.status()) == Reason::kSessionExpired) {
    return BadRequest("the login took too long", exchange);
  }
  if (!flow.ok()) return BadRequest(kOtherBrowser, exchange);
  const AuthorizationEndpoint* endpoint = nullptr;
  RETURN_IF_ERROR(Resume(*flow, plain, exchange, &endpoint));
  RETURN_IF_ERROR(Admit(*flow, *params, exchange));
  ASSIGN_OR_RETURN(FlowProofs proofs, flows_.ProofsOf(*flow, cookie));
  Credential credential = CredentialOf(
      *endpoint, *params, CallbackOf(*exchange), std::move(proofs));
  exchange->lane = Lane::kRemote;
  exchange->work = [this, exchange, flow = *std::move(flow),
                    credential = std::move(credential)]() mutable {
    return flow.linking.empty() ? Login(flow, std::move(credential), exchange)
                                : Link(flow, credential, exchange);
  };
  return absl::OkStatus();
}

absl::Status OauthEndpoints::Resume(const RedirectFlow& flow, bool plain_cookie,
                                    Exchange* exchange,
                                    const AuthorizationEndpoint** endpoint) {
  const std::shared_ptr<const App> app = deps_.apps->Share()->Find(flow.app);
  if (app != nullptr && app->app_services.has_value()) {
    const AppServicesSettings& settings = *app->app_services;
    if (!settings.hostname.empty()) exchange->base_url = settings.hostname;
    const auto& allowed = settings.redirect_uris;
    if (std::find(allowed.begin(), allowed.end(), flow.redirect) !=
        allowed.end()) {
      *endpoint = FindEndpoint(*app, CallbackOf(*exchange),
                               [&](const AuthorizationEndpoint& one) {
                                 return one.provider == flow.provider;
                               });
    }
  }
  if (*endpoint == nullptr) {
    return BadRequest("the app has no such login any more", exchange);
  }
  if (plain_cookie && IsSecure(*exchange)) {
    return BadRequest(kOtherBrowser, exchange);
  }
  if (!flows_.Use(flow)) {
    return BadRequest("this login has come back already", exchange);
  }
  exchange->app = app;
  exchange->provider = std::string(AppServicesProviderType((*endpoint)->kind));
  exchange->situation =
      flow.linking.empty() ? Situation::kLogin : Situation::kLink;
  exchange->tell = [flow, exchange](const ClientError& error) {
    return PageError(flow, error.text, *exchange);
  };
  return absl::OkStatus();
}

absl::Status OauthEndpoints::Admit(const RedirectFlow& flow,
                                   const FormParams& params,
                                   Exchange* exchange) {
  if (params.Has("error")) {
    return exchange->Refuse({401, "AuthError",
                             absl::StrCat("the OAuth2 provider says: ",
                                          ErrorName(params.Get("error")))},
                            Reason::kCredentialRejected);
  }
  const absl::string_view code = params.Get("code");
  if (code.empty() || code.size() > kMaxCode) {
    return BadRequest("no code came from the OAuth2 provider", exchange);
  }
  return Take(absl::StrCat("callback\n", flow.app.value(), "\n",
                           PeerKey(exchange->context.call.peer)),
              deps_.clock->TimeNow(), deps_.limiter);
}

absl::Status OauthEndpoints::Login(const RedirectFlow& flow,
                                   Credential credential, Exchange* exchange) {
  const char* const kind = ProviderKindName(credential.kind());
  LoginRequest request;
  request.app = flow.app;
  request.credential = std::move(credential);
  request.device_json = flow.device_json;
  request.rotates = false;
  const absl::StatusOr<IssuedSession> issued =
      deps_.logins->Login(std::move(request), exchange->context.call);
  deps_.metrics->CountLogin(kind, GetReason(issued.status()));
  if (!issued.ok()) return issued.status();
  AnswerPage(flow, *issued, exchange);
  return absl::OkStatus();
}

absl::Status OauthEndpoints::Link(const RedirectFlow& flow,
                                  const Credential& credential,
                                  Exchange* exchange) {
  const CallContext& call = exchange->context.call;
  // It may have ended while the person was away.
  ASSIGN_OR_RETURN(const SessionRecord session,
                   deps_.sessions->Find(flow.linking));
  Principal& caller = exchange->caller;
  caller.user_id = session.user.value();
  caller.app = session.app.value();
  caller.session_id = session.id.value();
  caller.provider = session.provider.value();
  caller.subject = session.subject;
  RETURN_IF_ERROR(deps_.links->Link(caller, credential, call).status());
  ASSIGN_OR_RETURN(
      const IssuedSession issued,
      deps_.sessions->Remind(
          session.id, KindOfProvider(*exchange->app, session.provider), call));
  AnswerPage(flow, issued, exchange);
  return absl::OkStatus();
}

}  // namespace latchkey
