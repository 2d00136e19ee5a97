#include "core/jwks/key_changes.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace latchkey {
namespace {

using KeysByKid = std::map<std::string, std::vector<const PublicKey*>>;

KeysByKid GroupByKid(absl::Span<const PublicKey> keys) {
  KeysByKid groups;
  for (const PublicKey& key : keys) groups[key.kid()].push_back(&key);
  return groups;
}

// The order of keys in a document means nothing.
bool SameKeys(const std::vector<const PublicKey*>& a,
              const std::vector<const PublicKey*>& b) {
  return std::is_permutation(
      a.begin(), a.end(), b.begin(), b.end(),
      [](const PublicKey* x, const PublicKey* y) { return *x == *y; });
}

}  // namespace

std::vector<std::string> SharedKids(absl::Span<const PublicKey> keys) {
  std::set<std::pair<std::string, Algorithm>> seen;
  std::set<std::string> shared;
  for (const PublicKey& key : keys) {
    if (!seen.emplace(key.kid(), key.algorithm()).second) {
      shared.insert(key.kid());
    }
  }
  return {shared.begin(), shared.end()};
}

KeyChanges CompareKeys(absl::Span<const PublicKey> before,
                       absl::Span<const PublicKey> after) {
  const KeysByKid old_keys = GroupByKid(before);
  const KeysByKid new_keys = GroupByKid(after);
  KeyChanges changes;
  for (const auto& [kid, keys] : new_keys) {
    const auto old = old_keys.find(kid);
    if (old == old_keys.end()) {
      changes.added.push_back(kid);
    } else if (!SameKeys(old->second, keys)) {
      changes.replaced.push_back(kid);
    }
  }
  for (const auto& [kid, keys] : old_keys) {
    if (new_keys.find(kid) == new_keys.end()) changes.removed.push_back(kid);
  }
  return changes;
}

}  // namespace latchkey
