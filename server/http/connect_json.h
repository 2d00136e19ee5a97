// Requests in JSON, read strictly.
#ifndef LATCHKEY_SERVER_HTTP_CONNECT_JSON_H_
#define LATCHKEY_SERVER_HTTP_CONNECT_JSON_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace latchkey {

// ReadConnectJson fills `message` from proto3 JSON (RFC 8259: protobuf's own
// reader takes unquoted names, trailing commas and duplicate members too).
// An empty body is an empty message: easy with curl. INVALID_REQUEST naming the
// field: its path when the message has no such field or has it twice, "body"
// otherwise. Values are never quoted. Thread-safe.
absl::Status ReadConnectJson(const std::string& body, size_t max_bytes,
                             google::protobuf::Message* message);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_HTTP_CONNECT_JSON_H_
