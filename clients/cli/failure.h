// Failures of commands: what went wrong, for people, for scripts, and as an
// exit code.
#ifndef LATCHKEY_CLIENTS_CLI_FAILURE_H_
#define LATCHKEY_CLIENTS_CLI_FAILURE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace latchkey {

// Exit codes of the command line; scripts rely on them.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;       // refused, failed, inactive token
inline constexpr int kExitUsage = 2;        // arguments, files, configuration
inline constexpr int kExitUnreachable = 3;  // no answer from the service

// UsageError: the command was called wrongly; `message` says how to do better.
absl::Status UsageError(absl::string_view message);

// RpcError makes the status of a failed call. `code` is the canonical one,
// 1-16; `details` a serialized google.rpc.Status, or empty. An unreadable one
// counts as none.
absl::Status RpcError(int code, absl::string_view message,
                      absl::string_view details);

// Failure is what a status says, taken apart.
struct Failure {
  std::string code;     // "UNAUTHENTICATED"
  std::string reason;   // name of a latchkey.v1.Reason; empty when not said
  std::string message;  // without secrets, for people
  // Field paths and what to do about each.
  std::vector<std::pair<std::string, std::string>> fields;
  std::optional<absl::Duration> retry_after;
  int exit_code = kExitFailed;
};

// ReadFailure wants a status that is not OK, of any origin.
Failure ReadFailure(const absl::Status& status);

// IsReason: the service said `reason`.
bool IsReason(const absl::Status& status, absl::string_view reason);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_FAILURE_H_
