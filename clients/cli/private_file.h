// Files that only their owner may read.
#ifndef LATCHKEY_CLIENTS_CLI_PRIVATE_FILE_H_
#define LATCHKEY_CLIENTS_CLI_PRIVATE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace latchkey {

// MakePrivateFolder makes `folder` and what it lies in, where missing, with
// mode 0700. FAILED_PRECONDITION naming the path and the cause.
absl::Status MakePrivateFolder(const std::string& folder);

// WritePrivateFile replaces `path` in one step by a file of mode 0600, flushed
// to the disk. Missing folders are made with 0700. FAILED_PRECONDITION naming
// the path and the cause.
absl::Status WritePrivateFile(const std::string& path, absl::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_PRIVATE_FILE_H_
