// latchkey_demo: the peers that the example configuration names, so that every
// line of the README can be tried. For trying out only: its credentials are
// public and its key lives as long as the process.
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/signal_set.hpp"
#include "clients/cli/private_file.h"
#include "clients/demo/demo_functions.h"
#include "clients/demo/demo_issuer.h"
#include "clients/demo/jwks_server.h"
#include "core/base/clock.h"
#include "core/base/status_macros.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"

namespace latchkey {
namespace {

constexpr int kMaxMessageBytes = 64 * 1024;
constexpr int kMaxThreads = 8;

struct Flags {
  std::string jwks_address = "127.0.0.1:9090";
  std::string function_target = "unix:data/fn.sock";
  std::string token_file = "data/demo.jwt";
};

std::unique_ptr<grpc::Server> StartFunctions(const std::string& target,
                                             DemoFunctions* functions) {
  grpc::ResourceQuota quota("latchkey_demo");
  quota.SetMaxThreads(kMaxThreads);
  grpc::ServerBuilder builder;
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.AddListeningPort(target, grpc::InsecureServerCredentials());
  builder.RegisterService(functions);
  return builder.BuildAndStart();
}

absl::Status Run(const Flags& flags) {
  // The socket is for this user alone.
  umask(077);
  ASSIGN_OR_RETURN(
      const DemoIssuer issuer,
      DemoIssuer::Create(absl::StrCat("http://", flags.jwks_address)));
  boost::asio::io_context io(1);
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&io](boost::system::error_code, int) { io.stop(); });
  JwksServer jwks(&io, {kDemoKeysPath, issuer.Jwks()});
  RETURN_IF_ERROR(jwks.Listen(flags.jwks_address));

  ASSIGN_OR_RETURN(const std::string token,
                   issuer.Token(Clock::RealClock()->TimeNow()));
  RETURN_IF_ERROR(WritePrivateFile(flags.token_file, token + "\n"));

  DemoFunctions functions;
  const std::unique_ptr<grpc::Server> server =
      StartFunctions(flags.function_target, &functions);
  if (server == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat(flags.function_target, ": cannot be listened on"));
  }
  std::cout << "latchkey_demo ready" << std::endl;
  io.run();
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  Flags flags;
  CLI::App app(
      "The peers of latchkey's example configuration, for trying out only:\n"
      "an issuer of JWTs and a custom function with public credentials.",
      "latchkey_demo");
  app.add_option("--jwks-address", flags.jwks_address,
                 "where the issuer's keys are served")
      ->capture_default_str();
  app.add_option("--function-target", flags.function_target,
                 "where the function is served")
      ->capture_default_str();
  app.add_option("--token-file", flags.token_file,
                 "where a token of the issuer is written")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const absl::Status status = Run(flags);
  if (status.ok()) return 0;
  std::cerr << "latchkey_demo: " << status.message() << "\n";
  return 1;
}

}  // namespace
}  // namespace latchkey

int main(int argc, char** argv) {
  try {
    return latchkey::Main(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "latchkey_demo: " << error.what() << "\n";
    return 1;
  }
}
