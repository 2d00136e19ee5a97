#include "core/base/base64url.h"

#include <array>

namespace latchkey {
namespace {

constexpr char kAlphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
// Larger than any digit, and still seen after values are or-ed.
constexpr uint8_t kBad = 0x80;

constexpr std::array<uint8_t, 256> MakeDigits() {
  std::array<uint8_t, 256> digits{};
  for (uint8_t& digit : digits) digit = kBad;
  for (uint8_t i = 0; i < 64; ++i) {
    digits[static_cast<uint8_t>(kAlphabet[i])] = i;
  }
  return digits;
}

constexpr std::array<uint8_t, 256> kDigits = MakeDigits();

uint32_t Digit(char c) { return kDigits[static_cast<uint8_t>(c)]; }
uint32_t Byte(char c) { return static_cast<uint8_t>(c); }

// Decodes the last two or three characters; returns what was wrong, 0 if
// nothing.
uint32_t DecodeTail(absl::string_view tail, uint8_t* out) {
  if (tail.empty()) return 0;
  const uint32_t a = Digit(tail[0]);
  const uint32_t b = Digit(tail[1]);
  out[0] = static_cast<uint8_t>(a << 2 | b >> 4);
  if (tail.size() == 2) return ((a | b) & kBad) | (b & 0x0f);
  const uint32_t c = Digit(tail[2]);
  out[1] = static_cast<uint8_t>(b << 4 | c >> 2);
  return ((a | b | c) & kBad) | (c & 0x03);
}

void EncodeTail(absl::string_view tail, char* out) {
  if (tail.empty()) return;
  const uint32_t a = Byte(tail[0]);
  const uint32_t b = tail.size() == 2 ? Byte(tail[1]) : 0;
  out[0] = kAlphabet[a >> 2];
  out[1] = kAlphabet[(a << 4 | b >> 4) & 0x3f];
  if (tail.size() == 2) out[2] = kAlphabet[(b << 2) & 0x3f];
}

}  // namespace

std::optional<size_t> Base64UrlDecodedSize(size_t encoded_size) {
  const size_t tail = encoded_size % 4;
  if (tail == 1) return std::nullopt;
  return encoded_size / 4 * 3 + (tail == 0 ? 0 : tail - 1);
}

std::optional<size_t> Base64UrlDecode(absl::string_view text,
                                      absl::Span<uint8_t> out) {
  const std::optional<size_t> size = Base64UrlDecodedSize(text.size());
  if (!size.has_value() || *size > out.size()) return std::nullopt;
  uint8_t* to = out.data();
  uint32_t wrong = 0;
  for (; text.size() >= 4; text.remove_prefix(4), to += 3) {
    const uint32_t a = Digit(text[0]);
    const uint32_t b = Digit(text[1]);
    const uint32_t c = Digit(text[2]);
    const uint32_t d = Digit(text[3]);
    wrong |= (a | b | c | d) & kBad;
    to[0] = static_cast<uint8_t>(a << 2 | b >> 4);
    to[1] = static_cast<uint8_t>(b << 4 | c >> 2);
    to[2] = static_cast<uint8_t>(c << 6 | d);
  }
  wrong |= DecodeTail(text, to);
  if (wrong != 0) return std::nullopt;
  return size;
}

std::optional<std::string> Base64UrlDecode(absl::string_view text) {
  const std::optional<size_t> size = Base64UrlDecodedSize(text.size());
  if (!size.has_value()) return std::nullopt;
  std::string bytes(*size, '\0');
  if (!Base64UrlDecode(text,
                       absl::MakeSpan(reinterpret_cast<uint8_t*>(bytes.data()),
                                      bytes.size()))) {
    return std::nullopt;
  }
  return bytes;
}

std::string Base64UrlEncode(absl::string_view bytes) {
  const size_t tail = bytes.size() % 3;
  std::string text(bytes.size() / 3 * 4 + (tail == 0 ? 0 : tail + 1), '\0');
  char* to = text.data();
  for (; bytes.size() >= 3; bytes.remove_prefix(3), to += 4) {
    const uint32_t group =
        Byte(bytes[0]) << 16 | Byte(bytes[1]) << 8 | Byte(bytes[2]);
    to[0] = kAlphabet[group >> 18];
    to[1] = kAlphabet[group >> 12 & 0x3f];
    to[2] = kAlphabet[group >> 6 & 0x3f];
    to[3] = kAlphabet[group & 0x3f];
  }
  EncodeTail(bytes, to);
  return text;
}

}  // namespace latchkey
