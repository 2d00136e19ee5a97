#include "server/app_services/app_services.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"
#include "google/protobuf/empty.pb.h"
#include "server/app_services/api_key_endpoints.h"
#include "server/app_services/bearer.h"
#include "server/app_services/cors.h"
#include "server/app_services/email_endpoints.h"
#include "server/app_services/error_table.h"
#include "server/app_services/login_endpoints.h"
#include "server/app_services/oauth_endpoints.h"
#include "server/app_services/service_endpoints.h"
#include "server/app_services/session_endpoints.h"

namespace latchkey {
namespace {

constexpr char kRequestIdHeader[] = "X-Appservices-Request-Id";
constexpr size_t kRequestIdBytes = 12;
// Longer ids are of no app and not worth repeating.
constexpr size_t kMaxAppId = 64;

// An empty body means {}; the content type is not looked at.
absl::Status ReadBody(Exchange* exchange) {
  if (exchange->http.body.empty()) return absl::OkStatus();
  json::Limits limits;
  limits.max_bytes = exchange->http.body.size();
  absl::StatusOr<json::Value> body =
      json::ParseObject(exchange->http.body, limits);
  if (!body.ok()) {
    return exchange->Refuse(
        {400, "BadRequest", "the body must be a JSON object"},
        Reason::kInvalidRequest);
  }
  exchange->body = *std::move(body);
  return absl::OkStatus();
}

}  // namespace

struct AppServices::Endpoints {
  explicit Endpoints(const Deps& deps)
      : bearer({deps.apps, deps.access_tokens, deps.sessions, deps.clock}),
        logins({&bearer, deps.logins, deps.links, deps.sessions, deps.api_keys,
                deps.lookups, deps.metrics, deps.clock, deps.random}),
        oauth({&bearer, deps.apps, deps.logins, deps.links, deps.sessions,
               deps.lookups, deps.keys, deps.metrics, deps.clock, deps.random}),
        sessions({&bearer, deps.accounts, deps.sessions, deps.metrics}),
        emails(
            {deps.methods, deps.store, deps.lookups, deps.audit, deps.clock}),
        api_keys({&bearer, deps.methods}),
        services({&bearer, deps.methods}) {}

  void AddTo(RouteTable* table) {
    logins.AddTo(table);
    oauth.AddTo(table);
    sessions.AddTo(table);
    emails.AddTo(table);
    api_keys.AddTo(table);
    services.AddTo(table);
  }

  const Bearer bearer;
  LoginEndpoints logins;
  OauthEndpoints oauth;
  SessionEndpoints sessions;
  EmailEndpoints emails;
  ApiKeyEndpoints api_keys;
  ServiceEndpoints services;
};

// One request on its way through the dispatcher. Its row is its own: which lane
// it needs is known only when its body is read. The messages stay empty.
class AppServices::Call final : public RpcCall {
 public:
  Call(const AppServices* owner, std::function<void(HttpReply)> reply)
      : owner_(owner), reply_(std::move(reply)) {}

  Exchange* exchange() { return &exchange_; }

  void SetRoute(const Route* route) {
    row_.path = route == nullptr ? kAppServicesPrefix : route->pattern;
    row_.series = route == nullptr ? nullptr : route->series;
    row_.lane = [this](const auto&, const auto&) { return exchange_.lane; };
    row_.try_inline = [this](const auto&, const auto&,
                             auto*) -> std::optional<absl::Status> {
      if (exchange_.work) return std::nullopt;
      return absl::OkStatus();  // answered already
    };
    row_.handle = [this](const auto&, const auto&, auto*) {
      return exchange_.work();
    };
  }

  const Method& method() const override { return row_; }
  const RpcContext& context() const override { return exchange_.context; }
  const google::protobuf::Message& request() const override { return empty_; }
  google::protobuf::Message* response() override { return &empty_; }
  void Finish(const absl::Status& status) override {
    HttpReply reply = std::move(exchange_.reply);
    if (!status.ok()) Tell(status, &reply);
    reply_(owner_->Finished(exchange_, std::move(reply)));
    delete this;
  }

 private:
  // Headers that are there already stay.
  void Tell(const absl::Status& status, HttpReply* reply) const {
    const ClientError told = ErrorFor(exchange_, status);
    HttpReply error =
        exchange_.tell ? exchange_.tell(told) : ErrorReply(exchange_, told);
    reply->status = error.status;
    reply->content_type = std::move(error.content_type);
    reply->body = std::move(error.body);
    for (auto& header : error.headers) {
      reply->headers.push_back(std::move(header));
    }
    const std::optional<absl::Duration> wait = GetRetryAfter(status);
    if (!wait.has_value()) return;
    const absl::Duration seconds = absl::Ceil(*wait, absl::Seconds(1));
    reply->headers.emplace_back("Retry-After",
                                absl::StrCat(absl::ToInt64Seconds(seconds)));
  }

