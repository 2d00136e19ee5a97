// Files, standard input and the terminal as sources of what a command needs.
#ifndef LATCHKEY_CLIENTS_CLI_FILE_INPUT_H_
#define LATCHKEY_CLIENTS_CLI_FILE_INPUT_H_

#include <cstddef>
#include <istream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/cli/world.h"
#include "core/base/secret.h"

namespace latchkey {

inline constexpr size_t kMaxInputBytes = 1'000'000;

// ReadInputFile reads at most kMaxInputBytes; UsageError when it cannot.
absl::StatusOr<std::string> ReadInputFile(const std::string& file);

// ReadSecretInputFile reads raw bytes and drops one trailing newline.
absl::StatusOr<Secret> ReadSecretInputFile(const std::string& file);

// ReadLine reads one line without its end ("\n" or "\r\n"), at most
// kMaxInputBytes + 1 of it and silently drops the rest; false at the end.
bool ReadLine(std::istream* in, std::string* line);

// SecretSource: where a secret comes from; at most one is set.
struct SecretSource {
  std::string file;
  bool from_stdin = false;
};

// ReadSecret reads from the source, or asks at the terminal with `prompt`.
// UsageError naming `flags` ("--password-file or --password-stdin") when there
// is neither, or nothing comes.
absl::StatusOr<Secret> ReadSecret(const SecretSource& source,
                                  absl::string_view prompt,
                                  absl::string_view flags,
                                  const CliWorld& world);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_FILE_INPUT_H_
