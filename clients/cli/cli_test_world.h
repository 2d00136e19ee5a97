// A command line without process, terminal or server.
#ifndef LATCHKEY_CLIENTS_CLI_CLI_TEST_WORLD_H_
#define LATCHKEY_CLIENTS_CLI_CLI_TEST_WORLD_H_

#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/cli/redirect_listener.h"
#include "clients/cli/transport.h"
#include "clients/cli/world.h"
#include "core/base/simulated_clock.h"
#include "core/jwks/http_fetcher.h"
#include "core/testing/fake_random.h"
#include "google/protobuf/message.h"

namespace latchkey {

// CliTestWorld runs commands in a folder of their own. Thread-compatible.
class CliTestWorld final {
 public:
  using Message = google::protobuf::Message;
  using Handler =
      std::function<absl::Status(const Message& request, Message* response)>;
  struct Result {
    int code;
    std::string out;
    std::string err;
  };
  // What the service was asked.
  struct Seen {
    std::string address;
    std::string method;
    std::string bearer;
  };

  CliTestWorld();

  Result Run(const std::vector<std::string>& arguments,
             const std::string& in = "");

  // Handle answers calls of `method` ("latchkey.v1.AuthService/Login"), which
  // has to exist; its request and response types are checked at each call.
  // Methods that nobody handles cannot be reached.
  void Handle(const std::string& method, Handler handler);

  // Writes a file and gives its path.
  std::string File(const std::string& name, absl::string_view text) const;
  std::string folder() const { return folder_; }

  SimulatedClock clock;
  FakeRandom random;
  std::map<std::string, std::string> env;
  std::string typed;  // at the terminal; empty: there is none
  bool terminal = false;
  std::vector<Seen> seen;

  // For logins of people. Nobody: there is no network.
  HttpFetcher* fetcher = nullptr;
  // What the browser was sent to, and what comes back to the redirect URI then:
  // a query for each, until one is taken.
  std::vector<std::string> opened;
  bool has_browser = true;
  std::function<std::vector<std::string>(const std::string& url)> browse;
  // What the listener said of each.
  std::vector<RedirectVerdict> verdicts;
  // Every sleep, which moves the clock, and what else happens in it.
  std::vector<absl::Duration> slept;
  std::function<void()> on_sleep;

 private:
  class FakeTransport;
  class FakeListener;

  std::string Url() const;

  const std::ostringstream* told_ = nullptr;
  std::map<std::string, Handler> handlers_;
  std::string folder_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_CLI_TEST_WORLD_H_
