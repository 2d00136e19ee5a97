// Signals, taken by sigwait in main: no handler code at all.
#ifndef LATCHKEY_SERVER_SIGNAL_LOOP_H_
#define LATCHKEY_SERVER_SIGNAL_LOOP_H_

#include <string>

#include "core/config/config.h"
#include "server/server.h"

namespace latchkey {

// BlockSignals blocks SIGTERM, SIGINT and SIGHUP in this and all later threads.
void BlockSignals();

// LogNotes logs what the configuration asks for in vain.
void LogNotes(const Config& config);

// ServeUntilSignalled waits: SIGHUP loads the file at `config_path` again (a
// bad file is logged and changes nothing), SIGTERM and SIGINT stop the server,
// a second one ends the process at once with 1, and so does a stop that takes
// longer than Server::stop_limit. Returns the exit code.
int ServeUntilSignalled(const std::string& config_path, Server* server);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_SIGNAL_LOOP_H_
