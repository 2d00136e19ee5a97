#include "core/json/decimal.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace latchkey::json {
namespace {

// Digits of an exponent that can still matter: max_bytes is far below 10^9.
constexpr size_t kMaxExponentDigits = 9;
constexpr size_t kMaxInt64Digits = 19;

size_t CountDigits(absl::string_view text) {
  size_t count = 0;
  while (count < text.size() &&
         absl::ascii_isdigit(static_cast<unsigned char>(text[count]))) {
    ++count;
  }
  return count;
}

absl::string_view TakeDigits(absl::string_view* text) {
  const absl::string_view digits = text->substr(0, CountDigits(*text));
  text->remove_prefix(digits.size());
  return digits;
}

bool ConsumeExponentMark(absl::string_view* text) {
  return absl::ConsumePrefix(text, "e") || absl::ConsumePrefix(text, "E");
}

// Parts of a number: 0.digits * 10^point.
struct Parts {
  bool negative = false;
  std::string digits;
  int64_t point = 0;
};

// Saturates: past 10^9 the sign is all that counts.
int64_t ParseExponent(absl::string_view text) {
  const bool negative = absl::ConsumePrefix(&text, "-");
  if (!negative) absl::ConsumePrefix(&text, "+");
  while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
  int64_t exponent = 0;
  if (text.size() > kMaxExponentDigits || !absl::SimpleAtoi(text, &exponent)) {
    exponent = 1'000'000'000;
  }
  return negative ? -exponent : exponent;
}

Parts Split(absl::string_view text) {
  Parts parts;
  parts.negative = absl::ConsumePrefix(&text, "-");
  const absl::string_view whole = TakeDigits(&text);
  absl::string_view fraction;
  if (absl::ConsumePrefix(&text, ".")) fraction = TakeDigits(&text);
  parts.digits = absl::StrCat(whole, fraction);
  parts.point = static_cast<int64_t>(whole.size());
  if (ConsumeExponentMark(&text)) parts.point += ParseExponent(text);
  return parts;
}

}  // namespace

bool IsNumber(absl::string_view text) {
  absl::ConsumePrefix(&text, "-");
  const absl::string_view whole = TakeDigits(&text);
  if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return false;
  if (absl::ConsumePrefix(&text, ".") && TakeDigits(&text).empty()) {
    return false;
  }
  if (ConsumeExponentMark(&text)) {
    if (!absl::ConsumePrefix(&text, "-")) absl::ConsumePrefix(&text, "+");
    if (TakeDigits(&text).empty()) return false;
  }
  return text.empty();
}

std::optional<TruncatedDecimal> TruncateDecimal(absl::string_view text) {
  // Nearly every number: digits, and so few that they fit.
  if (text.size() < kMaxInt64Digits && CountDigits(text) == text.size()) {
    int64_t value = 0;
    for (const char digit : text) value = value * 10 + (digit - '0');
    return TruncatedDecimal{value, true};
  }
  const Parts parts = Split(text);
  absl::string_view digits = parts.digits;
  int64_t point = parts.point;
  while (!digits.empty() && digits.front() == '0') {
    digits.remove_prefix(1);
    --point;
  }
  while (!digits.empty() && digits.back() == '0') digits.remove_suffix(1);
  if (digits.empty()) return TruncatedDecimal{0, true};
  if (point <= 0) return TruncatedDecimal{0, false};
  if (point > static_cast<int64_t>(kMaxInt64Digits)) return std::nullopt;

  const size_t whole = static_cast<size_t>(point);
  std::string integer =
      absl::StrCat(parts.negative ? "-" : "", digits.substr(0, whole));
  if (whole > digits.size()) integer.append(whole - digits.size(), '0');
  TruncatedDecimal result;
  if (!absl::SimpleAtoi(integer, &result.integer)) return std::nullopt;
  result.exact = digits.size() <= whole;
  return result;
}

}  // namespace latchkey::json
