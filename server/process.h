// Process-wide settings, made once before threads start.
#ifndef LATCHKEY_SERVER_PROCESS_H_
#define LATCHKEY_SERVER_PROCESS_H_

#include "core/config/listener_config.h"

namespace latchkey {

// PrepareProcess raises RLIMIT_NOFILE (a gRPC 1.51 server that ever runs out of
// descriptors never accepts again), keeps core dumps from holding secrets,
// bounds malloc's arenas, and ignores SIGPIPE. What cannot be done is logged.
void PrepareProcess(const LimitsConfig& limits);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_PROCESS_H_
