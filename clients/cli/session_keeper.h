// Keeping the session of the session file alive, by as many processes at once
// as there are: one renews it, the others take what it got.
#ifndef LATCHKEY_CLIENTS_CLI_SESSION_KEEPER_H_
#define LATCHKEY_CLIENTS_CLI_SESSION_KEEPER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cli/session_file.h"

namespace latchkey {

class Context;

// How far to go for a session that is over.
enum class Renewal {
  kAtService,     // RefreshSession only
  kAlsoAtIssuer,  // then the issuer's refresh token and a new login, once
};

// FreshSession gives the session with an access token that is not about to end:
// for a minute, or half of its life if that is less. While the service or the
// issuer cannot be reached, a token that still works is good enough.
absl::StatusOr<StoredSession> FreshSession(Renewal how, Context* context);

// RenewSession replaces the access token `stale`, in the file too, unless
// another process has done so. A refusal leaves the file as it is, but for an
// issuer's refresh token that the issuer refused: it is forgotten.
absl::StatusOr<StoredSession> RenewSession(const std::string& stale,
                                           Renewal how, Context* context);

// KeepSession writes a new session to the file.
absl::Status KeepSession(const StoredSession& session, Context* context);

// IsOver: the service says that the session is over, not that it is away.
bool IsOver(const absl::Status& status);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_SESSION_KEEPER_H_
