// Commands that other groups hold: each adds itself to its group.
#ifndef LATCHKEY_CLIENTS_CLI_IMPORT_COMMANDS_H_
#define LATCHKEY_CLIENTS_CLI_IMPORT_COMMANDS_H_

#include "CLI/CLI.hpp"
#include "clients/cli/context.h"

namespace latchkey {

// AddImportUsers adds `users` to the group `import`, AddImportAppServices
// `app-services`. `context` outlives them.
void AddImportUsers(CLI::App* import_group, Context* context);
void AddImportAppServices(CLI::App* import_group, Context* context);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_IMPORT_COMMANDS_H_
