// The little DER (X.690) that public keys and ECDSA signatures need.
#ifndef LATCHKEY_CORE_CRYPTO_DER_H_
#define LATCHKEY_CORE_CRYPTO_DER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace latchkey::der {

inline constexpr uint8_t kInteger = 0x02;
inline constexpr uint8_t kBitString = 0x03;
inline constexpr uint8_t kNull = 0x05;
inline constexpr uint8_t kObjectIdentifier = 0x06;
inline constexpr uint8_t kSequence = 0x30;

// Element writes tag, length and content.
std::string Element(uint8_t tag, absl::string_view content);
// UnsignedInteger writes big-endian bytes as a non-negative INTEGER.
std::string UnsignedInteger(absl::string_view big_endian);

// Reader walks over the elements of one content. Only definite, minimal
// lengths below 64 KiB and one-byte tags are read.
class Reader {
 public:
  explicit Reader(absl::string_view text) : rest_(text) {}

  // Take gives the content of the next element; nullopt when its tag is
  // another or it does not fit.
  std::optional<absl::string_view> Take(uint8_t tag);
  // TakeUnsigned gives a non-negative INTEGER without its leading zero; empty
  // for zero. nullopt when negative or not minimal.
  std::optional<absl::string_view> TakeUnsigned();
  bool done() const { return rest_.empty(); }

 private:
  absl::string_view rest_;
};

}  // namespace latchkey::der

#endif  // LATCHKEY_CORE_CRYPTO_DER_H_
