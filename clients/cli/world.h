// CliWorld is everything outside of the command line that it touches, so that
// tests run it without a process, a terminal or a server.
#ifndef LATCHKEY_CLIENTS_CLI_WORLD_H_
#define LATCHKEY_CLIENTS_CLI_WORLD_H_

#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/cli/redirect_listener.h"
#include "clients/cli/transport.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/jwks/http_fetcher.h"

namespace latchkey {

// Pointers are borrowed. Thread-compatible.
struct CliWorld {
  std::istream* in = nullptr;
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
  // Tables and colours are for terminals.
  bool out_is_terminal = false;
  bool err_is_terminal = false;

  Clock* clock = nullptr;
  Random* random = nullptr;

  // The environment variable of that name; nullopt when it is not set.
  std::function<std::optional<std::string>(const std::string& name)> env;
  // Asks at the terminal without echo; nullopt when there is no terminal.
  std::function<std::optional<Secret>(const std::string& prompt)> ask_secret;
  // Opens a channel; nothing is sent before the first call.
  std::function<std::unique_ptr<Transport>(const Endpoint& endpoint)> connect;

  // For logins of people at an issuer. Asks the issuer:
  HttpFetcher* fetcher = nullptr;
  // Waits; between the tries of something.
  std::function<void(absl::Duration)> sleep;
  // Starts a browser; false when there is none.
  std::function<bool(const std::string& url)> open_browser;
  // Takes the answers that come back through the browser; port 0: any.
  std::function<absl::StatusOr<std::unique_ptr<RedirectListener>>(int port)>
      listen;
};

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_WORLD_H_
