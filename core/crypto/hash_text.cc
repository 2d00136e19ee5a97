#include "core/crypto/hash_text.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"

namespace latchkey {

absl::Status BadHash(absl::string_view rule) {
  return InvalidField("password_hash", rule);
}

std::optional<std::string> DecodeHashBase64(absl::string_view text) {
  // No more than two, and only where they belong.
  if (text.size() % 4 == 0 && absl::ConsumeSuffix(&text, "=")) {
    absl::ConsumeSuffix(&text, "=");
  }
  return Base64UrlDecode(
      absl::StrReplaceAll(text, {{"+", "-"}, {".", "-"}, {"/", "_"}}));
}

std::string EncodeHashBase64(absl::string_view bytes) {
  return absl::StrReplaceAll(Base64UrlEncode(bytes), {{"-", "+"}, {"_", "/"}});
}

std::optional<uint32_t> ReadNumber(absl::string_view prefix,
                                   absl::string_view text) {
  uint32_t number = 0;
  if (!absl::ConsumePrefix(&text, prefix) || !absl::SimpleAtoi(text, &number) ||
      absl::StrCat(number) != text) {
    return std::nullopt;
  }
  return number;
}

}  // namespace latchkey
