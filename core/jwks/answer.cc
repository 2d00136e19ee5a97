#include "core/jwks/answer.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/reason.h"

namespace latchkey {
namespace {

// Beyond any bound that a caller sets.
constexpr int64_t kManySeconds = int64_t{1} << 40;

const std::string* FindHeader(const HttpResponse& response,
                              const std::string& name) {
  const auto found = response.headers.find(name);
  return found == response.headers.end() ? nullptr : &found->second;
}

// Digits only; more than fit are "very many" (RFC 9111 §1.2.2).
std::optional<absl::Duration> ParseSeconds(absl::string_view text) {
  const bool digits =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return absl::ascii_isdigit(static_cast<unsigned char>(c));
      });
  if (!digits) return std::nullopt;
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(text, &seconds)) seconds = kManySeconds;
  return absl::Seconds(std::min(seconds, kManySeconds));
}

absl::Duration Age(const HttpResponse& response) {
  const std::string* age = FindHeader(response, "age");
  if (age == nullptr) return absl::ZeroDuration();
  return ParseSeconds(*age).value_or(absl::ZeroDuration());
}

}  // namespace

std::optional<absl::Duration> MaxAge(const HttpResponse& response) {
  const std::string* control = FindHeader(response, "cache-control");
  if (control == nullptr) return std::nullopt;
  std::optional<absl::Duration> age;
  for (absl::string_view part : absl::StrSplit(*control, ',')) {
    const std::string directive =
        absl::AsciiStrToLower(absl::StripAsciiWhitespace(part));
    if (directive == "no-store" || directive == "no-cache") {
      return absl::ZeroDuration();
    }
    absl::string_view value = directive;
    if (!absl::ConsumePrefix(&value, "max-age=")) continue;
    const absl::Duration one =
        ParseSeconds(absl::StripPrefix(absl::StripSuffix(value, "\""), "\""))
            .value_or(absl::ZeroDuration());
    age = std::min(age.value_or(one), one);  // of several the most careful
  }
  if (!age.has_value()) return std::nullopt;
  return std::max(absl::ZeroDuration(), *age - Age(response));
}

std::optional<absl::Duration> RetryAfter(const HttpResponse& response,
                                         absl::Time now) {
  std::optional<absl::Time> until;
  if (const std::string* after = FindHeader(response, "retry-after")) {
    if (const auto seconds = ParseSeconds(*after)) return seconds;
    absl::Time date;
    if (absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", *after, &date, nullptr)) {
      until = date;
    }
  } else if (const std::string* reset =
                 FindHeader(response, "x-rate-limit-reset")) {
    if (const auto seconds = ParseSeconds(*reset)) {
      until = absl::UnixEpoch() + *seconds;
    }
  }
  if (!until.has_value()) return std::nullopt;
  return std::max(absl::ZeroDuration(), *until - now);
}

absl::Status AnswerError(absl::string_view what, const HttpResponse& response,
                         absl::Time now) {
  absl::Status error =
      Error(Reason::kIssuerUnavailable,
            absl::StrCat(what, ": HTTP status ", response.status));
  // A limit's reset time is in every answer of some servers; it counts only
  // when the limit was hit.
  const bool asks = response.status == 429 || response.status == 503;
  const auto delay = asks ? RetryAfter(response, now) : std::nullopt;
  return delay.has_value() ? WithRetryAfter(std::move(error), *delay) : error;
}

}  // namespace latchkey
