#include "core/config/section.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/config/durations.h"

namespace latchkey {
namespace {

using google::protobuf::FieldDescriptor;

constexpr size_t kMaxName = 64;

}  // namespace

const FieldDescriptor* Section::Find(absl::string_view name) const {
  const FieldDescriptor* const field =
      message_.GetDescriptor()->FindFieldByName(std::string(name));
  if (field == nullptr) {
    std::fprintf(stderr, "no field %s in the configuration\n",
                 std::string(name).c_str());
    std::abort();
  }
  return field;
}

std::string Section::NameOf(absl::string_view name) const {
  return spelling_ == Spelling::kJson ? Find(name)->json_name()
                                      : std::string(name);
}

bool Section::IsInFile(absl::string_view name) const {
  return place_.problems()->IsNoted(Field(name).path());
}

bool Section::IsSet(absl::string_view name) const {
  const FieldDescriptor* const field = Find(name);
  const auto* const reflection = message_.GetReflection();
  return field->is_repeated() ? reflection->FieldSize(message_, field) > 0
                              : reflection->HasField(message_, field);
}

uint32_t Section::Number(absl::string_view name, const NumberRule& rule) const {
  if (!IsSet(name)) return rule.preset;
  const uint32_t number =
      message_.GetReflection()->GetUInt32(message_, Find(name));
  if (number >= rule.min && number <= rule.max) return number;
  Field(name).Report(absl::StrCat("must be from ", rule.min, " to ", rule.max));
  return rule.preset;
}

absl::Duration Section::Duration(absl::string_view name,
                                 const DurationRule& rule) const {
  const std::string text = Text(name);
  if (text.empty()) return rule.preset;
  const std::optional<absl::Duration> duration = ParseConfigDuration(text);
  if (!duration.has_value()) {
    Field(name).Report(
        "must be a duration: a whole number and ms, s, m, h or d, such as "
        "\"30m\"");
    return rule.preset;
  }
  if (*duration >= rule.min && *duration <= rule.max) return *duration;
  Field(name).Report(absl::StrCat("must be from ",
                                  FormatConfigDuration(rule.min), " to ",
                                  FormatConfigDuration(rule.max)));
  return rule.preset;
}

std::string Section::Text(absl::string_view name) const {
  return message_.GetReflection()->GetString(message_, Find(name));
}

std::string Section::Required(absl::string_view name, size_t max_bytes) const {
  std::string text = Text(name);
  if (text.empty()) {
    Field(name).Report("is required");
  } else if (text.size() > max_bytes) {
    Field(name).Report(absl::StrCat("must be at most ", max_bytes, " bytes"));
  }
  return text;
}

void Section::Unsupported(const std::vector<std::string>& names) const {
  for (const std::string& name : names) {
    if (IsSet(name)) Field(name).Report(UnsupportedText(name));
  }
}

std::string UnsupportedText(absl::string_view what) {
  return absl::StrCat("this version of latchkeyd cannot serve ", what,
                      " yet; remove it");
}

bool IsName(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxName &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '_' || c == '-';
         });
}

void CheckName(absl::string_view name, const Place& place) {
  if (name.empty()) {
    place.Report("is required");
  } else if (!IsName(name)) {
    place.Report("must be 1-64 ASCII letters, digits, \"_\", \"-\"");
  }
}

}  // namespace latchkey
