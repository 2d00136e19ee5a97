// PHC strings of argon2id:
// $argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash>, base64 of RFC 4648
// §4 without padding. Private to core/crypto.
#ifndef LATCHKEY_CORE_CRYPTO_PHC_H_
#define LATCHKEY_CORE_CRYPTO_PHC_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "core/crypto/argon2id.h"

namespace latchkey {

struct PhcHash {
  Argon2idParameters parameters;
  std::string salt;  // 8 .. 64 bytes
  std::string hash;  // 16 .. 64 bytes
};

std::string WritePhc(const PhcHash& phc);

// ParsePhc reads exactly what WritePhc writes; nullopt for anything else, and
// for parameters outside argon2id.h's limits, so that a tampered string cannot
// ask for more work.
std::optional<PhcHash> ParsePhc(absl::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_PHC_H_
