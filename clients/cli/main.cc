// latchkey: the command line.
#include <termios.h>
#include <unistd.h>

#include <fcntl.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "clients/cli/browser.h"
#include "clients/cli/grpc_transport.h"
#include "clients/cli/redirect_listener.h"
#include "clients/cli/run_cli.h"
#include "core/jwks/http_fetcher.h"

namespace latchkey {
namespace {

std::optional<std::string> ReadEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

// Echo turns the terminal's echo off until it goes.
class NoEcho final {
 public:
  explicit NoEcho(int terminal) : terminal_(terminal) {
    tcgetattr(terminal_, &before_);
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(terminal_, TCSAFLUSH, &quiet);
  }
  ~NoEcho() { tcsetattr(terminal_, TCSAFLUSH, &before_); }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  const int terminal_;
  termios before_;
};

// The terminal itself, so that standard input may be something else.
std::optional<Secret> AskSecret(const std::string& prompt) {
  const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (terminal < 0) return std::nullopt;
  std::string answer;
  {
    const NoEcho no_echo(terminal);
    (void)!write(terminal, prompt.data(), prompt.size());
    char c = 0;
    while (read(terminal, &c, 1) == 1 && c != '\n') answer.push_back(c);
    (void)!write(terminal, "\n", 1);
  }
  close(terminal);
  return Secret::TakeFrom(&answer);
}

void Sleep(absl::Duration time) {
  Clock* const clock = Clock::RealClock();
  absl::Mutex mu;
  const auto never = [] { return false; };
  absl::MutexLock lock(&mu);
  clock->AwaitWithDeadline(&mu, absl::Condition(&never),
                           clock->TimeNow() + time);
}

int Main(int argc, char** argv) {
  // A reader that goes away is a failed write, not a death.
  std::signal(SIGPIPE, SIG_IGN);
  std::ios::sync_with_stdio(false);
  const std::unique_ptr<HttpFetcher> fetcher = NewCurlFetcher();
  CliWorld world;
  world.in = &std::cin;
  world.out = &std::cout;
  world.err = &std::cerr;
  world.out_is_terminal = isatty(STDOUT_FILENO) != 0;
  world.err_is_terminal = isatty(STDERR_FILENO) != 0;
  world.clock = Clock::RealClock();
  world.random = Random::SystemRandom();
  world.env = ReadEnvironment;
  world.ask_secret = AskSecret;
  world.connect = NewGrpcTransport;
  world.fetcher = fetcher.get();
  world.sleep = Sleep;
  world.open_browser = [](const std::string& url) {
    return OpenBrowser(url, ReadEnvironment);
  };
  world.listen = NewRedirectListener;
  return RunCli(std::vector<std::string>(argv + 1, argv + argc), world);
}

}  // namespace
}  // namespace latchkey

int main(int argc, char** argv) { return latchkey::Main(argc, argv); }
