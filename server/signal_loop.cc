#include "server/signal_loop.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <utility>
#include <variant>
#include <vector>

#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/config/config.h"
#include "server/process.h"

namespace latchkey {
namespace {

sigset_t WatchedSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

absl::Status ReloadFrom(const std::string& path, Server* server) {
  ConfigOptions options;
  options.check_tls_files = false;
  auto loaded = LoadConfig(path, options);
  if (auto* problems = std::get_if<std::vector<ConfigProblem>>(&loaded)) {
    return Error(Reason::kInvalidRequest, FormatProblems(path, *problems));
  }
  LogNotes(std::get<Config>(loaded));
  return server->Reload(std::move(std::get<Config>(loaded)));
}

void Reload(const std::string& path, Server* server) {
  const absl::Status status = ReloadFrom(path, server);
  server->NoteReload(status);
  if (status.ok()) {
    Log(LogLevel::kInfo, "config_reloaded");
  } else {
    Log(LogLevel::kError, "config_reload_failed",
        {{"detail", status.message()}});
  }
}

// From now on a signal has its default effect but for the exit code.
void ExitAtNextSignal() {
  struct sigaction action = {};
  action.sa_handler = [](int) { _exit(1); };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace

void LogNotes(const Config& config) {
  for (const ConfigProblem& note : config.notes) {
    Log(LogLevel::kWarning, "config_part_left_out",
        {{"place", note.path}, {"detail", note.message}});
  }
}

void BlockSignals() {
  const sigset_t set = WatchedSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

int ServeUntilSignalled(const std::string& config_path, Server* server) {
  const sigset_t set = WatchedSignals();
  for (;;) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0) continue;
    if (signal == SIGHUP) {
      Reload(config_path, server);
      continue;
    }
    Log(LogLevel::kInfo, "stopping", {{"signal", signal}});
    ExitAtNextSignal();
    ExitAfter(server->stop_limit());
    server->Stop();
    Log(LogLevel::kInfo, "stopped");
    return 0;
  }
}

}  // namespace latchkey
