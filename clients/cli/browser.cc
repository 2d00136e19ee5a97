#include "clients/cli/browser.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/types.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace latchkey {
namespace {

#ifdef __APPLE__
constexpr bool kIsMac = true;
#else
constexpr bool kIsMac = false;
#endif

constexpr char kNull[] = "/dev/null";

std::vector<std::string> WithUrl(absl::string_view command,
                                 absl::string_view url) {
  std::vector<std::string> words =
      absl::StrSplit(command, ' ', absl::SkipEmpty());
  bool placed = false;
  for (std::string& word : words) {
    placed |= absl::StrReplaceAll({{"%s", url}}, &word) > 0;
  }
  if (!placed) words.emplace_back(url);
  return words;
}

// In a session of its own: an interrupt at the terminal is not for the browser.
bool Start(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, kNull, O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, kNull, O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, kNull, O_WRONLY, 0);
  pid_t child = 0;
  const int error = posix_spawnp(&child, arguments[0], &files, &attributes,
                                 arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return error == 0;
}

}  // namespace

std::vector<std::vector<std::string>> BrowserCommands(absl::string_view url,
                                                      const Environment& env) {
  std::vector<std::vector<std::string>> commands;
  const std::string chosen = env("BROWSER").value_or("");
  for (absl::string_view command :
       absl::StrSplit(chosen, ':', absl::SkipWhitespace())) {
    commands.push_back(WithUrl(command, url));
  }
  if (!commands.empty()) return commands;
  if (kIsMac) return {WithUrl("open", url)};
  const bool desktop =
      env("DISPLAY").has_value() || env("WAYLAND_DISPLAY").has_value();
  if (desktop) commands.push_back(WithUrl("xdg-open", url));
  return commands;
}

bool OpenBrowser(const std::string& url, const Environment& env) {
  for (const std::vector<std::string>& command : BrowserCommands(url, env)) {
    if (Start(command)) return true;
  }
  return false;
}

}  // namespace latchkey
