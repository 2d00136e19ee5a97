// Strict base64url without padding (RFC 7515 §2, RFC 4648 §5 and §3.5).
#ifndef LATCHKEY_CORE_BASE_BASE64URL_H_
#define LATCHKEY_CORE_BASE_BASE64URL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace latchkey {

// Base64UrlDecodedSize is the exact number of bytes that `encoded_size`
// characters hold; nullopt when no text has that length (size % 4 == 1).
std::optional<size_t> Base64UrlDecodedSize(size_t encoded_size);

// Base64UrlDecode writes the bytes of `text` to `out` and returns their number.
// nullopt when any character is outside the alphabet (padding, blanks, `+`, `/`
// and bytes >= 0x80 are), when trailing bits are not zero, when the length is
// impossible, or when `out` is too small; `out` may then hold anything. Each
// byte string has exactly one accepted text.
std::optional<size_t> Base64UrlDecode(absl::string_view text,
                                      absl::Span<uint8_t> out);
std::optional<std::string> Base64UrlDecode(absl::string_view text);

std::string Base64UrlEncode(absl::string_view bytes);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_BASE64URL_H_
