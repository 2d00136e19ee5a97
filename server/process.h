// Process-wide settings, made once before threads start.
#ifndef LATCHKEY_SERVER_PROCESS_H_
#define LATCHKEY_SERVER_PROCESS_H_

#include "absl/time/time.h"
#include "core/config/listener_config.h"

namespace latchkey {

// PrepareProcess raises RLIMIT_NOFILE (a gRPC 1.51 server that ever runs out of
// descriptors never accepts again), keeps core dumps from holding secrets,
// bounds malloc's arenas, and ignores SIGPIPE. What cannot be done is logged.
void PrepareProcess(const LimitsConfig& limits);

// ExitAfter ends the process with 1, and a word on stderr, when it is still
// there after `limit` (at least a millisecond): threads that wait for a hung
// disk cannot be joined. Uses SIGALRM.
void ExitAfter(absl::Duration limit);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_PROCESS_H_
