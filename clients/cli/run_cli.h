// RunCli is the whole command line but for the process.
#ifndef LATCHKEY_CLIENTS_CLI_RUN_CLI_H_
#define LATCHKEY_CLIENTS_CLI_RUN_CLI_H_

#include <string>
#include <vector>

#include "clients/cli/world.h"

namespace latchkey {

// RunCli does what `arguments` (without the program's name) say and returns the
// exit code: see failure.h. Never throws.
int RunCli(const std::vector<std::string>& arguments, const CliWorld& world);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_RUN_CLI_H_
