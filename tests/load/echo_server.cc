// The yardstick for Verify: a service that does nothing, served the way
// latchkeyd serves its own. Prints `echo_server ready grpc=ADDRESS` and runs
// until SIGTERM.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/config/listener_config.h"
#include "core/metrics/metrics.h"
#include "latchkey/v1/auth_service.pb.h"
#include "server/grpc/grpc_server.h"
#include "server/process.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/method_table.h"
#include "tests/load/methods.h"

namespace latchkey {
namespace {

// As much as the principal of a Verify answer.
constexpr size_t kAnswerBytes = 200;

void AddEcho(MethodTable* table) {
  Method& row = table->Add<v1::VerifyRequest, v1::VerifyResponse>(
      kEchoPath, MethodTable::RowOptions(),
      [](const v1::VerifyRequest&, const RpcContext&, v1::VerifyResponse*) {
        return absl::OkStatus();
      });
  row.try_inline = [](const google::protobuf::Message& request,
                      const RpcContext&, google::protobuf::Message* response) {
    const auto& token = static_cast<const v1::VerifyRequest&>(request).token();
    auto* answer = static_cast<v1::VerifyResponse*>(response);
    answer->set_active(true);
    answer->mutable_principal()->set_subject(token.substr(0, kAnswerBytes));
    return absl::OkStatus();
  };
}

int Run(const std::string& address) {
  const LimitsConfig limits;
  PrepareProcess(limits);
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);

  Metrics metrics;
  MethodTable table;
  AddEcho(&table);
  table.RegisterSeries(&metrics);
  Dispatcher dispatcher(DispatcherOptions(), Clock::RealClock(), &metrics);
  ListenerConfig listener;
  listener.address = address;
  auto server = GrpcServer::Start(
      listener, limits,
      {&table, &dispatcher, Clock::RealClock(), Random::SystemRandom()});
  if (!server.ok()) {
    std::fprintf(stderr, "echo_server cannot start: %s\n",
                 std::string(server.status().message()).c_str());
    return 1;
  }
  (*server)->SetServing(true);
  std::printf("echo_server ready grpc=%s\n", (*server)->address().c_str());
  std::fflush(stdout);
  int signal_number = 0;
  sigwait(&stop_signals, &signal_number);
  (*server)->Shutdown(Clock::RealClock()->TimeNow() + absl::Seconds(1));
  return 0;
}

}  // namespace
}  // namespace latchkey

int main(int argc, char** argv) {
  CLI::App app("An empty service, to compare Verify with.");
  std::string address = "127.0.0.1:0";
  app.add_option("--listen", address, "HOST:PORT or unix:PATH");
  CLI11_PARSE(app, argc, argv);
  return latchkey::Run(address);
}
