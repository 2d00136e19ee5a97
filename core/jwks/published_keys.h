// What readers of the cache see without a lock.
#ifndef LATCHKEY_CORE_JWKS_PUBLISHED_KEYS_H_
#define LATCHKEY_CORE_JWKS_PUBLISHED_KEYS_H_

#include <cstdint>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "core/jwt/key_table.h"

namespace latchkey {

// PublishedKeys holds the sets of all sources by source number. One Snapshot
// for all, because Snapshot keeps one slot per type and thread: with one for
// each source, a thread that alternates would take the lock every time.
struct PublishedKeys {
  struct Entry {
    std::shared_ptr<const KeyTable> table;
    absl::Time usable_until;
  };
  absl::flat_hash_map<uint64_t, Entry> by_source;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_PUBLISHED_KEYS_H_
