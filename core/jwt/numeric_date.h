// NumericDate of RFC 7519 §2. Private to core/jwt.
#ifndef LATCHKEY_CORE_JWT_NUMERIC_DATE_H_
#define LATCHKEY_CORE_JWT_NUMERIC_DATE_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace latchkey {

// The last second of the year 9999.
inline constexpr int64_t kMaxNumericDate = 253402300799;

enum class Rounding { kDown, kUp };

// ReadNumericDate gives whole seconds of the text of a JSON number; nullopt
// when, rounded, it lies outside [0, kMaxNumericDate].
std::optional<absl::Time> ReadNumericDate(absl::string_view number,
                                          Rounding rounding);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWT_NUMERIC_DATE_H_
