#include "clients/cli/token_words.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/base64url.h"
#include "core/jwt/compact.h"

namespace latchkey {
namespace {

constexpr size_t kMaxShownBytes = 64;
constexpr size_t kMaxShownItems = 5;

bool IsContinuation(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

// Cut keeps UTF-8 whole.
std::string Cut(absl::string_view text) {
  if (text.size() <= kMaxShownBytes) return std::string(text);
  size_t size = kMaxShownBytes;
  while (size > 0 && IsContinuation(text[size])) --size;
  return absl::StrCat(text.substr(0, size), "...");
}

}  // namespace

std::string Quoted(absl::string_view text) {
  std::string json;
  json::AppendQuoted(Cut(text), &json);
  return json;
}

std::string Show(const json::Value* value) {
  if (value == nullptr) return "nothing";
  if (value->as_string() != nullptr) return Quoted(*value->as_string());
  return Cut(json::Write(*value));
}

std::string OneOf(const std::vector<std::string>& items) {
  if (items.empty()) return "none";
  const size_t shown = std::min(items.size(), kMaxShownItems);
  std::string text = absl::StrJoin(items.begin(), items.begin() + shown, ", ");
  if (shown < items.size()) {
    absl::StrAppend(&text, " or ", items.size() - shown, " more");
  }
  return text;
}

std::string OneOfQuoted(const std::vector<std::string>& items) {
  std::vector<std::string> quoted;
  for (const std::string& item : items) quoted.push_back(Quoted(item));
  return OneOf(quoted);
}

std::string Utc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

std::string Moment(absl::Time time, absl::Time now) {
  const absl::Duration ahead = absl::Trunc(time - now, absl::Seconds(1));
  return ahead > absl::ZeroDuration()
             ? absl::StrCat(Utc(time), " (in ", absl::FormatDuration(ahead),
                            ")")
             : absl::StrCat(Utc(time), " (", absl::FormatDuration(-ahead),
                            " ago)");
}

json::Value DecodeSegment(absl::string_view segment) {
  const std::optional<std::string> text = Base64UrlDecode(segment);
  json::Limits limits;
  limits.max_bytes = kHardMaxTokenBytes;
  if (text.has_value()) {
    absl::StatusOr<json::Value> value = json::ParseObject(*text, limits);
    if (value.ok()) return *std::move(value);
  }
  return json::Value::Object{};
}

std::optional<absl::Time> Date(const json::Value& claims,
                               absl::string_view name) {
  const json::Value* value = claims.Find(name);
  const std::optional<double> seconds =
      value == nullptr ? std::nullopt : value->as_double();
  if (!seconds.has_value() || *seconds < 0 || *seconds > 253402300799) {
    return std::nullopt;
  }
  return absl::FromUnixSeconds(static_cast<int64_t>(*seconds));
}

}  // namespace latchkey
