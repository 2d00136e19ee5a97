// Router sends a request to what answers it.
#ifndef LATCHKEY_SERVER_HTTP_ROUTER_H_
#define LATCHKEY_SERVER_HTTP_ROUTER_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/metrics/metrics.h"
#include "server/http/connect_dispatcher.h"
#include "server/http/http_message.h"
#include "server/http/path_handler.h"
#include "server/http/well_known.h"

namespace latchkey {

// Router: the paths of product.md §6. Thread-safe; never blocks.
class Router final {
 public:
  struct Deps {  // borrowed
    WellKnown* well_known;
    ConnectDispatcher* connect;
    const Metrics* metrics;
    std::function<std::string()> not_ready_because;
    size_t max_body_bytes = 0;  // of whatever is no RPC
    // Asked first.
    std::vector<PathHandler*> handlers = {};
  };
  explicit Router(Deps deps);

  // BodyLimit: the largest body that `path` takes, in bytes.
  size_t BodyLimit(absl::string_view path) const;
  // The largest of all paths.
  size_t MaxBodyLimit() const { return max_body_limit_; }
  // TooLarge refuses a body (413) or a head (431), as callers of the path
  // expect; see PathHandler.
  HttpReply TooLarge(const HttpRequest& head, int status) const;

  // Handle calls `reply` exactly once, now or later, from any thread.
  void Handle(HttpRequest request, std::function<void(HttpReply)> reply);

 private:
  // Null when the path belongs to none of the handlers.
  PathHandler* HandlerOf(absl::string_view path) const;
  HttpReply Get(absl::string_view path) const;

  const Deps deps_;
  const size_t max_body_limit_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_HTTP_ROUTER_H_
