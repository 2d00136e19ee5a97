// HttpServer is the HTTP/1.1 listener (Boost.Beast).
#ifndef LATCHKEY_SERVER_HTTP_HTTP_SERVER_H_
#define LATCHKEY_SERVER_HTTP_HTTP_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/config/listener_config.h"
#include "core/jwt/key_ring.h"
#include "core/metrics/metrics.h"
#include "server/http/path_handler.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// HttpServer serves the published keys and metadata, probes, metrics and the
// Connect protocol on one thread ("lk-http") that never blocks: a slow or
// silent client costs memory for its bounded buffers, and no thread.
// Thread-safe.
class HttpServer final {
 public:
  struct Deps {  // borrowed
    const MethodTable* methods;
    Dispatcher* dispatcher;
    const KeyRing* keys;
    const Metrics* metrics;
    Clock* clock;
    Random* random;
    // Empty when ready, else why not ("key source https://… has no keys").
    std::function<std::string()> not_ready_because;
    // Further APIs.
    std::vector<PathHandler*> handlers = {};
  };
  // Start binds and serves. STORE_UNAVAILABLE never; INVALID_REQUEST naming the
  // address when it cannot be bound.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(
      const HttpConfig& config, const LimitsConfig& limits,
      const std::string& issuer, Deps deps);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // "127.0.0.1:40123", as bound.
  const std::string& address() const;

  // Stop closes the listener, lets running requests end within `timeout`, and
  // closes what is left. Idempotent.
  void Stop(absl::Duration timeout);

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_HTTP_HTTP_SERVER_H_
