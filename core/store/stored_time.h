// How stores keep times: microseconds since 1970, infinities included.
#ifndef LATCHKEY_CORE_STORE_STORED_TIME_H_
#define LATCHKEY_CORE_STORE_STORED_TIME_H_

#include <cstdint>
#include <limits>

#include "absl/time/time.h"

namespace latchkey {

// ToStoredMicros rounds down to the microsecond; the infinities are the ends of
// int64_t.
inline int64_t ToStoredMicros(absl::Time time) {
  return absl::ToUnixMicros(time);
}

// FromStoredMicros is the inverse.
inline absl::Time FromStoredMicros(int64_t micros) {
  if (micros == std::numeric_limits<int64_t>::max()) {
    return absl::InfiniteFuture();
  }
  if (micros == std::numeric_limits<int64_t>::min()) {
    return absl::InfinitePast();
  }
  return absl::FromUnixMicros(micros);
}

// AsStored is `time` as a store gives it back.
inline absl::Time AsStored(absl::Time time) {
  return FromStoredMicros(ToStoredMicros(time));
}

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_STORED_TIME_H_
