// FakeRandom is a Random that gives the same bytes in every run. For tests.
#ifndef LATCHKEY_CORE_TESTING_FAKE_RANDOM_H_
#define LATCHKEY_CORE_TESTING_FAKE_RANDOM_H_

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "core/base/random.h"

namespace latchkey {

// Thread-safe. Two with the same seed give the same bytes for the same calls;
// not secure at all.
class FakeRandom final : public Random {
 public:
  explicit FakeRandom(uint64_t seed = 0) : state_(seed) {}

  void Fill(absl::Span<uint8_t> out) override {
    absl::MutexLock lock(&mu_);
    while (!out.empty()) {
      const uint64_t number = Next();
      for (int shift = 0; shift < 64 && !out.empty(); shift += 8) {
        out.front() = static_cast<uint8_t>(number >> shift);
        out.remove_prefix(1);
      }
    }
  }

 private:
  // SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
  // generators, 2014).
  uint64_t Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  absl::Mutex mu_;
  uint64_t state_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_TESTING_FAKE_RANDOM_H_
