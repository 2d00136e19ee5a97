// Password hashes that other systems made: verified, never made here. After
// the first right password ours takes the place of one.
#ifndef LATCHKEY_CORE_CRYPTO_FOREIGN_HASH_H_
#define LATCHKEY_CORE_CRYPTO_FOREIGN_HASH_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/secret.h"

namespace latchkey {

// ForeignHash is one hash with its parameters. Immutable; thread-safe.
class ForeignHash {
 public:
  virtual ~ForeignHash() = default;
  // memory_kib is what Matches takes, rounded up; 0 where it is next to none.
  virtual uint64_t memory_kib() const = 0;
  // Matches does the work of one hash, at most a few seconds (see
  // ParseForeignHash), and compares in constant time.
  virtual bool Matches(const Secret& password) const = 0;
  // Text is the one form in which the hash is stored; ParseForeignHash reads
  // it.
  virtual std::string Text() const = 0;
};

// ParseForeignHash reads, by how the text begins,
//   $2a$ $2b$ $2x$ $2y$   bcrypt, cost 4-15
//   $1$ $5$ $6$           crypt(3) with MD5, SHA-256, SHA-512; rounds at most
//                         1,000,000
//   $y$ $7$               yescrypt and scrypt of crypt(3)
//   $scrypt$              scrypt, as a PHC string or with N in place of log2 N
//   $pbkdf2-... pbkdf2_   PBKDF2 with SHA-1, SHA-256, SHA-512; at most
//                         10,000,000 iterations over all blocks of the hash;
//                         also Django's form
//   $argon2i$ $argon2d$   m at most 1 GiB, t 16, p 8 (argon2id.h)
//   $fbscrypt$            Firebase's scrypt with its project's signer key
// Any scrypt: N at most 2^17, r 8 (yescrypt: N * r at most 2^20), p 10.
//
// INVALID_REQUEST (`password_hash`) naming the limit or the kind of mistake,
// never the text, for anything else.
absl::StatusOr<std::unique_ptr<const ForeignHash>> ParseForeignHash(
    absl::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_FOREIGN_HASH_H_
