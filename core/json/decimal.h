// Exact integers from the text of a JSON number.
#ifndef LATCHKEY_CORE_JSON_DECIMAL_H_
#define LATCHKEY_CORE_JSON_DECIMAL_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace latchkey::json {

// IsNumber checks the grammar of RFC 8259 §6.
bool IsNumber(absl::string_view text);

struct TruncatedDecimal {
  int64_t integer = 0;  // rounded towards zero
  bool exact = false;   // nothing was cut off
};

// TruncateDecimal reads a number that IsNumber accepts, digit by digit, so that
// no double rounds it first. nullopt when its integer part passes int64_t.
std::optional<TruncatedDecimal> TruncateDecimal(absl::string_view text);

}  // namespace latchkey::json

#endif  // LATCHKEY_CORE_JSON_DECIMAL_H_
