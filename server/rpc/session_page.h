// Pages of a user's sessions.
#ifndef LATCHKEY_SERVER_RPC_SESSION_PAGE_H_
#define LATCHKEY_SERVER_RPC_SESSION_PAGE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/store/session_store.h"
#include "core/store/user_store.h"
#include "server/rpc/paging.h"

namespace latchkey {

// ReadSessionPage gives the user's sessions of the page, newest first; `next`
// is the token of the page after it, empty for none. A page begins behind a
// position, not behind a session, so it does not matter whether that session
// is still there. INVALID_REQUEST (`page_token`) when `page.after` is no
// position; STORE_UNAVAILABLE.
absl::StatusOr<std::vector<SessionRecord>> ReadSessionPage(
    SessionStore* sessions, const UserRecord& user, const Page& page,
    std::string* next);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_SESSION_PAGE_H_
