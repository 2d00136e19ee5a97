#include "core/config/durations.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

constexpr size_t kMaxDigits = 9;

struct Unit {
  absl::string_view name;
  int64_t milliseconds;
};
constexpr Unit kUnits[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};

}  // namespace

std::optional<absl::Duration> ParseConfigDuration(absl::string_view text) {
  const size_t digits =
      static_cast<size_t>(std::find_if_not(text.begin(), text.end(),
                                           [](char c) {
                                             return absl::ascii_isdigit(
                                                 static_cast<unsigned char>(c));
                                           }) -
                          text.begin());
  int64_t number = 0;
  if (digits == 0 || digits > kMaxDigits ||
      !absl::SimpleAtoi(text.substr(0, digits), &number)) {
    return std::nullopt;
  }
  for (const Unit& unit : kUnits) {
    if (text.substr(digits) == unit.name) {
      return absl::Milliseconds(number * unit.milliseconds);
    }
  }
  return std::nullopt;
}

std::string FormatConfigDuration(absl::Duration duration) {
  const int64_t milliseconds = absl::ToInt64Milliseconds(duration);
  if (milliseconds == 0) return "0s";
  for (const Unit& unit : kUnits) {
    if (milliseconds % unit.milliseconds == 0) {
      return absl::StrCat(milliseconds / unit.milliseconds, unit.name);
    }
  }
  return absl::StrCat(milliseconds, "ms");
}

}  // namespace latchkey
