// KeyTable finds the keys that may have signed a token.
#ifndef LATCHKEY_CORE_JWT_KEY_TABLE_H_
#define LATCHKEY_CORE_JWT_KEY_TABLE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/crypto/public_key.h"

namespace latchkey {

// KeyTable is an immutable set of verification keys of one issuer. Thread-safe.
// Several keys may share a kid (RFC 7517 §4.5); at most kMaxCandidates of one
// kid are kept.
class KeyTable {
 public:
  static constexpr size_t kMaxCandidates = 4;

  KeyTable() = default;
  explicit KeyTable(std::vector<PublicKey> keys);

  // Find gives the keys with that kid, or, for a token without kid, the table's
  // only key of `algorithm` when there is exactly one. Empty when none fits.
  // The pointers live as long as the table.
  std::vector<const PublicKey*> Candidates(
      const std::optional<std::string>& kid, Algorithm algorithm) const;

  // Contains says whether any key has that kid.
  bool Contains(absl::string_view kid) const;

  absl::Span<const PublicKey> keys() const { return keys_; }
  bool empty() const { return keys_.empty(); }

 private:
  std::vector<PublicKey> keys_;
  absl::flat_hash_map<std::string, std::vector<size_t>> by_kid_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWT_KEY_TABLE_H_
