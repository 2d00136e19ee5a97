// How commands are declared. A group file adds its commands to the parser; the
// parser only chooses one, which RunCli then runs.
#ifndef LATCHKEY_CLIENTS_CLI_COMMAND_H_
#define LATCHKEY_CLIENTS_CLI_COMMAND_H_

#include <string>

#include "CLI/CLI.hpp"
#include "clients/cli/context.h"

namespace latchkey {

// CommandText: what the help says. `examples` is one command a line.
struct CommandText {
  const char* name;
  const char* description;
  const char* examples;
};

// AddGroup adds a command that needs one of its own commands.
CLI::App* AddGroup(CLI::App* parent, const CommandText& text);

// AddCommand adds a command that does `action` when it is chosen.
CLI::App* AddCommand(CLI::App* parent, const CommandText& text,
                     Context* context, Action action);

// The groups, a file each. `context` outlives the parser.
void AddLoginCommands(CLI::App* root, Context* context);
void AddSessionCommands(CLI::App* root, Context* context);
void AddAccountCommands(CLI::App* root, Context* context);
void AddUserCommands(CLI::App* root, Context* context);
void AddApiKeyCommands(CLI::App* root, Context* context);
void AddProviderCommands(CLI::App* root, Context* context);
void AddOutboundCommands(CLI::App* root, Context* context);
void AddTokenCommands(CLI::App* root, Context* context);
void AddAdminKeyCommands(CLI::App* root, Context* context);
void AddConfigCommands(CLI::App* root, Context* context);
void AddTransferCommands(CLI::App* root, Context* context);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_COMMAND_H_
