#include "core/base/utf8.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace latchkey {
namespace {

uint8_t At(absl::string_view text, size_t i) {
  return static_cast<uint8_t>(text[i]);
}

bool Between(uint8_t byte, uint8_t low, uint8_t high) {
  return byte >= low && byte <= high;
}

// The length of the character at the start of `text`, which is not empty; 0 if
// there is none. Rows of the table in RFC 3629 §4: only the second byte's range
// depends on the first.
size_t CharacterLength(absl::string_view text) {
  const uint8_t first = At(text, 0);
  if (first < 0x80) return 1;
  size_t length = 0;
  uint8_t low = 0x80;
  uint8_t high = 0xbf;
  if (Between(first, 0xc2, 0xdf)) {
    length = 2;
  } else if (Between(first, 0xe0, 0xef)) {
    length = 3;
    if (first == 0xe0) low = 0xa0;   // else overlong
    if (first == 0xed) high = 0x9f;  // else a surrogate
  } else if (Between(first, 0xf0, 0xf4)) {
    length = 4;
    if (first == 0xf0) low = 0x90;   // else overlong
    if (first == 0xf4) high = 0x8f;  // else over U+10FFFF
  }
  if (length == 0 || text.size() < length) return 0;
  if (!Between(At(text, 1), low, high)) return 0;
  for (size_t i = 2; i < length; ++i) {
    if (!Between(At(text, i), 0x80, 0xbf)) return 0;
  }
  return length;
}

}  // namespace

bool IsValidUtf8(absl::string_view text) {
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool HasControlCharacters(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

}  // namespace latchkey
