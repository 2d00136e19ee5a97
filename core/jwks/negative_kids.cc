#include "core/jwks/negative_kids.h"

#include <algorithm>

namespace latchkey {

void NegativeKids::Add(absl::string_view kid, absl::Time now) {
  if (capacity_ == 0) return;
  if (const auto found = entries_.find(kid); found != entries_.end()) {
    // Many callers that waited for one answer add the same kid at one time.
    if (Contains(kid, now)) return;
    found->second = {now,
                     std::min(found->second.ttl * 2, std::max(kMaxTtl, ttl_))};
    return;
  }
  if (entries_.size() == capacity_) {
    entries_.erase(order_.front());
    order_.pop_front();
  }
  entries_.emplace(std::string(kid), Entry{now, ttl_});
  order_.emplace_back(kid);
}

bool NegativeKids::Contains(absl::string_view kid, absl::Time now) const {
  const auto found = entries_.find(kid);
  // A clock that went back must not refuse for longer than the ttl.
  return found != entries_.end() && now >= found->second.since &&
         now < found->second.since + found->second.ttl;
}

void NegativeKids::Clear() {
  entries_.clear();
  order_.clear();
}

}  // namespace latchkey
