#include "core/session/verified_token_cache.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "core/session/principal_codec.h"

namespace latchkey {
namespace {

// The places of a set are as long as a cache line.
constexpr size_t kWays = 8;
constexpr size_t kMaxEntries = size_t{1} << 23;
constexpr size_t kWord = sizeof(uint64_t);

// The words of a slot. The first is its sequence: odd while a thread writes.
enum SlotWord : size_t {
  kSequence,
  kGeneration,
  kTokenSize,
  kPrincipalSize,
  kIssuedAt,  // the times in microseconds since 1970
  kExpiresAt,
  kNotBefore,
  kToken,
  kPrincipal = kToken + VerifiedTokenCache::kMaxTokenBytes / kWord,
  kSlotWords = kPrincipal + VerifiedTokenCache::kMaxPrincipalBytes / kWord
};

constexpr size_t kUsualPrincipalWords = 16;

constexpr size_t WordsFor(size_t bytes) { return (bytes + kWord - 1) / kWord; }

// WordOf gives the bytes of `text` from word `i` on, zeros after its end.
uint64_t WordOf(absl::string_view text, size_t i) {
  const size_t from = i * kWord;
  uint64_t word = 0;
  if (text.size() - from >= kWord) {
    std::memcpy(&word, text.data() + from, kWord);  // one load
  } else {
    std::memcpy(&word, text.data() + from, text.size() - from);
  }
  return word;
}

uint64_t Fold(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// A place's word: the number of its slot, counted from 1, under the upper bits
// of its token's hash. 0: free. No slot yet: somebody is just taking the place.
constexpr uint64_t kSlotMask = (uint64_t{1} << 24) - 1;
constexpr size_t kNoPlace = ~size_t{0};

size_t SlotNumber(uint64_t place) { return place & kSlotMask; }
uint64_t HashPart(uint64_t word) { return word & ~kSlotMask; }

size_t SetsFor(size_t entries) {
  size_t sets = 1;
  while (sets * kWays < std::min(entries, kMaxEntries)) sets *= 2;
  return sets;
}

}  // namespace

// Slot is a sequence lock over plain words that are only touched atomically.
// A reader's loads are acquire and a writer's stores are release, so a reader
// that saw any word of a later write also sees that write's odd sequence when
// it looks again (no fences: ThreadSanitizer does not know them).
class VerifiedTokenCache::Slot {
 public:
  explicit Slot(uint64_t* words) : words_(words) {}

  bool Read(absl::string_view token, uint64_t generation, Principal* out,
            absl::Time* not_before) const {
    Prefetch(0, kToken + WordsFor(token.size()));
    Prefetch(kPrincipal, kUsualPrincipalWords);
    const uint64_t sequence = Load(kSequence);
    if (sequence % 2 != 0 || Load(kGeneration) != generation ||
        !HoldsToken(token)) {
      return false;
    }
    const size_t size = Load(kPrincipalSize);
    if (size > kMaxPrincipalBytes) return false;
    std::array<uint64_t, kMaxPrincipalBytes / kWord> principal;
    for (size_t i = 0; i < WordsFor(size); ++i) {
      principal[i] = Load(kPrincipal + i);
    }
    const absl::Time issued_at = LoadTime(kIssuedAt);
    const absl::Time expires_at = LoadTime(kExpiresAt);
    const absl::Time bound = LoadTime(kNotBefore);
    // Only now is it sure that all of these are of one write.
    if (Load(kSequence) != sequence) return false;
    DecodePrincipal({reinterpret_cast<const char*>(principal.data()), size},
                    out);
    out->issued_at = issued_at;
    out->expires_at = expires_at;
    *not_before = bound;
    return true;
  }

  uint64_t Load(size_t word) const {
    return std::atomic_ref<uint64_t>(words_[word])
        .load(std::memory_order_acquire);
  }
  void Store(size_t word, uint64_t value) {
    std::atomic_ref<uint64_t>(words_[word])
        .store(value, std::memory_order_release);
  }

