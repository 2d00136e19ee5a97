#include "clients/cli/run_cli.h"

#include <algorithm>
#include <cstddef>
#include <exception>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "clients/cli/command.h"
#include "clients/cli/context.h"
#include "clients/cli/failure.h"
#include "server/version.h"

namespace latchkey {
namespace {

constexpr char kDescription[] =
    "The command line of latchkey: log in, verify and manage.\n"
    "Exit codes: 0 ok, 1 refused, failed or inactive token, 2 wrong usage or\n"
    "configuration, 3 the service cannot be reached.";
constexpr char kExamples[] =
    "Examples:\n"
    "  latchkey login --provider=anonymous --app=myapp-abcde\n"
    "  latchkey verify\n"
    "  latchkey users list --app=myapp-abcde\n"
    "  latchkey token verify --jwks=keys.json < tokens.txt\n"
    "Each command has its own: latchkey login --help";

void AddTlsFlags(CLI::App* root, GlobalFlags* flags) {
  const char* const group = "TLS";
  root->add_flag("--tls", flags->tls, "use TLS with the system's authorities")
      ->group(group);
  root->add_option("--tls-ca", flags->tls_ca_file,
                   "use TLS with these authorities (PEM)")
      ->group(group);
  root->add_option("--tls-cert", flags->tls_cert_file,
                   "client certificate (PEM)")
      ->group(group);
  root->add_option("--tls-key", flags->tls_key_file, "its private key (PEM)")
      ->group(group);
  root->add_flag("--insecure", flags->insecure,
                 "plaintext to another machine, secrets included")
      ->group(group);
}

void AddGlobalFlags(CLI::App* root, GlobalFlags* flags) {
  root->add_option("--server", flags->server,
                   "address of the service (LATCHKEY_SERVER) "
                   "[127.0.0.1:7070]");
  root->add_option("--admin", flags->admin,
                   "its address for administration (LATCHKEY_ADMIN) "
                   "[unix:data/admin.sock]");
  root->add_option("--admin-key-file", flags->admin_key_file,
                   "file with an admin key");
  root->add_option("--app", flags->app, "id of the app (LATCHKEY_APP)");
  root->add_option("--output", flags->output,
                   "json or table [table on a terminal, else json]");
  root->add_option("--timeout", flags->timeout, "of each call")
      ->capture_default_str();
  root->add_option("--session-file", flags->session_file,
                   "where the session is kept "
                   "[$XDG_CONFIG_HOME/latchkey/session.json]");
  AddTlsFlags(root, flags);
}

void AddCommands(CLI::App* root, Context* context) {
  root->require_subcommand(1);
  root->fallthrough();  // global flags may follow the command
  root->footer(kExamples);
  root->set_version_flag("--version", absl::StrCat("latchkey ", kVersion));
  AddGlobalFlags(root, &context->flags);
  AddLoginCommands(root, context);
  AddSessionCommands(root, context);
  AddAccountCommands(root, context);
  AddUserCommands(root, context);
  AddApiKeyCommands(root, context);
  AddProviderCommands(root, context);
  AddOutboundCommands(root, context);
  AddTokenCommands(root, context);
  AddAdminKeyCommands(root, context);
  AddConfigCommands(root, context);
  AddTransferCommands(root, context);
}

// Failures before the flags are read are printed in the format asked for too.
std::string FindOutputFlag(const std::vector<std::string>& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    absl::string_view value = arguments[i];
    if (absl::ConsumePrefix(&value, "--output=")) return std::string(value);
    if (value == "--output" && i + 1 < arguments.size()) {
      return arguments[i + 1];
    }
  }
  return "";
}

int PrintFailure(const absl::Status& status,
                 const std::vector<std::string>& arguments,
                 const CliWorld& world) {
  const absl::StatusOr<Output::Style> asked =
      OutputStyle(FindOutputFlag(arguments), world);
  Output output(world.out, world.err,
                asked.ok() ? *asked : *OutputStyle("", world));
  output.PrintFailure(status);
  return ReadFailure(status).exit_code;
}

absl::StatusOr<int> Parse(CLI::App* root, std::vector<std::string> arguments,
                          const CliWorld& world) {
  // CLI11 takes them from the back.
  std::reverse(arguments.begin(), arguments.end());
  try {
    root->parse(arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return root->exit(error, *world.out);
    return UsageError(
        absl::StrCat(error.what(), "\nRun with --help for more information."));
  }
  return kExitOk;
}

absl::StatusOr<int> ParseAndRun(const std::vector<std::string>& arguments,
                                const CliWorld& world) {
  Context context(&world);
  CLI::App root(kDescription, "latchkey");
  AddCommands(&root, &context);
  const absl::StatusOr<int> parsed = Parse(&root, arguments, world);
  if (!parsed.ok() || context.action == nullptr) return parsed;
  if (absl::Status status = context.Start(); !status.ok()) return status;
  return context.action();
}

}  // namespace

int RunCli(const std::vector<std::string>& arguments, const CliWorld& world) {
  absl::StatusOr<int> result = absl::InternalError("nothing was done");
  try {
    result = ParseAndRun(arguments, world);
  } catch (const std::exception& error) {
    result = absl::InternalError(error.what());
  }
  // A caller that reads half an answer must not take it for the whole.
  if (!world.out->flush() && result.ok()) {
    result = absl::DataLossError("the answer could not be written");
  }
  if (result.ok()) return *result;
  return PrintFailure(result.status(), arguments, world);
}

}  // namespace latchkey
