// libsodium, initialised.
#ifndef LATCHKEY_CORE_CRYPTO_SODIUM_H_
#define LATCHKEY_CORE_CRYPTO_SODIUM_H_

#include <sodium.h>

namespace latchkey {

// SodiumReady initialises the library once; false when that fails.
inline bool SodiumReady() {
  static const bool ready = sodium_init() >= 0;
  return ready;
}

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_SODIUM_H_
