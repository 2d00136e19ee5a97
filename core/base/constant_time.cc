#include "core/base/constant_time.h"

#include <cstddef>

namespace latchkey {

bool ConstantTimeEquals(absl::string_view a, absl::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^
                                        static_cast<unsigned char>(b[i]));
    // Hides the value from the optimiser, which might leave the loop early.
    __asm__("" : "+r"(difference));
  }
  return difference == 0;
}

}  // namespace latchkey
