// What a new set of keys changes.
#ifndef LATCHKEY_CORE_JWKS_KEY_CHANGES_H_
#define LATCHKEY_CORE_JWKS_KEY_CHANGES_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "core/crypto/public_key.h"

namespace latchkey {

// KeyChanges names kids, each once, in alphabetical order.
struct KeyChanges {
  std::vector<std::string> added;
  std::vector<std::string> removed;
  // Same kid, other keys: a careless rotation, or somebody else's key.
  std::vector<std::string> replaced;

  bool any() const {
    return !added.empty() || !removed.empty() || !replaced.empty();
  }
};

// SharedKids names the kids that several keys of one algorithm have, each once,
// in alphabetical order.
std::vector<std::string> SharedKids(absl::Span<const PublicKey> keys);

KeyChanges CompareKeys(absl::Span<const PublicKey> before,
                       absl::Span<const PublicKey> after);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_KEY_CHANGES_H_
