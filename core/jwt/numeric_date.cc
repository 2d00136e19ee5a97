#include "core/jwt/numeric_date.h"

#include "absl/strings/match.h"
#include "core/json/decimal.h"

namespace latchkey {

std::optional<absl::Time> ReadNumericDate(absl::string_view number,
                                          Rounding rounding) {
  const std::optional<json::TruncatedDecimal> decimal =
      json::TruncateDecimal(number);
  if (!decimal.has_value()) return std::nullopt;
  // Truncating takes -0.5 to 0; it is negative all the same.
  if (!decimal->exact && absl::StartsWith(number, "-")) {
    return std::nullopt;
  }
  int64_t seconds = decimal->integer;
  if (seconds < 0 || seconds > kMaxNumericDate) return std::nullopt;
  if (!decimal->exact && rounding == Rounding::kUp) ++seconds;
  if (seconds > kMaxNumericDate) return std::nullopt;
  return absl::FromUnixSeconds(seconds);
}

}  // namespace latchkey
