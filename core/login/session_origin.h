// BeganWithApiKey tells sessions that an API key began from all others.
#ifndef LATCHKEY_CORE_LOGIN_SESSION_ORIGIN_H_
#define LATCHKEY_CORE_LOGIN_SESSION_ORIGIN_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/session/principal.h"
#include "core/store/credential_store.h"

namespace latchkey {

// BeganWithApiKey: whether the subject of the caller's session is a key that
// logs its user in. What such a session may add to the user (a key, an
// identity) would outlive the key, and what it takes away keeps the user out.
// The provider's name is not asked, because a session keeps the one that it
// began with. Blocks on the store; STORE_UNAVAILABLE.
absl::StatusOr<bool> BeganWithApiKey(const Principal& caller,
                                     ApiKeyStore* keys);

// CheckNoApiKey is CALLER_NOT_ALLOWED in such a session.
absl::Status CheckNoApiKey(const Principal& caller, ApiKeyStore* keys);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_LOGIN_SESSION_ORIGIN_H_
