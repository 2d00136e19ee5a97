// Errors in Connect's shape.
#ifndef LATCHKEY_SERVER_HTTP_CONNECT_ERROR_H_
#define LATCHKEY_SERVER_HTTP_CONNECT_ERROR_H_

#include "absl/status/status.h"
#include "server/http/http_message.h"

namespace latchkey {

// ConnectError is the reply for a status that is not OK:
// {"code","message","details":[{"type","value","debug"}]}, with the HTTP status
// that Connect assigns to the code. Thread-safe.
HttpReply ConnectError(const absl::Status& status);

// ConnectTooLarge is REQUEST_TOO_LARGE with HTTP's own status for it (413, or
// 431 for headers). Thread-safe.
HttpReply ConnectTooLarge(int http_status);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_HTTP_CONNECT_ERROR_H_
