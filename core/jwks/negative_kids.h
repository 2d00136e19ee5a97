// Kids that a fresh answer did not have.
#ifndef LATCHKEY_CORE_JWKS_NEGATIVE_KIDS_H_
#define LATCHKEY_CORE_JWKS_NEGATIVE_KIDS_H_

#include <cstddef>
#include <deque>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace latchkey {

// NegativeKids remembers at most `capacity` kids; the oldest give way. A kid
// is refused for `ttl`, twice as long each further time, kMaxTtl at most: a
// key that is published late is found soon, one that never comes costs ever
// less. Not thread-safe.
class NegativeKids {
 public:
  static constexpr absl::Duration kMaxTtl = absl::Seconds(300);

  NegativeKids(size_t capacity, absl::Duration ttl)
      : capacity_(capacity), ttl_(ttl) {}

  void Add(absl::string_view kid, absl::Time now);
  bool Contains(absl::string_view kid, absl::Time now) const;
  void Clear();
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    absl::Time since;
    absl::Duration ttl;
  };

  const size_t capacity_;
  const absl::Duration ttl_;
  absl::flat_hash_map<std::string, Entry> entries_;
  std::deque<std::string> order_;  // as first added
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_NEGATIVE_KIDS_H_
