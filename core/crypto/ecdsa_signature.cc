#include "core/crypto/ecdsa_signature.h"

#include <algorithm>

#include "core/crypto/der.h"

namespace latchkey {
namespace {

// Appends one number as INTEGER at `position`; returns the position behind it.
size_t PutInteger(absl::string_view number, uint8_t* out, size_t position) {
  while (number.size() > 1 && number.front() == '\0') number.remove_prefix(1);
  const bool needs_zero = static_cast<uint8_t>(number.front()) >= 0x80;
  out[position++] = der::kInteger;
  out[position++] = static_cast<uint8_t>(number.size() + (needs_zero ? 1 : 0));
  if (needs_zero) out[position++] = 0;
  std::copy(number.begin(), number.end(), out + position);
  return position + number.size();
}

}  // namespace

size_t EcdsaRawToDer(absl::string_view raw, EcdsaDerBuffer* out) {
  // The numbers first, behind room for the longest header.
  constexpr size_t kRoom = 3;
  const size_t half = raw.size() / 2;
  size_t end = PutInteger(raw.substr(0, half), out->data(), kRoom);
  end = PutInteger(raw.substr(half), out->data(), end);
  const size_t content = end - kRoom;

  size_t header = 0;
  (*out)[header++] = der::kSequence;
  if (content >= 0x80) (*out)[header++] = 0x81;
  (*out)[header++] = static_cast<uint8_t>(content);
  std::copy(out->begin() + kRoom, out->begin() + static_cast<ptrdiff_t>(end),
            out->begin() + static_cast<ptrdiff_t>(header));
  return header + content;
}

std::optional<std::string> EcdsaDerToRaw(absl::string_view der, size_t size) {
  der::Reader outer(der);
  const std::optional<absl::string_view> content = outer.Take(der::kSequence);
  if (!content.has_value() || !outer.done()) return std::nullopt;
  der::Reader reader(*content);
  std::string raw;
  for (int i = 0; i < 2; ++i) {
    const std::optional<absl::string_view> number = reader.TakeUnsigned();
    if (!number.has_value() || number->size() > size) return std::nullopt;
    raw.append(size - number->size(), '\0');
    raw.append(number->data(), number->size());
  }
  if (!reader.done()) return std::nullopt;
  return raw;
}

}  // namespace latchkey
