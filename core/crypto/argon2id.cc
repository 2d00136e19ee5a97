#include "core/crypto/argon2id.h"

#include <argon2.h>

#include "core/base/reason.h"
#include "core/crypto/sodium.h"

namespace latchkey {
namespace {

constexpr uint32_t kMaxMemoryKib = 1024 * 1024;
constexpr uint32_t kMaxIterations = 16;
constexpr uint32_t kMaxParallelism = 8;
constexpr uint32_t kMinMemoryKibPerLane = 8;

// libsodium is half as fast again as Debian's libargon2, but knows one lane and
// one length of salt only.
bool SodiumCan(absl::string_view salt, const Argon2idParameters& parameters) {
  return parameters.parallelism == 1 && salt.size() == crypto_pwhash_SALTBYTES;
}

}  // namespace

bool IsWithinLimits(const Argon2idParameters& parameters) {
  return parameters.iterations >= 1 &&
         parameters.iterations <= kMaxIterations &&
         parameters.parallelism >= 1 &&
         parameters.parallelism <= kMaxParallelism &&
         parameters.memory_kib >=
             kMinMemoryKibPerLane * parameters.parallelism &&
         parameters.memory_kib <= kMaxMemoryKib;
}

absl::StatusOr<std::string> Argon2id(const Secret& password,
                                     absl::string_view salt,
                                     const Argon2idParameters& parameters,
                                     size_t size) {
  if (!SodiumReady()) return Error(Reason::kInternal, "libsodium");
  std::string out(size, '\0');
  const absl::string_view text = password.RevealSecret();
  int result = 0;
  if (SodiumCan(salt, parameters)) {
    result = crypto_pwhash(
        reinterpret_cast<uint8_t*>(out.data()), out.size(), text.data(),
        text.size(), reinterpret_cast<const uint8_t*>(salt.data()),
        parameters.iterations, size_t{parameters.memory_kib} * 1024,
        crypto_pwhash_ALG_ARGON2ID13);
  } else {
    result =
        argon2id_hash_raw(parameters.iterations, parameters.memory_kib,
                          parameters.parallelism, text.data(), text.size(),
                          salt.data(), salt.size(), out.data(), out.size());
  }
  if (result != 0) return Error(Reason::kInternal, "argon2id has no memory");
  return out;
}

}  // namespace latchkey
