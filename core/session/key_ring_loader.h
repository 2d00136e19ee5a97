// LoadKeyRing opens the ring in the store, making keys on first start.
#ifndef LATCHKEY_CORE_SESSION_KEY_RING_LOADER_H_
#define LATCHKEY_CORE_SESSION_KEY_RING_LOADER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "core/base/clock.h"
#include "core/crypto/algorithm.h"
#include "core/jwt/key_ring.h"
#include "core/store/key_store.h"

namespace latchkey {

// LoadKeyRing: an active access key of `algorithm` and a refresh key (HS256)
// are made when missing; an active key of another algorithm (the setting was
// changed) is retired until `now + keep_retired` and a new one made. Every key
// signs and verifies once (self-test) before it is used: INTERNAL when that
// fails. Two replicas that start at once end with the same keys.
absl::StatusOr<std::unique_ptr<KeyRing>> LoadKeyRing(
    KeyStore* store, Algorithm algorithm, absl::Duration keep_retired,
    Clock* clock);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_SESSION_KEY_RING_LOADER_H_
