// A server on loopback that answers as badly as a test likes.
#ifndef LATCHKEY_CORE_JWKS_HOSTILE_SERVER_H_
#define LATCHKEY_CORE_JWKS_HOSTILE_SERVER_H_

#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace latchkey {

// Connection is the server's end of one connection, after the request was
// read.
class Connection final {
 public:
  Connection(int fd, std::string request)
      : fd_(fd), request_(std::move(request)) {}

  // The header, the empty line, and a body as long as Content-Length says.
  const std::string& request() const { return request_; }
  // Send returns false when the client has gone.
  bool Send(absl::string_view bytes);
  // WaitForClose waits until the client goes away; false when `timeout` came
  // first.
  bool WaitForClose(absl::Duration timeout);

 private:
  const int fd_;
  const std::string request_;
};

// HostileServer serves one connection after the other on its own thread. The
// destructor waits until the current one is over. Thread-safe.
class HostileServer final {
 public:
  using Script = std::function<void(Connection*)>;
  explicit HostileServer(Script script);
  ~HostileServer();
  HostileServer(const HostileServer&) = delete;
  HostileServer& operator=(const HostileServer&) = delete;

  // "http://127.0.0.1:port" + path
  std::string Url(absl::string_view path = "/keys") const;
  int port() const { return port_; }
  // Every request so far, as Connection::request has it.
  std::vector<std::string> requests() const;

 private:
  void Serve();
  void ServeOne(int fd);

  const Script script_;
  int listener_ = -1;
  int port_ = 0;
  mutable absl::Mutex mu_;
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_HOSTILE_SERVER_H_
