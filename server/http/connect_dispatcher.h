// ConnectDispatcher serves the method table by the Connect protocol.
#ifndef LATCHKEY_SERVER_HTTP_CONNECT_DISPATCHER_H_
#define LATCHKEY_SERVER_HTTP_CONNECT_DISPATCHER_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/config/listener_config.h"
#include "server/http/http_message.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// ConnectDispatcher: unary calls, JSON and binary
// (https://connectrpc.com/docs/protocol, version 1). Errors have Connect's JSON
// shape with the same details as over gRPC. Thread-safe; never blocks.
class ConnectDispatcher final {
 public:
  struct Deps {  // borrowed
    const MethodTable* methods;
    Dispatcher* dispatcher;
    Clock* clock;
    Random* random;
    bool serve_auth = false;
    bool serve_admin = false;
  };
  ConnectDispatcher(Deps deps, const LimitsConfig& limits);

  // Serves says whether `path` is an RPC of this listener.
  bool Serves(absl::string_view path) const;

  // BodyLimit is what the method's row allows, in bytes; nullopt when `path` is
  // no RPC of this listener.
  std::optional<size_t> BodyLimit(absl::string_view path) const;
  // The largest of them, or 0.
  size_t MaxBodyLimit() const;

  // Handle answers a POST: `reply` is called exactly once, now or later.
  void Handle(HttpRequest request, std::function<void(HttpReply)> reply);

 private:
  class Call;
  const Method* FindServed(absl::string_view path) const;

  const Deps deps_;
  const LimitsConfig limits_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_HTTP_CONNECT_DISPATCHER_H_
