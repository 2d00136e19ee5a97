#include "core/jwt/numeric_date.h"

#include "absl/strings/match.h"
#include "core/json/decimal.h"

namespace latchkey {

std::optional<absl::Time> ReadNumericDate(const json::Value& value,
                                          Rounding rounding) {
  const json::Value::Number* number = value.as_number();
  if (number == nullptr) return std::nullopt;
  const std::optional<json::TruncatedDecimal> decimal =
      json::TruncateDecimal(number->text);
  if (!decimal.has_value()) return std::nullopt;
  // Truncating takes -0.5 to 0; it is negative all the same.
  if (!decimal->exact && absl::StartsWith(number->text, "-")) {
    return std::nullopt;
  }
  int64_t seconds = decimal->integer;
  if (seconds < 0 || seconds > kMaxNumericDate) return std::nullopt;
  if (!decimal->exact && rounding == Rounding::kUp) ++seconds;
  if (seconds > kMaxNumericDate) return std::nullopt;
  return absl::FromUnixSeconds(seconds);
}

}  // namespace latchkey
