// PathHandler answers everything below one path.
#ifndef LATCHKEY_SERVER_HTTP_PATH_HANDLER_H_
#define LATCHKEY_SERVER_HTTP_PATH_HANDLER_H_

#include <functional>

#include "absl/strings/string_view.h"
#include "server/http/http_message.h"

namespace latchkey {

// PathHandler: an API of its own on the HTTP listener. Thread-safe; never
// blocks.
class PathHandler {
 public:
  virtual ~PathHandler() = default;
  // Serves: all methods of these paths come here.
  virtual bool Serves(absl::string_view path) const = 0;
  // TooLarge refuses a body (413) or a head (431). Of `head` there are method,
  // path, and the header `origin` where it was read.
  virtual HttpReply TooLarge(const HttpRequest& head, int status) const = 0;
  // Handle calls `reply` exactly once, now or later, from any thread.
  virtual void Handle(HttpRequest request,
                      std::function<void(HttpReply)> reply) = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_HTTP_PATH_HANDLER_H_
