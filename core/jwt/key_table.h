// KeyTable finds the keys that may have signed a token.
#ifndef LATCHKEY_CORE_JWT_KEY_TABLE_H_
#define LATCHKEY_CORE_JWT_KEY_TABLE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/crypto/public_key.h"

namespace latchkey {

// KeyTable is an immutable set of verification keys of one issuer. Thread-safe.
//
// Keys are addressed by (kid, algorithm). Several keys may share both (RFC 7517
// §4.5): each is tried, at most kMaxCandidates. A key with an empty kid is a
// static one, configured without an id: it is tried for every token of its
// algorithm, whatever kid the token names.
class KeyTable {
 public:
  static constexpr size_t kMaxCandidates = 4;
  using CandidateList = absl::InlinedVector<const PublicKey*, kMaxCandidates>;

  KeyTable() = default;
  explicit KeyTable(std::vector<PublicKey> keys);

  // Candidates gives the keys of `algorithm` with that kid, then the static
  // ones. For a token without kid it gives the static ones or, when there are
  // none, the table's only key of `algorithm`; two such keys are no candidates.
  // The pointers live as long as the table.
  CandidateList Candidates(const std::optional<std::string>& kid,
                           Algorithm algorithm) const;

  // Contains says whether any key has that kid.
  bool Contains(absl::string_view kid) const;
  // HasAlgorithm says whether any key has that algorithm.
  bool HasAlgorithm(Algorithm algorithm) const;

  absl::Span<const PublicKey> keys() const { return keys_; }
  bool empty() const { return keys_.empty(); }

 private:
  void AddWithKid(absl::string_view kid, Algorithm algorithm,
                  CandidateList* found) const;

  std::vector<PublicKey> keys_;
  absl::flat_hash_map<std::string, std::vector<size_t>> by_kid_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWT_KEY_TABLE_H_