  // Lock returns false when another thread has it.
  bool Lock() {
    uint64_t sequence = Load(kSequence);
    return sequence % 2 == 0 &&
           std::atomic_ref<uint64_t>(words_[kSequence])
               .compare_exchange_strong(sequence, sequence + 1,
                                        std::memory_order_acq_rel);
  }
  void Unlock() { Store(kSequence, Load(kSequence) + 1); }

  void StoreBytes(size_t size_word, size_t word, absl::string_view bytes) {
    Store(size_word, bytes.size());
    const size_t words = WordsFor(bytes.size());
    for (size_t i = 0; i < words; ++i) Store(word + i, WordOf(bytes, i));
  }

  absl::Time LoadTime(size_t word) const {
    return absl::FromUnixMicros(static_cast<int64_t>(Load(word)));
  }
  void StoreTime(size_t word, absl::Time time) {
    Store(word, static_cast<uint64_t>(absl::ToUnixMicros(time)));
  }

 private:
  // With many tokens each line of a slot comes from memory: together, then.
  void Prefetch(size_t word, size_t count) const {
    constexpr size_t kLine = 8;  // words
    for (size_t i = 0; i < count; i += kLine) {
      __builtin_prefetch(words_ + word + i);
    }
  }

  // Stops at the first difference: whoever gets here with another text has
  // found a token of the same seeded 64-bit hash, so the time tells nothing.
  bool HoldsToken(absl::string_view token) const {
    if (Load(kTokenSize) != token.size()) return false;
    const size_t words = WordsFor(token.size());
    for (size_t i = 0; i < words; ++i) {
      if (Load(kToken + i) != WordOf(token, i)) return false;
    }
    return true;
  }

