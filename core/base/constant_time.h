// The only code of ours that compares secrets.
#ifndef LATCHKEY_CORE_BASE_CONSTANT_TIME_H_
#define LATCHKEY_CORE_BASE_CONSTANT_TIME_H_

#include "absl/strings/string_view.h"

namespace latchkey {

// ConstantTimeEquals compares in time that depends on the lengths only.
bool ConstantTimeEquals(absl::string_view a, absl::string_view b);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_CONSTANT_TIME_H_
