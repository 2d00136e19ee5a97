// VerifiedTokenCache remembers tokens whose signature and claims hold.
#ifndef LATCHKEY_CORE_SESSION_VERIFIED_TOKEN_CACHE_H_
#define LATCHKEY_CORE_SESSION_VERIFIED_TOKEN_CACHE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/session/principal.h"

namespace latchkey {

// VerifiedTokenCache is a fixed array of slots for the whole process, eight to
// a set, so that sets seldom overflow before the array is half full. Find takes
// no lock and does not allocate. A token is found by a seeded
// hash of its whole text and then by that text itself, so no other token can
// ever stand for it (jwt-attacks 164). Insert only what was verified or what we
// have just signed; it never waits, and gives up when another thread writes the
// same slot. Memory is not touched before it is used: slots are given out in
// order, one to each place of a set when a token first takes it, and those
// after the first 2 MiB lie on huge pages where the kernel has them, because
// tokens all over the memory cost more in page tables than in reading.
// Thread-safe.
//
// What may have changed since, the caller checks on every hit: expiry,
// audience, revocation.
class VerifiedTokenCache final {
 public:
  // Longer tokens and larger principals are not remembered.
  static constexpr size_t kMaxTokenBytes = 1024;
  static constexpr size_t kMaxPrincipalBytes = 512;

  // `entries` is rounded up to a power of two, at least 8 and at most 2^23.
  VerifiedTokenCache(size_t entries, Random* random);
  ~VerifiedTokenCache();
  VerifiedTokenCache(const VerifiedTokenCache&) = delete;
  VerifiedTokenCache& operator=(const VerifiedTokenCache&) = delete;

  // Find fills *out and *not_before when `token` was inserted under that same
  // generation of the key set. *out is untouched otherwise.
  bool Find(absl::string_view token, uint64_t generation, Principal* out,
            absl::Time* not_before) const;

  // Insert remembers the token in place of the one of its set that expires
  // first. Times are kept to the microsecond.
  void Insert(absl::string_view token, uint64_t generation,
              const Principal& principal, absl::Time not_before);

 private:
  class Slot;
  // Pages is zeroed memory of its own, straight from the kernel.
  class Pages;

  uint64_t Hash(absl::string_view token) const;
  Slot SlotAt(size_t number) const;  // from 1
  uint64_t LoadPlace(size_t place) const;
  void StorePlace(size_t place, uint64_t word);
  // ChoosePlace finds the place of the token's set that Insert may take, with
  // a slot of its own; kNoPlace when another thread is just taking it.
  size_t ChoosePlace(uint64_t hash);

  const size_t sets_;  // a power of two
  std::array<uint64_t, 3> seed_;
  // One word a place: most of its token's hash, only a hint, and its slot.
  std::unique_ptr<Pages> places_;
  std::unique_ptr<Pages> slots_;
  std::atomic<size_t> slots_given_{0};
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_SESSION_VERIFIED_TOKEN_CACHE_H_
