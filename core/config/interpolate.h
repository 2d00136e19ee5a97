// ${NAME} in values of the configuration.
#ifndef LATCHKEY_CORE_CONFIG_INTERPOLATE_H_
#define LATCHKEY_CORE_CONFIG_INTERPOLATE_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace latchkey {

using EnvReader = std::function<std::optional<std::string>(const std::string&)>;

// IsEnvName: a letter or "_", then letters, digits and "_"; at most 256 bytes.
bool IsEnvName(absl::string_view name);

// Interpolated is the value, or what is wrong with it.
struct Interpolated {
  std::string text;
  std::string problem;  // empty: none. Names variables, holds no value.
};

// Interpolate replaces each ${NAME} by that variable's value, once: what comes
// in is not looked at again. "$${" stands for "${"; any other "$" for itself.
Interpolated Interpolate(absl::string_view text, const EnvReader& env);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_INTERPOLATE_H_
