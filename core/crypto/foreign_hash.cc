#include "core/crypto/foreign_hash.h"

#include "absl/strings/match.h"
#include "core/crypto/foreign_hash_families.h"
#include "core/crypto/hash_text.h"

namespace latchkey {
namespace {

constexpr size_t kMaxBytes = 1024;

struct Family {
  absl::string_view prefix;
  ForeignHashOr (*parse)(absl::string_view text);
};

constexpr Family kFamilies[] = {
    {"$2", ParseCryptHash},
    {"$1$", ParseCryptHash},
    {"$5$", ParseCryptHash},
    {"$6$", ParseCryptHash},
    {"$y$", ParseCryptHash},
    {"$7$", ParseCryptHash},
    {"$scrypt$", ParseScryptHash},
    {"$pbkdf2", ParsePbkdf2Hash},
    {"pbkdf2_", ParsePbkdf2Hash},
    {"$argon2", ParseArgon2Hash},
    {"$fbscrypt$", ParseFirebaseHash},
};

bool IsPrintable(absl::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

}  // namespace

ForeignHashOr ParseForeignHash(absl::string_view text) {
  if (text.size() > kMaxBytes) return BadHash("at most 1024 bytes");
  if (!IsPrintable(text)) return BadHash("printable ASCII without blanks");
  for (const Family& family : kFamilies) {
    if (absl::StartsWith(text, family.prefix)) return family.parse(text);
  }
  return BadHash("not a kind of hash that is known here");
}

}  // namespace latchkey
