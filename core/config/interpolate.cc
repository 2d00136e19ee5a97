#include "core/config/interpolate.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace latchkey {
namespace {

constexpr size_t kMaxEnvName = 256;

// Expand handles the "${" at the front of *rest and takes it off.
void Expand(const EnvReader& env, absl::string_view* rest, Interpolated* out) {
  const size_t end = rest->find('}');
  if (end == absl::string_view::npos) {
    out->problem = "\"${\" has no \"}\"; write \"$${\" for the characters";
    *rest = "";
    return;
  }
  const absl::string_view name = rest->substr(2, end - 2);
  rest->remove_prefix(end + 1);
  if (!IsEnvName(name)) {
    out->problem = "\"${...}\" must hold the name of an environment variable";
    return;
  }
  const std::optional<std::string> value = env(std::string(name));
  if (!value.has_value()) {
    out->problem =
        absl::StrCat("the environment variable ", name, " is not set");
    return;
  }
  absl::StrAppend(&out->text, *value);
}

}  // namespace

bool IsEnvName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxEnvName &&
         !absl::ascii_isdigit(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '_';
         });
}

Interpolated Interpolate(absl::string_view text, const EnvReader& env) {
  Interpolated out;
  absl::string_view rest = text;
  while (!rest.empty()) {
    const size_t dollar = std::min(rest.find('$'), rest.size());
    absl::StrAppend(&out.text, rest.substr(0, dollar));
    rest.remove_prefix(dollar);
    if (absl::ConsumePrefix(&rest, "$${")) {
      absl::StrAppend(&out.text, "${");
    } else if (absl::StartsWith(rest, "${")) {
      Expand(env, &rest, &out);
    } else if (!rest.empty()) {
      out.text.push_back('$');
      rest.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace latchkey
