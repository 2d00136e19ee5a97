// Strict base64url: each byte string has exactly one text.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/base/base64url.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey {
namespace {

void CheckText(absl::string_view text) {
  const std::optional<size_t> size = Base64UrlDecodedSize(text.size());
  FUZZ_CHECK(size.has_value() == (text.size() % 4 != 1));
  const std::optional<std::string> bytes = Base64UrlDecode(text);
  std::vector<uint8_t> buffer(size.value_or(text.size()));
  const std::optional<size_t> written =
      Base64UrlDecode(text, absl::MakeSpan(buffer));
  FUZZ_CHECK(written.has_value() == bytes.has_value());
  if (!bytes.has_value()) return;
  FUZZ_CHECK(bytes->size() == *size);
  FUZZ_CHECK(*written == *size);
  FUZZ_CHECK(std::string(buffer.begin(), buffer.end()) == *bytes);
  FUZZ_CHECK(Base64UrlEncode(*bytes) == text);
  if (buffer.empty()) return;
  buffer.pop_back();
  FUZZ_CHECK(!Base64UrlDecode(text, absl::MakeSpan(buffer)).has_value());
}

void CheckBytes(absl::string_view bytes) {
  const std::string text = Base64UrlEncode(bytes);
  FUZZ_CHECK(text.size() == (bytes.size() * 8 + 5) / 6);
  FUZZ_CHECK(Base64UrlDecode(text) == bytes);
  for (const char* extra : {"=", "==", "\n", " ", "+", "/"}) {
    FUZZ_CHECK(!Base64UrlDecode(absl::StrCat(text, extra)).has_value());
  }
}

}  // namespace

void FuzzOne(absl::string_view input) {
  CheckText(input);
  CheckBytes(input);
}

}  // namespace latchkey
