#include "clients/cli/people_test_world.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/cli/failure.h"
#include "core/base/base64url.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace latchkey {
namespace {

using Message = google::protobuf::Message;

constexpr int kUnauthenticated = 16;

HttpResponse Answer(int status, const json::Value& body) {
  HttpResponse response;
  response.status = status;
  response.body = json::Write(body);
  return response;
}

std::string Decode(absl::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    decoded += absl::HexStringToBytes(text.substr(i + 1, 2));
    i += 2;
  }
  return decoded;
}

}  // namespace

Form ReadForm(absl::string_view text) {
  Form form;
  for (absl::string_view part : absl::StrSplit(text, '&')) {
    const std::pair<absl::string_view, absl::string_view> split =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    form[Decode(split.first)] = Decode(split.second);
  }
  return form;
}

FakeIssuer::FakeIssuer()
    : metadata(json::Value::Object{
          {"issuer", kIssuer},
          {"jwks_uri", absl::StrCat(kIssuer, "/keys")},
          {"authorization_endpoint", absl::StrCat(kIssuer, "/authorize")},
          {"token_endpoint", absl::StrCat(kIssuer, "/token")},
          {"device_authorization_endpoint", absl::StrCat(kIssuer, "/device")},
          {"scopes_supported",
           json::Value::Array{"openid", "offline_access", "groups"}}}),
      device(Answer(200, json::Value::Object{
                             {"device_code", "d3vice"},
                             {"user_code", "ABCD-EFGH"},
                             {"verification_uri", absl::StrCat(kIssuer, "/d")},
                             {"expires_in", 600}})) {}

absl::StatusOr<HttpResponse> FakeIssuer::Fetch(const std::string& url,
                                               const FetchOptions& options) {
  if (options.post_body == nullptr) {
    const bool known = absl::EndsWith(url, "/.well-known/openid-configuration");
    return known ? Answer(200, metadata) : HttpResponse{404, {}, ""};
  }
  const std::string path = url.substr(std::string(kIssuer).size() + 1);
  asked.emplace_back(path, ReadForm(*options.post_body));
  if (path == "device") return device;
  if (path != "token" || answers_.empty()) {
    return absl::UnavailableError("away");
  }
  absl::StatusOr<HttpResponse> answer = std::move(answers_.front());
  answers_.pop_front();
  return answer;
}

void FakeIssuer::Give(json::Value::Object tokens) {
  tokens.emplace_back("token_type", "bearer");
  answers_.emplace_back(Answer(200, tokens));
}

void FakeIssuer::Refuse(const std::string& error,
                        const std::string& description) {
  answers_.emplace_back(
      Answer(400, json::Value::Object{{"error", error},
                                      {"error_description", description}}));
}

void FakeIssuer::BreakOnce() {
  answers_.emplace_back(absl::UnavailableError("lost"));
}

json::Value FakeIssuer::Claims(const std::string& nonce, absl::Time now) {
  return json::Value::Object{{"iss", kIssuer},
                             {"sub", "ann"},
                             {"aud", "client"},
                             {"exp", absl::ToUnixSeconds(now + absl::Hours(1))},
                             {"nonce", nonce}};
}

std::string FakeIssuer::IdToken(const json::Value& claims) {
  return absl::StrCat(Base64UrlEncode(R"({"alg":"RS256"})"), ".",
                      Base64UrlEncode(json::Write(claims)), ".c2ln");
}

PeopleWorld::PeopleWorld() {
  cli.env["LATCHKEY_APP"] = "myapp-abcde";
  cli.fetcher = &issuer;
  auto* provider = described.add_providers();
  provider->set_name("anonymous");
  provider->set_kind("anonymous");
  provider = described.add_providers();
  provider->set_name("okta");
  provider->set_kind("oidc");
  described.mutable_oidc()->set_provider("okta");
  described.mutable_oidc()->set_issuer(FakeIssuer::kIssuer);
  described.mutable_oidc()->set_client_id("client");
  described.mutable_oidc()->add_request_scopes("groups");
  Serve();
}

void PeopleWorld::Serve() {
  cli.Handle("latchkey.v1.AuthService/DescribeLogin",
             [this](const Message&, Message* response) {
               static_cast<v1::DescribeLoginResponse&>(*response) = described;
               return absl::OkStatus();
             });
  cli.Handle(kLoginCall, [this](const Message& request, Message* response) {
    login = static_cast<const v1::LoginRequest&>(request);
    FillSession(static_cast<v1::LoginResponse*>(response)->mutable_session());
    return absl::OkStatus();
  });
  cli.Handle(kRefreshCall, [this](const Message& request, Message* response) {
    refreshed =
        static_cast<const v1::RefreshSessionRequest&>(request).refresh_token();
    FillSession(
        static_cast<v1::RefreshSessionResponse*>(response)->mutable_session());
    return absl::OkStatus();
  });
}

void PeopleWorld::FillSession(v1::Session* session) {
  ++count;
  session->set_access_token(absl::StrCat("access-", count));
  session->set_refresh_token(absl::StrCat("refresh-", count));
  const int64_t now = absl::ToUnixSeconds(cli.clock.TimeNow());
  const int64_t life = absl::ToInt64Seconds(session_life);
  session->mutable_access_expires_at()->set_seconds(
      now + std::min<int64_t>(1800, life));
  session->mutable_refresh_expires_at()->set_seconds(now + life);
}

std::string PeopleWorld::Agreed(const std::string& url) {
  const Form asked = ReadForm(url.substr(url.find('?') + 1));
  return absl::StrCat("code=c0de&state=", asked.at("state"));
}

PeopleWorld::Result PeopleWorld::LogIn(const std::string& refresh_token) {
  cli.browse = [this](const std::string& url) {
    return std::vector<std::string>{Agreed(url)};
  };
  issuer.Give(
      {{"access_token", "foreign-1"}, {"refresh_token", refresh_token}});
  Result result = Run({"login", "--provider=okta"});
  cli.seen.clear();
  issuer.asked.clear();
  return result;
}

int PeopleWorld::Calls(absl::string_view method) const {
  int calls = 0;
  for (const CliTestWorld::Seen& seen : cli.seen)
    calls += seen.method == method;
  return calls;
}

std::string PeopleWorld::SessionText() const {
  std::ostringstream text;
  text << std::ifstream(cli.folder() + "/latchkey/session.json").rdbuf();
  return text.str();
}

void PeopleWorld::Refuse(const std::string& method, const std::string& reason) {
  cli.Handle(method, [reason](const Message&, Message*) {
    google::rpc::ErrorInfo info;
    info.set_reason(reason);
    info.set_domain("latchkey");
    google::rpc::Status status;
    status.add_details()->PackFrom(info);
    return RpcError(kUnauthenticated, "Refused.", status.SerializeAsString());
  });
}

}  // namespace latchkey
