// The argon2id function (RFC 9106).
#ifndef LATCHKEY_CORE_CRYPTO_ARGON2ID_H_
#define LATCHKEY_CORE_CRYPTO_ARGON2ID_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/secret.h"

namespace latchkey {

// Cost of one hash. Defaults are OWASP's (19 MiB, 2 passes).
struct Argon2idParameters {
  uint32_t memory_kib = 19456;  // 8 * parallelism .. 1'048'576
  uint32_t iterations = 2;      // 1 .. 16
  uint32_t parallelism = 1;     // 1 (own hashes); imported: .. 8

  friend bool operator==(const Argon2idParameters& a,
                         const Argon2idParameters& b) {
    return a.memory_kib == b.memory_kib && a.iterations == b.iterations &&
           a.parallelism == b.parallelism;
  }
};

// IsWithinLimits: the ranges above.
bool IsWithinLimits(const Argon2idParameters& parameters);

// Argon2id gives `size` bytes (16 .. 64) for a salt of 8 .. 64 bytes.
// Thread-safe. INTERNAL when the memory cannot be had.
absl::StatusOr<std::string> Argon2id(const Secret& password,
                                     absl::string_view salt,
                                     const Argon2idParameters& parameters,
                                     size_t size);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_ARGON2ID_H_
