// How a session's id and roles are kept in columns.
#ifndef LATCHKEY_CORE_STORE_SQLITE_SESSION_ROW_H_
#define LATCHKEY_CORE_STORE_SQLITE_SESSION_ROW_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/store/session_store.h"
#include "core/store/sqlite/query.h"

namespace latchkey {

// BindSessionId binds the 16 bytes of an id of the usual shape, which make the
// index a third smaller; any other id as text.
void BindSessionId(Query* query, const SessionId& id);
SessionId ReadSessionId(Query* query);

// EncodeRoles writes each role as length:bytes, so that any bytes are kept.
std::string EncodeRoles(const std::vector<std::string>& roles);
// DecodeRoles is the inverse; stops where `text` is damaged.
std::vector<std::string> DecodeRoles(absl::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_SQLITE_SESSION_ROW_H_
