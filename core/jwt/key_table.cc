#include "core/jwt/key_table.h"

#include <algorithm>
#include <utility>

namespace latchkey {

KeyTable::KeyTable(std::vector<PublicKey> keys) : keys_(std::move(keys)) {
  for (size_t i = 0; i < keys_.size(); ++i) {
    by_kid_[keys_[i].kid()].push_back(i);
  }
}

void KeyTable::AddWithKid(absl::string_view kid, Algorithm algorithm,
                          CandidateList* found) const {
  const auto entry = by_kid_.find(kid);
  if (entry == by_kid_.end()) return;
  for (const size_t index : entry->second) {
    if (found->size() == kMaxCandidates) return;
    const PublicKey& key = keys_[index];
    if (key.algorithm() == algorithm) found->push_back(&key);
  }
}

KeyTable::CandidateList KeyTable::Candidates(
    const std::optional<std::string>& kid, Algorithm algorithm) const {
  CandidateList found;
  if (kid.has_value() && !kid->empty()) AddWithKid(*kid, algorithm, &found);
  AddWithKid("", algorithm, &found);
  if (kid.has_value() || !found.empty()) return found;

  for (const PublicKey& key : keys_) {
    if (key.algorithm() != algorithm) continue;
    if (!found.empty()) return {};
    found.push_back(&key);
  }
  return found;
}

bool KeyTable::Contains(absl::string_view kid) const {
  return by_kid_.contains(kid);
}

bool KeyTable::HasAlgorithm(Algorithm algorithm) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [algorithm](const PublicKey& key) {
                       return key.algorithm() == algorithm;
                     });
}

}  // namespace latchkey