  const AppServices* const owner_;
  const std::function<void(HttpReply)> reply_;
  Method row_;
  Exchange exchange_;
  google::protobuf::Empty empty_;
};

AppServices::AppServices(Options options, Deps deps)
    : options_(std::move(options)),
      deps_(deps),
      routes_(deps.metrics),
      endpoints_(std::make_unique<Endpoints>(deps)) {
  endpoints_->AddTo(&routes_);
}

AppServices::~AppServices() = default;

bool AppServices::Serves(absl::string_view path) const {
  return absl::StartsWith(path, kAppServicesPrefix);
}

HttpReply AppServices::TooLarge(const HttpRequest& head, int status) const {
  Exchange exchange;
  exchange.http = head;
  FillContext(&exchange);
  // Pages of the app's own origins may read it.
  const RouteTable::Match match = routes_.Find(head.method, head.path);
  if (!match.app.empty()) {
    (void)FindApp(match.app, &exchange);
    exchange.refusal.reset();
  }
  return Finished(exchange, ErrorReply(exchange, {status, "BadRequest",
                                                  "request is too large"}));
}

void AppServices::FillContext(Exchange* exchange) const {
  exchange->base_url = options_.issuer;
  CallContext& call = exchange->context.call;
  call.started = deps_.clock->TimeNow();
  call.deadline = call.started + options_.deadline;
  call.peer = exchange->http.peer;
  call.cancelled = exchange->http.cancelled;
  call.request_id =
      absl::BytesToHexString(deps_.random->Bytes(kRequestIdBytes));
}

absl::Status AppServices::FindApp(absl::string_view id,
                                  Exchange* exchange) const {
  std::shared_ptr<const App> app =
      id.size() > kMaxAppId ? nullptr : deps_.apps->Share()->Find(AppId(id));
  if (app == nullptr || !app->app_services.has_value()) {
    return exchange->Refuse(
        {404, "",
         absl::StrCat("cannot find app using Client App ID '",
                      absl::CHexEscape(id.substr(0, kMaxAppId)), "'")},
        Reason::kProviderNotEnabled);
  }
  if (!app->app_services->hostname.empty()) {
    exchange->base_url = app->app_services->hostname;
  }
  exchange->app = std::move(app);
  return absl::OkStatus();
}

absl::Status AppServices::Begin(const RouteTable::Match& match,
                                Exchange* exchange) const {
  // First, so that whoever has the wrong app learns that and nothing else.
  if (!match.app.empty()) RETURN_IF_ERROR(FindApp(match.app, exchange));
  if (match.route == nullptr && match.allowed.empty()) {
    return exchange->Refuse({404, "", "there is no such endpoint"},
                            Reason::kUnimplemented);
  }
  if (match.route == nullptr) {
    exchange->reply.headers.emplace_back("Allow", match.allowed);
    return exchange->Refuse({405, "", absl::StrCat("use ", match.allowed)},
                            Reason::kUnimplemented);
  }
  exchange->provider = std::string(match.provider);
  exchange->id = std::string(match.id);
  if (match.route->reads_body) RETURN_IF_ERROR(ReadBody(exchange));
  return match.route->prepare(exchange);
}

HttpReply AppServices::Preflight(const RouteTable::Match& match,
                                 const Exchange& exchange) const {
  const std::string origin = AllowedOrigin(
      exchange.http.Header("origin"), exchange.app.get(), *deps_.apps->Share());
  if (origin.empty() || match.allowed.empty()) {
    HttpReply refused;
    refused.status = 204;  // without the headers that would allow it
    return refused;
  }
  // Of the endpoints with a provider in their path, one takes cookies.
  return PreflightReply({origin, !match.provider.empty() && origin != "*"},
                        match.allowed);
}

HttpReply AppServices::Finished(const Exchange& exchange,
                                HttpReply reply) const {
  reply.headers.emplace_back("Cache-Control", "no-store");
  reply.headers.emplace_back(kRequestIdHeader,
                             exchange.context.call.request_id);
  const absl::string_view origin = exchange.http.Header("origin");
  if (origin.empty()) return reply;
  const std::string allowed =
      AllowedOrigin(origin, exchange.app.get(), *deps_.apps->Share());
  if (!allowed.empty()) {
    AddCorsHeaders({allowed, exchange.allows_cookies && allowed != "*"},
                   &reply);
  }
  return reply;
}

void AppServices::Handle(HttpRequest request,
                         std::function<void(HttpReply)> reply) {
  auto call = std::make_unique<Call>(this, std::move(reply));
  Exchange* const exchange = call->exchange();
  exchange->http = std::move(request);
  FillContext(exchange);
  const RouteTable::Match match =
      routes_.Find(exchange->http.method, exchange->http.path);
  call->SetRoute(match.route);
  if (exchange->http.method == "OPTIONS") {
    // The app's own origins, where there is such an app.
    (void)(match.app.empty() ? absl::OkStatus() : FindApp(match.app, exchange));
    exchange->reply = Preflight(match, *exchange);
    return deps_.dispatcher->Run(call.release());
  }
  const absl::Status begun = Begin(match, exchange);
  if (!begun.ok()) return deps_.dispatcher->Refuse(call.release(), begun);
  deps_.dispatcher->Run(call.release());
}

}  // namespace latchkey
