// A person, a browser, an issuer of strings, and a service that believes it.
#ifndef LATCHKEY_CLIENTS_CLI_PEOPLE_TEST_WORLD_H_
#define LATCHKEY_CLIENTS_CLI_PEOPLE_TEST_WORLD_H_

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/cli/cli_test_world.h"
#include "core/json/json.h"
#include "core/jwks/http_fetcher.h"
#include "latchkey/v1/auth_service.pb.h"

namespace latchkey {

using Form = std::map<std::string, std::string>;

// ReadForm reads "a=b&c=%20d".
Form ReadForm(absl::string_view text);

// FakeIssuer is https://id.example. Its token endpoint gives the answers that
// the test lined up; without any it is away.
class FakeIssuer final : public HttpFetcher {
 public:
  static constexpr char kIssuer[] = "https://id.example";

  FakeIssuer();

  absl::StatusOr<HttpResponse> Fetch(const std::string& url,
                                     const FetchOptions& options) override;

  // Answers of the token endpoint, in their order.
  void Give(json::Value::Object tokens);  // token_type is added
  void Refuse(const std::string& error, const std::string& description = "");
  void BreakOnce();

  // Claims of an ID token for "client", valid for an hour from `now`.
  static json::Value Claims(const std::string& nonce, absl::Time now);
  static std::string IdToken(const json::Value& claims);

  json::Value metadata;
  HttpResponse device;  // the device authorization endpoint's
  // What was posted, by the end of the path: {"token", {...}}.
  std::vector<std::pair<std::string, Form>> asked;

 private:
  std::deque<absl::StatusOr<HttpResponse>> answers_;
};

// PeopleWorld: the app "myapp-abcde" has the provider "okta" for people. Tokens
// of sessions are numbered ("access-1", "refresh-1"), and live for 30 minutes.
class PeopleWorld final {
 public:
  PeopleWorld();

  using Result = CliTestWorld::Result;
  Result Run(std::vector<std::string> arguments) {
    return cli.Run(std::move(arguments));
  }
  // Logs a person in through the browser; the issuer gives `refresh_token`.
  Result LogIn(const std::string& refresh_token = "again-1");
  // What comes back when the person agrees; reads the URL's state.
  std::string Agreed(const std::string& url);

  // How often the service was asked.
  int Calls(absl::string_view method) const;
  std::string SessionText() const;
  // The service refuses `method` with that reason.
  void Refuse(const std::string& method, const std::string& reason);
  void Serve();  // answers as in the beginning

  CliTestWorld cli;
  FakeIssuer issuer;
  v1::DescribeLoginResponse described;
  v1::LoginRequest login;  // the last
  std::string refreshed;   // likewise
  absl::Duration session_life = absl::Hours(24);
  int count = 0;

 private:
  void FillSession(v1::Session* session);
};

inline constexpr char kLoginCall[] = "latchkey.v1.AuthService/Login";
inline constexpr char kRefreshCall[] = "latchkey.v1.AuthService/RefreshSession";

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_PEOPLE_TEST_WORLD_H_
