// AttemptKeys name the buckets that a login attempt is taken from.
#ifndef LATCHKEY_CORE_LOGIN_ATTEMPT_KEY_H_
#define LATCHKEY_CORE_LOGIN_ATTEMPT_KEY_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/ids.h"
#include "core/policy/rate_limiter.h"
#include "core/provider/credential.h"

namespace latchkey {

// What transports call every peer on a Unix socket.
inline constexpr absl::string_view kUnixPeer = "unix";

// PeerKey is who `peer` ("1.2.3.4:55", "[::1]:55", "unix") is to a limit: the
// address without its port; an IPv6 address as its /64, which is what one
// customer gets ("2001:db8:0:1::/64"); an IPv4-mapped one as IPv4. What has no
// such shape stays as it is.
std::string PeerKey(absl::string_view peer);

// AttemptKeys: never a secret.
struct AttemptKeys {
  std::string peer_and_name;  // of one peer on one name
  // Of one peer on all names. Empty for a Unix socket: all programs of this
  // machine come from there, none of them with a name that could be told apart,
  // and the socket's mode says who they are.
  std::string peer;
  std::string name;  // of all peers on one name
};

// AttemptKeysOf: the name is the e-mail address or the id of an API key, in its
// app. nullopt for kinds that name nobody before they are verified: there is
// nothing to guess in a signed token. LoginService limits anonymous and
// function logins by peer alone.
std::optional<AttemptKeys> AttemptKeysOf(absl::string_view peer,
                                         const AppId& app,
                                         const Credential& credential);

// Take takes an attempt from `key`'s bucket: OK, or THROTTLED with the time
// until there is one.
absl::Status Take(absl::string_view key, absl::Time now, RateLimiter* limiter);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_LOGIN_ATTEMPT_KEY_H_
