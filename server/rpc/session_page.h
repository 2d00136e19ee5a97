// Pages of a user's sessions.
#ifndef LATCHKEY_SERVER_RPC_SESSION_PAGE_H_
#define LATCHKEY_SERVER_RPC_SESSION_PAGE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/store/session_store.h"
#include "server/rpc/paging.h"

namespace latchkey {

// TakePage leaves in *sessions those of the page, newest first and by id among
// those of one microsecond. A page begins behind a position, not behind a
// session, so it does not matter whether that session is still there. `next`
// is the token of the page after it, empty for none. INVALID_REQUEST
// (`page_token`) when `page.after` is no position. Pure.
absl::Status TakePage(const Page& page, std::vector<SessionRecord>* sessions,
                      std::string* next);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_SESSION_PAGE_H_
