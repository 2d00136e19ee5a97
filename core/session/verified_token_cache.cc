#include "core/session/verified_token_cache.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "core/session/principal_codec.h"

namespace latchkey {
namespace {

// The tags of a set are as long as a cache line.
constexpr size_t kWays = 8;
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

uint64_t* Zeroed(size_t words) {
  // calloc takes so much straight from the kernel, as pages that exist only
  // once they are written.
  void* memory = std::calloc(words, kWord);
  if (memory == nullptr) std::abort();
  return static_cast<uint64_t*>(memory);
}

size_t SetsFor(size_t entries) {
  size_t sets = 1;
  while (sets * kWays < entries) sets *= 2;
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

void VerifiedTokenCache::Free::operator()(uint64_t* words) const {
  std::free(words);
}

VerifiedTokenCache::VerifiedTokenCache(size_t entries, Random* random)
    : sets_(SetsFor(entries)),
      tags_(Zeroed(sets_ * kWays)),
      slots_(Zeroed(sets_ * kWays * kSlotWords)) {
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
  return hash == 0 ? 1 : hash;
}

VerifiedTokenCache::Slot VerifiedTokenCache::SlotAt(size_t index) const {
  return Slot(slots_.get() + index * kSlotWords);
}

bool VerifiedTokenCache::Find(absl::string_view token, uint64_t generation,
                              Principal* out, absl::Time* not_before) const {
  if (token.empty() || token.size() > kMaxTokenBytes) return false;
  const uint64_t tag = Hash(token);
  const size_t first = (tag & (sets_ - 1)) * kWays;
  for (size_t index = first; index < first + kWays; ++index) {
    if (std::atomic_ref<uint64_t>(tags_[index])
            .load(std::memory_order_relaxed) != tag) {
      continue;
    }
    if (SlotAt(index).Read(token, generation, out, not_before)) return true;
  }
  return false;
}

size_t VerifiedTokenCache::Victim(size_t set, uint64_t tag) const {
  const size_t first = set * kWays;
  size_t free = first + kWays;
  size_t soonest = first;
  for (size_t index = first; index < first + kWays; ++index) {
    const uint64_t there =
        std::atomic_ref<uint64_t>(tags_[index]).load(std::memory_order_relaxed);
    if (there == tag) return index;
    if (there == 0) free = index;
    if (SlotAt(index).LoadTime(kExpiresAt) <
        SlotAt(soonest).LoadTime(kExpiresAt)) {
      soonest = index;
    }
  }
  return free < first + kWays ? free : soonest;
}

void VerifiedTokenCache::Insert(absl::string_view token, uint64_t generation,
                                const Principal& principal,
                                absl::Time not_before) {
  if (token.empty() || token.size() > kMaxTokenBytes) return;
  std::array<char, kMaxPrincipalBytes> encoded;
  const std::optional<size_t> size =
      EncodePrincipal(principal, absl::MakeSpan(encoded));
  if (!size) return;

  const uint64_t tag = Hash(token);
  const size_t index = Victim(tag & (sets_ - 1), tag);
  Slot slot = SlotAt(index);
  if (!slot.Lock()) return;
  slot.Store(kGeneration, generation);
  slot.StoreTime(kIssuedAt, principal.issued_at);
  slot.StoreTime(kExpiresAt, principal.expires_at);
  slot.StoreTime(kNotBefore, not_before);
  slot.StoreBytes(kTokenSize, kToken, token);
  slot.StoreBytes(kPrincipalSize, kPrincipal, {encoded.data(), *size});
  slot.Unlock();
  std::atomic_ref<uint64_t>(tags_[index]).store(tag, std::memory_order_relaxed);
}

}  // namespace latchkey
