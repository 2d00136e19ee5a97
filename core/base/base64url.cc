#include "core/base/base64url.h"

#include <array>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

#if defined(__x86_64__)

// What one step reads and writes.
constexpr size_t kStepChars = 32;
constexpr size_t kStepBytes = 24;

__attribute__((target("avx2"))) __m256i InRange(__m256i chars, char first,
                                                char last) {
  // Signed, so that bytes >= 0x80 are below every range.
  return _mm256_andnot_si256(
      _mm256_cmpgt_epi8(chars, _mm256_set1_epi8(last)),
      _mm256_cmpgt_epi8(chars, _mm256_set1_epi8(static_cast<char>(first - 1))));
}

// What takes the characters of `set` to their values; 0 for all others.
__attribute__((target("avx2"))) __m256i Shifted(__m256i set, int shift) {
  return _mm256_and_si256(set, _mm256_set1_epi8(static_cast<char>(shift)));
}

// Packs the six bits of each byte of a 16-byte lane into its first 12 bytes.
__attribute__((target("avx2"))) __m256i Pack(__m256i digits) {
  const __m256i pairs =
      _mm256_maddubs_epi16(digits, _mm256_set1_epi32(0x01400140));
  const __m256i groups =
      _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
  const __m128i order =
      _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  return _mm256_shuffle_epi8(groups, _mm256_broadcastsi128_si256(order));
}

// Decodes as many whole steps as `text` has, and takes them from it; true when
// each character was in the alphabet.
__attribute__((target("avx2"))) bool DecodeSteps(absl::string_view* text,
                                                 uint8_t** out) {
  __m256i good = _mm256_set1_epi8(-1);
  for (; text->size() >= kStepChars; text->remove_prefix(kStepChars)) {
    const __m256i chars =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text->data()));
    const __m256i upper = InRange(chars, 'A', 'Z');
    const __m256i lower = InRange(chars, 'a', 'z');
    const __m256i number = InRange(chars, '0', '9');
    const __m256i minus = _mm256_cmpeq_epi8(chars, _mm256_set1_epi8('-'));
    const __m256i line = _mm256_cmpeq_epi8(chars, _mm256_set1_epi8('_'));
    const __m256i letters = _mm256_or_si256(upper, lower);
    const __m256i others =
        _mm256_or_si256(number, _mm256_or_si256(minus, line));
    good = _mm256_and_si256(good, _mm256_or_si256(letters, others));
    const __m256i shift = _mm256_or_si256(
        _mm256_or_si256(Shifted(upper, -'A'), Shifted(lower, 26 - 'a')),
        _mm256_or_si256(Shifted(number, 52 - '0'),
                        _mm256_or_si256(Shifted(minus, 62 - '-'),
                                        Shifted(line, 63 - '_'))));
    const __m256i packed = Pack(_mm256_add_epi8(chars, shift));
    // The second store begins behind the 12 bytes of the first.
    _mm_storeu_si128(reinterpret_cast<__m128i*>(*out),
                     _mm256_castsi256_si128(packed));
    const __m128i second = _mm256_extracti128_si256(packed, 1);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(*out + 12), second);
    const int last = _mm_extract_epi32(second, 2);
    __builtin_memcpy(*out + 20, &last, sizeof(last));
    *out += kStepBytes;
  }
  return _mm256_movemask_epi8(good) == -1;
}

bool HasSteps(absl::string_view text) {
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  return text.size() >= kStepChars && has_avx2;
}

#else

bool HasSteps(absl::string_view) { return false; }
bool DecodeSteps(absl::string_view*, uint8_t**) { return true; }

#endif

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
  if (HasSteps(text) && !DecodeSteps(&text, &to)) return std::nullopt;
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
