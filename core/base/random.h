// Random is the only source of randomness.
#ifndef LATCHKEY_CORE_BASE_RANDOM_H_
#define LATCHKEY_CORE_BASE_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/types/span.h"

namespace latchkey {

// Random gives cryptographically secure bytes; aborts the process rather than
// fail. Implementations are thread-safe and fork-safe.
class Random {
 public:
  virtual ~Random() = default;

  // SystemRandom reads the operating system's generator; lives for ever.
  static Random* SystemRandom();

  virtual void Fill(absl::Span<uint8_t> out) = 0;

  // Bytes returns `size` random bytes.
  std::string Bytes(size_t size);
  // Uniform returns a number in [0, bound); bound > 0. Not for key material.
  uint64_t Uniform(uint64_t bound);
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_RANDOM_H_
