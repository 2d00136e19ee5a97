#include "core/base/base64url.h"

#include <array>
#include <set>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "core/testing/fake_random.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

std::string OneByte(int value) {
  return std::string(1, static_cast<char>(value));
}

TEST(Base64UrlTest, Rfc4648Vectors) {
  // RFC 4648 §10, without the padding.
  const std::array<std::array<const char*, 2>, 7> vectors = {{
      {"", ""},
      {"f", "Zg"},
      {"fo", "Zm8"},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg"},
      {"fooba", "Zm9vYmE"},
      {"foobar", "Zm9vYmFy"},
  }};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(Base64UrlEncode(bytes), text);
    EXPECT_EQ(Base64UrlDecode(text), std::string(bytes));
  }
}

TEST(Base64UrlTest, Rfc7515AppendixC) {
  const std::string bytes = {3, '\xec', '\xff', '\xe0', '\xc1'};
  EXPECT_EQ(Base64UrlEncode(bytes), "A-z_4ME");
  EXPECT_EQ(Base64UrlDecode("A-z_4ME"), bytes);
}

// Every text of two characters, whatever they are: one byte has exactly one.
TEST(Base64UrlTest, OneByteHasOneText) {
  std::set<std::string> decoded;
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string text = OneByte(a) + OneByte(b);
      std::optional<std::string> bytes = Base64UrlDecode(text);
      if (!bytes.has_value()) continue;
      EXPECT_EQ(Base64UrlEncode(*bytes), text);
      EXPECT_TRUE(decoded.insert(*bytes).second) << absl::CHexEscape(text);
    }
  }
  EXPECT_EQ(decoded.size(), 256u);
}

// The same for two bytes and every text of three characters.
TEST(Base64UrlTest, TwoBytesHaveOneText) {
  int accepted = 0;
  std::string text(3, '\0');
  for (int n = 0; n < 1 << 24; ++n) {
    text[0] = static_cast<char>(n >> 16);
    text[1] = static_cast<char>(n >> 8);
    text[2] = static_cast<char>(n);
    uint8_t out[2];
    if (!Base64UrlDecode(text, absl::MakeSpan(out))) continue;
    ++accepted;
    const std::string bytes(reinterpret_cast<const char*>(out), 2);
    ASSERT_EQ(Base64UrlEncode(bytes), text);
  }
  // Each of these encodes back to itself, so no two give the same bytes.
  EXPECT_EQ(accepted, 1 << 16);
}

TEST(Base64UrlTest, RoundTripsEveryLength) {
  FakeRandom random;
  for (size_t size = 0; size < 200; ++size) {
    const std::string bytes = random.Bytes(size);
    const std::string text = Base64UrlEncode(bytes);
    EXPECT_EQ(Base64UrlDecodedSize(text.size()), size);
    EXPECT_EQ(Base64UrlDecode(text), bytes);
    EXPECT_EQ(absl::WebSafeBase64Escape(bytes), text);
  }
}

TEST(Base64UrlTest, RefusesStrangeCharactersAnywhere) {
  for (size_t size : {2u, 3u, 4u, 7u, 8u, 10u, 32u, 36u, 70u}) {
    const std::string good(size, 'A');
    ASSERT_NE(Base64UrlDecode(good), std::nullopt);
    for (size_t i = 0; i < size; ++i) {
      for (int c = 0; c < 256; ++c) {
        if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
            c == '_') {
          continue;
        }
        std::string text = good;
        text[i] = static_cast<char>(c);
        EXPECT_EQ(Base64UrlDecode(text), std::nullopt)
            << absl::CHexEscape(text);
      }
    }
  }
}

// Long texts are decoded in steps of 32 characters.
TEST(Base64UrlTest, EveryCharacterMeansTheSameAtEveryPlace) {
  const std::string alphabet = Base64UrlEncode(*Base64UrlDecode(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"));
  for (size_t place = 0; place < 100; ++place) {
    for (const char c : alphabet) {
      std::string text(100, 'A');
      text[place] = c;
      std::string bytes;
      ASSERT_TRUE(absl::WebSafeBase64Unescape(text, &bytes));
      ASSERT_EQ(Base64UrlDecode(text), bytes) << c << " at " << place;
    }
  }
}

TEST(Base64UrlTest, WritesNothingBehindTheBytes) {
  for (size_t size = 0; size < 200; ++size) {
    const std::string text = Base64UrlEncode(std::string(size, 'x'));
    std::string out(size + 32, '#');
    ASSERT_EQ(
        Base64UrlDecode(
            text, absl::MakeSpan(reinterpret_cast<uint8_t*>(out.data()), size)),
        size);
    ASSERT_EQ(out, std::string(size, 'x') + std::string(32, '#')) << size;
  }
}

TEST(Base64UrlTest, RefusesByName) {
  for (absl::string_view text :
       {"Zg==", "Zg=", "Zm8=", "Zm9v\n", " Zm9v", "Zm 9v", "Zm9v\r\n", "-+-_",
        "-/-_", "====", "Zm9\xc3", "Z", "Zm9vY"}) {
    EXPECT_EQ(Base64UrlDecode(text), std::nullopt) << absl::CHexEscape(text);
  }
  EXPECT_EQ(Base64UrlDecode(absl::string_view("Zm\0v", 4)), std::nullopt);
}

TEST(Base64UrlTest, RefusesTrailingBits) {
  EXPECT_EQ(Base64UrlDecode("Zg"), "f");
  for (absl::string_view text : {"Zh", "Zi", "Zk", "Zo", "Zv"}) {
    EXPECT_EQ(Base64UrlDecode(text), std::nullopt) << text;
  }
  EXPECT_EQ(Base64UrlDecode("Zm8"), "fo");
  for (absl::string_view text : {"Zm9", "Zm-", "Zm_"}) {
    EXPECT_EQ(Base64UrlDecode(text), std::nullopt) << text;
  }
}

TEST(Base64UrlTest, DecodedSize) {
  EXPECT_EQ(Base64UrlDecodedSize(0), 0u);
  EXPECT_EQ(Base64UrlDecodedSize(1), std::nullopt);
  EXPECT_EQ(Base64UrlDecodedSize(2), 1u);
  EXPECT_EQ(Base64UrlDecodedSize(3), 2u);
  EXPECT_EQ(Base64UrlDecodedSize(4), 3u);
  EXPECT_EQ(Base64UrlDecodedSize(5), std::nullopt);
  EXPECT_EQ(Base64UrlDecodedSize(SIZE_MAX), SIZE_MAX / 4 * 3 + 2);
}

TEST(Base64UrlTest, BufferMustBeLargeEnough) {
  uint8_t out[4] = {0, 0, 0, 0xaa};
  EXPECT_EQ(Base64UrlDecode("Zm9v", absl::MakeSpan(out, 2)), std::nullopt);
  EXPECT_EQ(Base64UrlDecode("Zm9v", absl::MakeSpan(out, 3)), 3u);
  EXPECT_EQ(out[0], 'f');
  EXPECT_EQ(out[2], 'o');
  EXPECT_EQ(out[3], 0xaa);
  EXPECT_EQ(Base64UrlDecode("", absl::Span<uint8_t>()), 0u);
}

}  // namespace
}  // namespace latchkey
