#include "server/app_services/form_params.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"

namespace latchkey {
namespace {

constexpr size_t kMaxParams = 64;

bool IsHex(char c) {
  return absl::ascii_isxdigit(static_cast<unsigned char>(c));
}

std::optional<std::string> Decode(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out.push_back(' ');
    } else if (text[i] != '%') {
      out.push_back(text[i]);
    } else if (i + 2 < text.size() && IsHex(text[i + 1]) &&
               IsHex(text[i + 2])) {
      out += absl::HexStringToBytes(text.substr(i + 1, 2));
      i += 2;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace

std::optional<FormParams> FormParams::Parse(absl::string_view text) {
  FormParams result;
  for (const absl::string_view pair :
       absl::StrSplit(text, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    std::optional<std::string> name = Decode(parts.first);
    std::optional<std::string> value = Decode(parts.second);
    if (!name || !value || result.Has(*name) ||
        result.params_.size() >= kMaxParams) {
      return std::nullopt;
    }
    result.params_.emplace_back(*std::move(name), *std::move(value));
  }
  return result;
}

const std::string* FormParams::Find(absl::string_view name) const {
  for (const auto& [one, value] : params_) {
    if (one == name) return &value;
  }
  return nullptr;
}

absl::string_view FormParams::Get(absl::string_view name) const {
  const std::string* const value = Find(name);
  return value == nullptr ? absl::string_view() : *value;
}

bool FormParams::Has(absl::string_view name) const {
  return Find(name) != nullptr;
}

}  // namespace latchkey
