// What readers of outbound credentials see without a lock.
#ifndef LATCHKEY_CORE_OUTBOUND_PUBLISHED_TOKENS_H_
#define LATCHKEY_CORE_OUTBOUND_PUBLISHED_TOKENS_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "core/outbound/outbound_token.h"

namespace latchkey {

// PublishedTokens holds the tokens of all credentials by name. Tokens, but no
// secrets of clients and no keys: a thread that is idle may keep an old one of
// these for long.
struct PublishedTokens {
  struct Entry {
    std::vector<std::string> allowed_callers;    // empty: everybody
    std::shared_ptr<const OutboundToken> token;  // may be null
    absl::Time usable_until;
    absl::Time refresh_at;
    std::shared_ptr<std::atomic<bool>> used;
  };
  absl::flat_hash_map<std::string, Entry> by_name;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_OUTBOUND_PUBLISHED_TOKENS_H_
