#include "clients/cli/issuer_client.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/call_context.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"
#include "core/jwks/discovery.h"
#include "core/jwks/http_fetcher.h"
#include "core/jwks/key_issuers.h"
#include "core/jwks/url_rules.h"

namespace latchkey {
namespace {

constexpr absl::Duration kCallTime = absl::Seconds(10);
constexpr size_t kMaxDescription = 300;
constexpr size_t kMaxScopes = 1000;

FetchOptions Fetching() {
  FetchOptions options;
  options.total_timeout = kCallTime;
  // A person's own network; the service names the issuer, not a stranger.
  options.allow_private_addresses = true;
  return options;
}

// Keeps the document that Discover parsed: it takes only what the service
// needs of it.
class DocumentKeeper final : public HttpFetcher {
 public:
  explicit DocumentKeeper(HttpFetcher* fetcher) : fetcher_(fetcher) {}

  absl::StatusOr<HttpResponse> Fetch(const std::string& url,
                                     const FetchOptions& options) override {
    absl::StatusOr<HttpResponse> response = fetcher_->Fetch(url, options);
    if (response.ok() && response->status == 200) document_ = response->body;
    return response;
  }

  const std::string& document() const { return document_; }

 private:
  HttpFetcher* const fetcher_;
  std::string document_;
};

absl::string_view Text(const json::Value& object, absl::string_view name) {
  const json::Value* const member = object.Find(name);
  const std::string* const text =
      member == nullptr ? nullptr : member->as_string();
  return text == nullptr ? absl::string_view() : *text;
}

// Empty where the person's browser or we may not go: plain http leaves this
// machine with nobody's secrets, and a remote issuer does not send us here.
std::string Endpoint(const json::Value& metadata, absl::string_view name,
                     absl::string_view issuer) {
  std::string url(Text(metadata, name));
  const absl::StatusOr<HttpUrl> target = ParseHttpUrl(url);
  const absl::StatusOr<HttpUrl> home = ParseHttpUrl(AnyTenantsIssuer(issuer));
  if (!CheckFetchUrl(url, true).ok() || !target.ok() || !home.ok()) return "";
  if (target->is_loopback_host() && !home->is_loopback_host()) return "";
  return url;
}

absl::StatusOr<IssuerEndpoints> ReadEndpoints(absl::string_view document,
                                              absl::string_view issuer) {
  json::Limits limits;
  limits.max_bytes = Fetching().max_body_bytes;
  ASSIGN_OR_RETURN(const json::Value metadata,
                   json::ParseObject(document, limits));
  IssuerEndpoints endpoints;
  endpoints.authorization =
      Endpoint(metadata, "authorization_endpoint", issuer);
  endpoints.token = Endpoint(metadata, "token_endpoint", issuer);
  endpoints.device =
      Endpoint(metadata, "device_authorization_endpoint", issuer);
  const json::Value* const names =
      metadata.Find("authorization_response_iss_parameter_supported");
  const bool* const flag = names == nullptr ? nullptr : names->as_bool();
  endpoints.answers_name_issuer = flag != nullptr && *flag;
  const json::Value* const scopes = metadata.Find("scopes_supported");
  const json::Value::Array* const list =
      scopes == nullptr ? nullptr : scopes->as_array();
  for (const json::Value& scope : list ? *list : json::Value::Array()) {
    if (endpoints.scopes.size() == kMaxScopes) break;
    if (scope.as_string() != nullptr) {
      endpoints.scopes.push_back(*scope.as_string());
    }
  }
  return endpoints;
}

absl::Status About(absl::string_view issuer, const absl::Status& status) {
  return absl::UnavailableError(absl::StrCat(issuer, ": ", status.message()));
}

// What RFC 6749 Appendix A.7 and A.8 allow, which no terminal obeys.
std::string PlainText(absl::string_view text) {
  std::string plain(text.substr(0, kMaxDescription));
  for (char& c : plain) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(c))) c = '?';
  }
  return plain;
}

bool IsUsableToken(absl::string_view token) {
  return token.size() <= IssuerClient::kMaxTokenBytes &&
         std::all_of(token.begin(), token.end(), [](char c) {
           return absl::ascii_isgraph(static_cast<unsigned char>(c));
         });
}

