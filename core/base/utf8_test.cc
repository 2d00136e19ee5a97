#include "core/base/utf8.h"

#include <cstdint>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

// The bit pattern of RFC 3629 §3 with `length` bytes, right or not.
std::string Encode(uint32_t code, int length) {
  if (length == 1) return std::string(1, static_cast<char>(code));
  std::string text;
  for (int i = 0; i < length - 1; ++i) {
    text.insert(text.begin(), static_cast<char>(0x80 | (code & 0x3f)));
    code >>= 6;
  }
  const uint32_t mark = (0xff00u >> length) & 0xff;
  text.insert(text.begin(), static_cast<char>(mark | code));
  return text;
}

int ShortestLength(uint32_t code) {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

TEST(Utf8Test, EveryCodeInEveryLength) {
  constexpr uint32_t kMost[] = {0, 0x7f, 0x7ff, 0xffff, 0x1fffff};
  for (int length = 1; length <= 4; ++length) {
    for (uint32_t code = 0; code <= kMost[length]; ++code) {
      const bool surrogate = code >= 0xd800 && code <= 0xdfff;
      const bool valid =
          length == ShortestLength(code) && !surrogate && code <= 0x10ffff;
      ASSERT_EQ(IsValidUtf8(Encode(code, length)), valid)
          << std::hex << code << " in " << length;
    }
  }
}

TEST(Utf8Test, BrokenSequences) {
  for (absl::string_view text :
       {"\x80", "a\xbf", "\xc3", "\xc3(", "\xe2\x82", "\xe2\x82(", "\xe2(\xac",
        "\xf0\x9f\x98", "\xf0\x9f\x98(", "\xf8\x88\x80\x80\x80", "\xfe", "\xff",
        "ok \xc3\xa9 \xed\xa0\x80"}) {
    EXPECT_FALSE(IsValidUtf8(text)) << absl::CHexEscape(text);
  }
}

TEST(Utf8Test, ValidTexts) {
  for (absl::string_view text : {"", "plain", "Jos\xc3\xa9 5 \xe2\x82\xac",
                                 "\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsValidUtf8(text)) << absl::CHexEscape(text);
  }
  EXPECT_TRUE(IsValidUtf8(absl::string_view("a\0b", 3)));
}

TEST(ControlCharactersTest, ExactlyTheAsciiOnes) {
  for (int c = 0; c < 256; ++c) {
    const std::string text = std::string("ab") + static_cast<char>(c) + "c";
    EXPECT_EQ(HasControlCharacters(text), c < 0x20 || c == 0x7f) << c;
  }
  EXPECT_FALSE(HasControlCharacters(""));
}

}  // namespace
}  // namespace latchkey
