#include "core/session/revocations.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>

#include "core/base/base64url.h"
#include "core/base/snapshot.h"

namespace latchkey {
namespace {

// The 128 bits of a session id. All of them are kept, so that no session is
// taken for another one.
struct SessionBits {
  uint64_t high = 0;
  uint64_t low = 0;
};

std::optional<SessionBits> ParseSessionBits(absl::string_view session_id) {
  std::array<uint8_t, 16> bytes;
  const std::optional<size_t> size =
      Base64UrlDecode(session_id, absl::MakeSpan(bytes));
  if (size != bytes.size()) return std::nullopt;
  SessionBits bits;
  std::memcpy(&bits.high, bytes.data(), sizeof(bits.high));
  std::memcpy(&bits.low, bytes.data() + 8, sizeof(bits.low));
  // A slot with high == 0 is free.
  if (bits.high == 0) bits.high = 1;
  return bits;
}

constexpr size_t kSmallestTable = 64;

// Table is an insert-only open addressing table, at most half full. One writer
// at a time; readers need no lock: a slot's `high` is published after `low`.
// The ids are random, so they are their own hash.
class Table {
 public:
  explicit Table(size_t slots) : slots_(slots) {}

  bool Contains(SessionBits bits) const { return Find(bits).found; }

  // Insert returns false when the table must grow first.
  bool Insert(SessionBits bits) {
    const Place place = Find(bits);
    if (place.found) return true;
    if (2 * (size_ + 1) > slots_.size()) return false;
    Slot& slot = slots_[place.index];
    slot.low.store(bits.low, std::memory_order_relaxed);
    slot.high.store(bits.high, std::memory_order_release);
    ++size_;
    return true;
  }

  // Grown is a table of twice the size with the same content.
  std::shared_ptr<Table> Grown() const {
    auto grown = std::make_shared<Table>(2 * slots_.size());
    for (const Slot& slot : slots_) {
      const uint64_t high = slot.high.load(std::memory_order_relaxed);
      if (high == 0) continue;
      grown->Insert({high, slot.low.load(std::memory_order_relaxed)});
    }
    return grown;
  }

  // For the writer.
  size_t size() const { return size_; }

 private:
  struct Slot {
    std::atomic<uint64_t> high{0};
    std::atomic<uint64_t> low{0};
  };
  struct Place {
    size_t index;
    bool found;
  };

  // Find gives the slot of `bits`, or the free one where they belong.
  Place Find(SessionBits bits) const {
    const size_t mask = slots_.size() - 1;
    for (size_t i = bits.low & mask;; i = (i + 1) & mask) {
      const uint64_t high = slots_[i].high.load(std::memory_order_acquire);
      if (high == 0) return {i, false};
      if (high == bits.high &&
          slots_[i].low.load(std::memory_order_relaxed) == bits.low) {
        return {i, true};
      }
    }
  }

  std::vector<Slot> slots_;  // a power of two
  size_t size_ = 0;
};

// Generations: everything added in the last `keep` is in one of the two.
struct Generations {
  std::shared_ptr<Table> current;
  std::shared_ptr<const Table> previous;
};

std::shared_ptr<Table> NewTable() {
  return std::make_shared<Table>(kSmallestTable);
}

}  // namespace

struct Revocations::Impl {
  explicit Impl(absl::Duration keep_for)
      : keep(keep_for),
        published(
            std::make_shared<Generations>(Generations{current, previous})) {}

  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    published.Set(
        std::make_shared<Generations>(Generations{current, previous}));
  }

  // A generation ends after `keep`: what is in `previous` was then added
  // longer ago than that.
  void Rotate(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    if (now - started < keep) return;
    started = now;
    previous = std::move(current);
    current = NewTable();
    Publish();
  }

  const absl::Duration keep;
  mutable absl::Mutex mu;  // of the writers
  absl::Time started ABSL_GUARDED_BY(mu) = absl::InfinitePast();
  std::shared_ptr<Table> current ABSL_GUARDED_BY(mu) = NewTable();
  std::shared_ptr<const Table> previous ABSL_GUARDED_BY(mu) = NewTable();
  Snapshot<Generations> published;
};

Revocations::Revocations(absl::Duration keep)
    : impl_(std::make_unique<Impl>(keep)) {}

Revocations::~Revocations() = default;

bool Revocations::IsRevoked(absl::string_view session_id) const {
  const std::optional<SessionBits> bits = ParseSessionBits(session_id);
  if (!bits) return true;
  const Generations& tables = impl_->published.Get();
  return tables.current->Contains(*bits) || tables.previous->Contains(*bits);
}

void Revocations::Add(const SessionId& session, absl::Time now) {
  const std::optional<SessionBits> bits = ParseSessionBits(session.value());
  if (!bits) return;
  absl::MutexLock lock(&impl_->mu);
  impl_->Rotate(now);
  if (impl_->current->Insert(*bits)) return;
  impl_->current = impl_->current->Grown();
  impl_->current->Insert(*bits);
  impl_->Publish();
}

size_t Revocations::size() const {
  absl::MutexLock lock(&impl_->mu);
  return impl_->current->size() + impl_->previous->size();
}

}  // namespace latchkey
