#include "core/provider/email.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "core/base/reason.h"
#include "core/base/utf8.h"

namespace latchkey {
namespace {

constexpr size_t kMinEmailSize = 3;
constexpr size_t kMaxEmailSize = 254;  // RFC 5321 §4.5.3.1.3 with its brackets

bool HasBlank(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isspace(static_cast<unsigned char>(c));
  });
}

}  // namespace

absl::StatusOr<std::string> CanonicalEmail(absl::string_view email,
                                           absl::string_view field) {
  if (email.size() < kMinEmailSize || email.size() > kMaxEmailSize) {
    return InvalidField(field, "3-254 bytes");
  }
  if (!IsValidUtf8(email)) return InvalidField(field, "UTF-8 only");
  if (HasBlank(email) || HasControlCharacters(email)) {
    return InvalidField(field, "no blanks or control characters");
  }
  const size_t at = email.find('@');
  if (at == absl::string_view::npos || at != email.rfind('@')) {
    return InvalidField(field, "exactly one @");
  }
  if (at == 0 || at + 1 == email.size()) {
    return InvalidField(field, "text on both sides of the @");
  }
  if (email.front() == '"') {
    return InvalidField(field, "no quoted local part");
  }
  return absl::AsciiStrToLower(email);
}

}  // namespace latchkey
