#include "core/crypto/scrypt.h"

#include <openssl/evp.h>

#include "core/crypto/openssl_error.h"

namespace latchkey {

std::optional<std::string> Scrypt(const Secret& password,
                                  absl::string_view salt,
                                  const ScryptParameters& parameters,
                                  size_t size) {
  // A bound for the library, which counts a little differently.
  const uint64_t max_memory = (parameters.memory_kib() + 1024) * 1024;
  const absl::string_view text = password.RevealSecret();
  std::string out(size, '\0');
  if (EVP_PBE_scrypt(text.data(), text.size(),
                     reinterpret_cast<const uint8_t*>(salt.data()), salt.size(),
                     uint64_t{1} << parameters.log_n, parameters.r,
                     parameters.p, max_memory,
                     reinterpret_cast<uint8_t*>(out.data()), out.size()) != 1) {
    ClearOpensslErrors();
    return std::nullopt;
  }
  return out;
}

}  // namespace latchkey