  uint64_t* const words_;
};

class VerifiedTokenCache::Pages {
 public:
  explicit Pages(size_t words) : bytes_(words * kWord + kHugePage) {
    memory_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory_ == MAP_FAILED) std::abort();
    const size_t off = reinterpret_cast<uintptr_t>(memory_) % kHugePage;
    char* const start =
        static_cast<char*>(memory_) + (off == 0 ? 0 : kHugePage - off);
    words_ = reinterpret_cast<uint64_t*>(start);
    // The first one's worth stays on small pages: a service with few users
    // stays small. A kernel that has no huge pages says no, and all is well.
    if (words * kWord > kHugePage) {
      madvise(start + kHugePage, words * kWord - kHugePage, MADV_HUGEPAGE);
    }
  }
  ~Pages() { munmap(memory_, bytes_); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  uint64_t* words() const { return words_; }

 private:
  static constexpr size_t kHugePage = size_t{2} << 20;

  const size_t bytes_;
  void* memory_;
  uint64_t* words_;  // in memory_, where a huge page may begin
};

VerifiedTokenCache::VerifiedTokenCache(size_t entries, Random* random)
    : sets_(SetsFor(entries)),
      places_(std::make_unique<Pages>(sets_ * kWays)),
      slots_(std::make_unique<Pages>(sets_ * kWays * kSlotWords)) {
  random->Fill(
      absl::MakeSpan(reinterpret_cast<uint8_t*>(seed_.data()), sizeof(seed_)));
}

VerifiedTokenCache::~VerifiedTokenCache() = default;

// The hash only spreads tokens over sets; that it is seeded keeps anybody from
// aiming at one set. A match is decided by the text.
uint64_t VerifiedTokenCache::Hash(absl::string_view token) const {
  uint64_t hash = seed_[0] ^ token.size();
  const size_t words = WordsFor(token.size());
  for (size_t i = 0; i < words; i += 2) {
    const uint64_t second = i + 1 < words ? WordOf(token, i + 1) : 0;
    hash = Fold(WordOf(token, i) ^ seed_[1], second ^ hash);
  }
  hash = Fold(hash ^ seed_[2], seed_[0]);
  // A place whose word is 0 is free.
  return HashPart(hash) == 0 ? hash | (kSlotMask + 1) : hash;
}

VerifiedTokenCache::Slot VerifiedTokenCache::SlotAt(size_t number) const {
  return Slot(slots_->words() + (number - 1) * kSlotWords);
}

uint64_t VerifiedTokenCache::LoadPlace(size_t place) const {
  return std::atomic_ref<uint64_t>(places_->words()[place])
      .load(std::memory_order_acquire);
}

void VerifiedTokenCache::StorePlace(size_t place, uint64_t word) {
  std::atomic_ref<uint64_t>(places_->words()[place])
      .store(word, std::memory_order_release);
}

bool VerifiedTokenCache::Find(absl::string_view token, uint64_t generation,
                              Principal* out, absl::Time* not_before) const {
  if (token.empty() || token.size() > kMaxTokenBytes) return false;
  const uint64_t hash = Hash(token);
  const size_t first = (hash & (sets_ - 1)) * kWays;
  for (size_t place = first; place < first + kWays; ++place) {
    const uint64_t word = LoadPlace(place);
    if (HashPart(word) != HashPart(hash) || SlotNumber(word) == 0) continue;
    if (SlotAt(SlotNumber(word)).Read(token, generation, out, not_before)) {
      return true;
    }
  }
  return false;
}

// A place that this token had before, else a free one, else the one whose token
// expires first.
size_t VerifiedTokenCache::ChoosePlace(uint64_t hash) {
  const size_t first = (hash & (sets_ - 1)) * kWays;
  size_t free = kNoPlace;
  size_t soonest = kNoPlace;
  absl::Time soonest_expiry = absl::InfiniteFuture();
  for (size_t place = first; place < first + kWays; ++place) {
    const uint64_t word = LoadPlace(place);
    if (word == 0) {
      free = place;
      continue;
    }
    if (SlotNumber(word) == 0) continue;
    if (HashPart(word) == HashPart(hash)) return place;
    const absl::Time expiry = SlotAt(SlotNumber(word)).LoadTime(kExpiresAt);
    if (soonest == kNoPlace || expiry < soonest_expiry) {
      soonest = place;
      soonest_expiry = expiry;
    }
  }
  if (free == kNoPlace) return soonest;
  uint64_t expected = 0;
  if (!std::atomic_ref<uint64_t>(places_->words()[free])
           .compare_exchange_strong(expected, HashPart(hash),
                                    std::memory_order_acq_rel)) {
    return kNoPlace;
  }
  // There are as many slots as places, and each place asks once.
  StorePlace(free, HashPart(hash) | (slots_given_.fetch_add(1) + 1));
  return free;
}

void VerifiedTokenCache::Insert(absl::string_view token, uint64_t generation,
                                const Principal& principal,
                                absl::Time not_before) {
  if (token.empty() || token.size() > kMaxTokenBytes) return;
  std::array<char, kMaxPrincipalBytes> encoded;
  const std::optional<size_t> size =
      EncodePrincipal(principal, absl::MakeSpan(encoded));
  if (!size) return;

  const uint64_t hash = Hash(token);
  const size_t place = ChoosePlace(hash);
  if (place == kNoPlace) return;
  const size_t number = SlotNumber(LoadPlace(place));
  Slot slot = SlotAt(number);
  if (!slot.Lock()) return;
  slot.Store(kGeneration, generation);
  slot.StoreTime(kIssuedAt, principal.issued_at);
  slot.StoreTime(kExpiresAt, principal.expires_at);
  slot.StoreTime(kNotBefore, not_before);
  slot.StoreBytes(kTokenSize, kToken, token);
  slot.StoreBytes(kPrincipalSize, kPrincipal, {encoded.data(), *size});
  slot.Unlock();
  StorePlace(place, HashPart(hash) | number);
}

}  // namespace latchkey
