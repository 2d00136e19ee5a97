#include "core/base/random.h"

#include <sys/random.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdlib>
#include <limits>

#include "core/base/log.h"

namespace latchkey {
namespace {

// getrandom(2) every time: no state of ours, so nothing to do about forks.
class KernelRandom final : public Random {
 public:
  void Fill(absl::Span<uint8_t> out) override {
    while (!out.empty()) {
      const ssize_t got = ::getrandom(out.data(), out.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        Log(LogLevel::kError, "no_randomness", {{"errno", errno}});
        std::abort();
      }
      out.remove_prefix(static_cast<size_t>(got));
    }
  }
};

}  // namespace

Random* Random::SystemRandom() {
  static Random* const random = new KernelRandom;
  return random;
}

std::string Random::Bytes(size_t size) {
  std::string bytes(size, '\0');
  Fill(absl::MakeSpan(reinterpret_cast<uint8_t*>(bytes.data()), size));
  return bytes;
}

uint64_t Random::Uniform(uint64_t bound) {
  // Refuses the last, incomplete run of `bound` numbers, so that none is
  // likelier than another.
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  const uint64_t tail = (kMax % bound + 1) % bound;
  uint64_t number = 0;
  do {
    Fill(absl::MakeSpan(reinterpret_cast<uint8_t*>(&number), sizeof(number)));
  } while (number > kMax - tail);
  return number % bound;
}

}  // namespace latchkey
