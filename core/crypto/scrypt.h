// The scrypt function (RFC 7914). Private to core/crypto.
#ifndef LATCHKEY_CORE_CRYPTO_SCRYPT_H_
#define LATCHKEY_CORE_CRYPTO_SCRYPT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "core/base/secret.h"

namespace latchkey {

struct ScryptParameters {
  uint32_t log_n = 14;  // 1 .. 17
  uint32_t r = 8;       // 1 .. 8
  uint32_t p = 1;       // 1 .. 10

  bool within_limits() const {
    return log_n >= 1 && log_n <= 17 && r >= 1 && r <= 8 && p >= 1 && p <= 10;
  }
  // What Scrypt takes, rounded up.
  uint64_t memory_kib() const {
    return ((uint64_t{1} << log_n) + p + 2) * r * 128 / 1024 + 1;
  }
};

// Scrypt gives `size` bytes; nullopt when the memory cannot be had.
// Thread-safe; `parameters` are within their limits.
std::optional<std::string> Scrypt(const Secret& password,
                                  absl::string_view salt,
                                  const ScryptParameters& parameters,
                                  size_t size);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_SCRYPT_H_
