// Router sends a request to what answers it.
#ifndef LATCHKEY_SERVER_HTTP_ROUTER_H_
#define LATCHKEY_SERVER_HTTP_ROUTER_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "core/metrics/metrics.h"
#include "server/http/connect_dispatcher.h"
#include "server/http/http_message.h"
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
  };
  explicit Router(Deps deps);

  // Handle calls `reply` exactly once, now or later, from any thread.
  void Handle(HttpRequest request, std::function<void(HttpReply)> reply);

 private:
  HttpReply Get(absl::string_view path) const;

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_HTTP_ROUTER_H_
