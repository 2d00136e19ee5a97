#include "clients/cli/row_fields.h"

#include "absl/strings/numbers.h"
#include "core/json/json.h"

namespace latchkey {

absl::Status BadRow(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

std::string TextOf(json::Node object, absl::string_view name) {
  const std::optional<json::Node> member = object.Find(name);
  if (!member.has_value()) return "";
  return std::string(member->as_string().value_or(""));
}

bool FlagOf(json::Node object, absl::string_view name) {
  const std::optional<json::Node> member = object.Find(name);
  return member.has_value() && member->as_bool().value_or(false);
}

std::optional<int64_t> NumberOf(json::Node object, absl::string_view name) {
  const std::optional<json::Node> member = object.Find(name);
  if (!member.has_value()) return std::nullopt;
  absl::string_view text = member->as_number().value_or("");
  if (text.empty()) text = member->as_string().value_or("");
  int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number)) return std::nullopt;
  return number;
}

std::string ObjectOf(json::Node object, absl::string_view name) {
  const std::optional<json::Node> member = object.Find(name);
  if (!member.has_value() || !member->is_object()) return "";
  return json::Write(member->ToValue());
}

void SetTime(absl::Time time, google::protobuf::Timestamp* out) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

absl::Time GetTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

}  // namespace latchkey
