#include "server/process.h"

#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>

#include "core/base/log.h"

namespace latchkey {
namespace {

// The connection cap needs a descriptor each, and the rest of the service some.
constexpr rlim_t kMinDescriptors = 65536;
constexpr rlim_t kSpareDescriptors = 1024;
// Every arena keeps memory of its own; contention on malloc is small here.
constexpr int kMallocArenas = 2;

void RaiseDescriptorLimit(const LimitsConfig& limits) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::max<rlim_t>(
      kMinDescriptors, limits.max_connections * 2 + kSpareDescriptors);
  if (limit.rlim_cur >= wanted) return;
  struct rlimit raised = limit;
  raised.rlim_cur = wanted;
  raised.rlim_max = std::max(limit.rlim_max, wanted);
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return;
  // Without privilege the hard limit stands.
  raised.rlim_max = limit.rlim_max;
  raised.rlim_cur = std::min(wanted, limit.rlim_max);
  if (setrlimit(RLIMIT_NOFILE, &raised) != 0 || raised.rlim_cur < wanted) {
    Log(LogLevel::kWarning, "few_file_descriptors",
        {{"limit", raised.rlim_cur}, {"wanted", wanted}});
  }
}

}  // namespace

void PrepareProcess(const LimitsConfig& limits) {
  RaiseDescriptorLimit(limits);
  // Keys and passwords must not end in a core file or be read by ptrace.
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  umask(0077);
  mallopt(M_ARENA_MAX, kMallocArenas);
  signal(SIGPIPE, SIG_IGN);
}

void ExitAfter(absl::Duration limit) {
  struct sigaction action = {};
  // Only what is safe in a handler.
  action.sa_handler = [](int) {
    constexpr char kText[] =
        "latchkeyd did not stop in time (does the disk hang?) and ends now\n";
    if (write(STDERR_FILENO, kText, sizeof(kText) - 1) < 0) _exit(1);
    _exit(1);
  };
  sigaction(SIGALRM, &action, nullptr);
  struct itimerval timer = {};
  timer.it_value = absl::ToTimeval(std::max(limit, absl::Milliseconds(1)));
  setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace latchkey
