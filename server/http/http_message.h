// Plain requests and replies, so that only the connection knows Beast.
#ifndef LATCHKEY_SERVER_HTTP_HTTP_MESSAGE_H_
#define LATCHKEY_SERVER_HTTP_HTTP_MESSAGE_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace latchkey {

// HttpRequest: header names in lower case, as received otherwise.
struct HttpRequest {
  std::string method;  // "GET"
  std::string path;    // without the query
  std::string query;   // what is behind the first "?"
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string peer;  // "127.0.0.1:40123", "[::1]:40123"
  // True when nobody waits for the reply any more. Thread-safe; may be empty.
  std::function<bool()> cancelled;

  // Header gives the first value of `name` (lower case), or empty.
  absl::string_view Header(absl::string_view name) const;
};

struct HttpReply {
  int status = 200;
  std::string content_type;  // empty: no such header
  // Ours only: nothing from a request is put here as it came. (Part of one in
  // percent encoding, behind a URL of the configuration, is.)
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_HTTP_HTTP_MESSAGE_H_
