// Starting the person's browser.
#ifndef LATCHKEY_CLIENTS_CLI_BROWSER_H_
#define LATCHKEY_CLIENTS_CLI_BROWSER_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace latchkey {

using Environment =
    std::function<std::optional<std::string>(const std::string& name)>;

// BrowserCommands gives the commands to try, in their order, as argument lists:
// those of BROWSER ("firefox:links %s": split at ":" and at blanks, "%s" is the
// URL, which is else the last argument), or else xdg-open where there is a
// desktop (DISPLAY or WAYLAND_DISPLAY), open on macOS. No shell reads them.
std::vector<std::vector<std::string>> BrowserCommands(absl::string_view url,
                                                      const Environment& env);

// OpenBrowser starts the first command that can be started, with no input and
// no output, and does not wait for it. False when there is none.
bool OpenBrowser(const std::string& url, const Environment& env);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_BROWSER_H_
