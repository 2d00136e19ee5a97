#include "core/crypto/der.h"

#include "absl/strings/str_cat.h"

namespace latchkey::der {
namespace {

uint8_t ByteAt(absl::string_view text, size_t index) {
  return static_cast<uint8_t>(text[index]);
}

std::string Length(size_t length) {
  std::string out;
  if (length >= 0x100) out.push_back(static_cast<char>(0x82));
  if (length >= 0x80 && length < 0x100) out.push_back(static_cast<char>(0x81));
  if (length >= 0x100) out.push_back(static_cast<char>(length >> 8));
  out.push_back(static_cast<char>(length & 0xFF));
  return out;
}

}  // namespace

std::string Element(uint8_t tag, absl::string_view content) {
  return absl::StrCat(std::string(1, static_cast<char>(tag)),
                      Length(content.size()), content);
}

std::string UnsignedInteger(absl::string_view big_endian) {
  while (!big_endian.empty() && big_endian.front() == '\0') {
    big_endian.remove_prefix(1);
  }
  const bool needs_zero = big_endian.empty() || ByteAt(big_endian, 0) >= 0x80;
  return Element(kInteger, absl::StrCat(std::string(needs_zero ? 1 : 0, '\0'),
                                        big_endian));
}

std::optional<absl::string_view> Reader::Take(uint8_t tag) {
  if (rest_.size() < 2 || ByteAt(rest_, 0) != tag) return std::nullopt;
  size_t header = 2;
  size_t length = ByteAt(rest_, 1);
  if (length == 0x81 && rest_.size() >= 3) {
    header = 3;
    length = ByteAt(rest_, 2);
    if (length < 0x80) return std::nullopt;
  } else if (length == 0x82 && rest_.size() >= 4) {
    header = 4;
    length = static_cast<size_t>(ByteAt(rest_, 2)) << 8 | ByteAt(rest_, 3);
    if (length < 0x100) return std::nullopt;
  } else if (length >= 0x80) {
    return std::nullopt;
  }
  if (rest_.size() - header < length) return std::nullopt;
  const absl::string_view content = rest_.substr(header, length);
  rest_.remove_prefix(header + length);
  return content;
}

std::optional<absl::string_view> Reader::TakeUnsigned() {
  std::optional<absl::string_view> content = Take(kInteger);
  if (!content.has_value() || content->empty()) return std::nullopt;
  const uint8_t first = ByteAt(*content, 0);
  if (first >= 0x80) return std::nullopt;
  if (first != 0) return content;
  if (content->size() > 1 && ByteAt(*content, 1) < 0x80) return std::nullopt;
  return content->substr(1);
}

}  // namespace latchkey::der
