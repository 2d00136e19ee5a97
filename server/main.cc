// latchkeyd: flags, configuration, server, signals, exit code.
//
// Exit codes: 0 stopped as asked, 1 could not start, did not stop in time or a
// second signal, 2 wrong flags or configuration.
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_join.h"
#include "core/base/log.h"
#include "core/config/config.h"
#include "server/flags.h"
#include "server/process.h"
#include "server/server.h"
#include "server/signal_loop.h"
#include "server/version.h"

namespace latchkey {
namespace {

int Run(const Flags& flags) {
  auto loaded = LoadConfig(flags.config);
  if (auto* problems = std::get_if<std::vector<ConfigProblem>>(&loaded)) {
    std::fputs(FormatProblems(flags.config, *problems).c_str(), stderr);
    return 2;
  }
  if (flags.validate) {
    std::fputs(
        FormatProblems(flags.config, std::get<Config>(loaded).notes).c_str(),
        stderr);
    std::printf("%s is valid\n", flags.config.c_str());
    return 0;
  }
  Config config = std::move(std::get<Config>(loaded));
  SetLogLevel(config.log_level);
  LogNotes(config);
  PrepareProcess(config.limits);
  BlockSignals();
  absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Start(std::move(config));
  if (!server.ok()) {
    std::fprintf(stderr, "latchkeyd cannot start: %s\n",
                 std::string(server.status().message()).c_str());
    return 1;
  }
  // For scripts: which ports were bound, once calls are answered.
  std::printf("latchkeyd ready grpc=%s http=%s\n",
              absl::StrJoin((*server)->grpc_addresses(), ",").c_str(),
              (*server)->http_address().c_str());
  std::fflush(stdout);
  return ServeUntilSignalled(flags.config, server->get());
}

}  // namespace
}  // namespace latchkey

int main(int argc, char** argv) {
  const latchkey::ParsedFlags parsed = latchkey::ParseFlags(argc, argv);
  if (!parsed.output.empty()) {
    std::fputs(parsed.output.c_str(), parsed.exit_code == 0 ? stdout : stderr);
  }
  if (parsed.done) return parsed.exit_code;
  return latchkey::Run(parsed.flags);
}
