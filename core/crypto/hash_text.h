// The parts of password hash texts. Private to core/crypto.
#ifndef LATCHKEY_CORE_CRYPTO_HASH_TEXT_H_
#define LATCHKEY_CORE_CRYPTO_HASH_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace latchkey {

// BadHash is INVALID_REQUEST (`password_hash`): `rule` says what is wanted.
absl::Status BadHash(absl::string_view rule);

// DecodeHashBase64 reads base64 in any of its forms: RFC 4648 §4 and §5 and
// passlib's ("." for "+"), with padding or without. nullopt for anything else.
std::optional<std::string> DecodeHashBase64(absl::string_view text);

// EncodeHashBase64 writes RFC 4648 §4 without padding, as PHC strings have it.
std::string EncodeHashBase64(absl::string_view bytes);

// ReadNumber reads `prefix` and a decimal number in its one form.
std::optional<uint32_t> ReadNumber(absl::string_view prefix,
                                   absl::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_HASH_TEXT_H_