absl::StatusOr<IssuerTokens> ReadTokens(const ForeignAnswer& answer) {
  // RFC 6749 §7.1: a token of a type that we do not know is not to be used.
  if (!absl::EqualsIgnoreCase(answer.Text("token_type"), "bearer")) {
    return absl::InternalError("the issuer's answer: token_type is not Bearer");
  }
  struct Row {
    const char* name;
    Secret IssuerTokens::*field;
  };
  constexpr Row kRows[] = {{"access_token", &IssuerTokens::access_token},
                           {"id_token", &IssuerTokens::id_token},
                           {"refresh_token", &IssuerTokens::refresh_token}};
  IssuerTokens tokens;
  for (const Row& row : kRows) {
    const absl::string_view token = answer.Text(row.name);
    if (!IsUsableToken(token)) {
      return absl::InternalError(
          absl::StrCat("the issuer's answer: no usable ", row.name));
    }
    tokens.*row.field = Secret(token);
  }
  if (tokens.access_token.empty()) {
    return absl::InternalError("the issuer's answer: no access_token");
  }
  return tokens;
}

}  // namespace

absl::Status IssuerRefusal(absl::string_view error,
                           absl::string_view description) {
  std::string text = absl::StrCat("the issuer refused: ", PlainText(error));
  if (!description.empty()) {
    absl::StrAppend(&text, " (", PlainText(description), ")");
  }
  return absl::PermissionDeniedError(text);
}

IssuerClient::IssuerClient(Registration registration, const CliWorld& world)
    : registration_(std::move(registration)),
      world_(world),
      service_({registration_.issuer, 1, Fetching()}, world.fetcher,
               world.clock) {}

absl::StatusOr<std::unique_ptr<IssuerClient>> IssuerClient::Open(
    Registration registration, const CliWorld& world) {
  std::unique_ptr<IssuerClient> client(
      new IssuerClient(std::move(registration), world));
  const std::string& issuer = client->registration_.issuer;
  DocumentKeeper keeper(world.fetcher);
  const absl::StatusOr<IssuerMetadata> known =
      Discover(&keeper, issuer, Fetching(), world.clock->TimeNow());
  if (!known.ok()) return About(issuer, known.status());
  absl::StatusOr<IssuerEndpoints> endpoints =
      ReadEndpoints(keeper.document(), issuer);
  if (!endpoints.ok()) return About(issuer, endpoints.status());
  if (endpoints->token.empty()) {
    return absl::UnavailableError(
        absl::StrCat(issuer, ": its metadata name no usable token endpoint"));
  }
  client->endpoints_ = *std::move(endpoints);
  return client;
}

std::string IssuerClient::Scope(const std::vector<std::string>& wanted) const {
  std::vector<std::string> scopes;
  for (const char* scope : {"openid", "offline_access"}) {
    const auto& known = endpoints_.scopes;
    if (known.empty() ||
        std::find(known.begin(), known.end(), scope) != known.end()) {
      scopes.emplace_back(scope);
    }
  }
  for (const std::string& scope : wanted) {
    if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) {
      scopes.push_back(scope);
    }
  }
  return absl::StrJoin(scopes, " ");
}

absl::StatusOr<ForeignAnswer> IssuerClient::Post(const std::string& url,
                                                 FormBody* form) {
  form->Add("client_id", registration_.client_id);
  CallContext call;
  call.deadline = world_.clock->TimeNow() + kCallTime;
  absl::StatusOr<ForeignAnswer> answer = service_.Post(url, form, call);
  // Its details begin with the issuer's name.
  if (!answer.ok()) return absl::UnavailableError(answer.status().message());
  return answer;
}

absl::StatusOr<TokenAnswer> IssuerClient::Ask(FormBody* grant) {
  ASSIGN_OR_RETURN(const ForeignAnswer got, Post(endpoints_.token, grant));
  TokenAnswer answer;
  if (got.ok()) {
    ASSIGN_OR_RETURN(answer.tokens, ReadTokens(got));
    return answer;
  }
  answer.error = std::string(got.Text("error"));
  if (answer.error.empty()) answer.error = absl::StrCat("HTTP ", got.status);
  answer.description = std::string(got.Text("error_description"));
  return answer;
}

}  // namespace latchkey
