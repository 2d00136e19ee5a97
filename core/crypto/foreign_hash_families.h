// One parser a family of foreign hashes, a file each. Private to core/crypto;
// what they accept and refuse: foreign_hash.h.
#ifndef LATCHKEY_CORE_CRYPTO_FOREIGN_HASH_FAMILIES_H_
#define LATCHKEY_CORE_CRYPTO_FOREIGN_HASH_FAMILIES_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/crypto/foreign_hash.h"

namespace latchkey {

using ForeignHashOr = absl::StatusOr<std::unique_ptr<const ForeignHash>>;

ForeignHashOr ParseCryptHash(absl::string_view text);
ForeignHashOr ParsePbkdf2Hash(absl::string_view text);
ForeignHashOr ParseScryptHash(absl::string_view text);
ForeignHashOr ParseFirebaseHash(absl::string_view text);
ForeignHashOr ParseArgon2Hash(absl::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_FOREIGN_HASH_FAMILIES_H_
