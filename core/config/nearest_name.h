// NearestName finds what somebody probably meant to write.
#ifndef LATCHKEY_CORE_CONFIG_NEAREST_NAME_H_
#define LATCHKEY_CORE_CONFIG_NEAREST_NAME_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace latchkey {

// NearestName gives the entry of `known` with the least edit distance to
// `name`; empty when none is near (at most a third of it is different).
std::string NearestName(absl::string_view name,
                        const std::vector<std::string>& known);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_NEAREST_NAME_H_
