// AttemptKey names the bucket that a login attempt is taken from.
#ifndef LATCHKEY_CORE_LOGIN_ATTEMPT_KEY_H_
#define LATCHKEY_CORE_LOGIN_ATTEMPT_KEY_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "core/base/ids.h"
#include "core/provider/credential.h"

namespace latchkey {

// PeerHost is `peer` ("ip:port", "[ip]:port", "unix") without the port.
absl::string_view PeerHost(absl::string_view peer);

// AttemptKey: peer address, app and the name that logs in (e-mail address, id
// of an API key); never a secret. nullopt for kinds that name nobody before
// they are verified: there is nothing to guess in a signed token, and a backend
// that logs in many users does so from one address.
std::optional<std::string> AttemptKey(absl::string_view peer, const AppId& app,
                                      const Credential& credential);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_LOGIN_ATTEMPT_KEY_H_
