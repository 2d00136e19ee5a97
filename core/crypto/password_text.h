// What may stand where a password hash is stored.
#ifndef LATCHKEY_CORE_CRYPTO_PASSWORD_TEXT_H_
#define LATCHKEY_CORE_CRYPTO_PASSWORD_TEXT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace latchkey {

// kNoPassword is stored for an address that nobody has set a password for: no
// password matches it, and a check of it costs what any other does. A reset by
// mail replaces it.
inline constexpr absl::string_view kNoPassword = "!";

// CanonicalPasswordHash checks a hash that another system (or another latchkey)
// made and gives the text to store: an argon2id PHC string, or one of
// foreign_hash.h. `max_memory_kib` is what one check may take.
// INVALID_REQUEST (`password_hash`) naming the limit, never the text.
absl::StatusOr<std::string> CanonicalPasswordHash(absl::string_view text,
                                                  uint64_t max_memory_kib);

// PasswordHashMemoryKib is what PasswordHasher::Verify of a stored text takes
// beside nothing; 0 for texts that no password matches.
uint64_t PasswordHashMemoryKib(absl::string_view stored);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_PASSWORD_TEXT_H_
