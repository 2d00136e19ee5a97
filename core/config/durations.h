// Durations as the configuration writes them: "500ms", "10s", "30m", "60d".
#ifndef LATCHKEY_CORE_CONFIG_DURATIONS_H_
#define LATCHKEY_CORE_CONFIG_DURATIONS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace latchkey {

// ParseConfigDuration reads one whole number of at most 9 digits and one unit:
// ms, s, m, h or d (24 h). nullopt for anything else.
std::optional<absl::Duration> ParseConfigDuration(absl::string_view text);

// FormatConfigDuration writes it back in the largest unit that fits evenly.
std::string FormatConfigDuration(absl::Duration duration);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_DURATIONS_H_
