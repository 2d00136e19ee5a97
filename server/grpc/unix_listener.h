// UnixListener accepts connections on a Unix socket and checks who they are.
#ifndef LATCHKEY_SERVER_GRPC_UNIX_LISTENER_H_
#define LATCHKEY_SERVER_GRPC_UNIX_LISTENER_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/background_task.h"
#include "core/base/clock.h"
#include "server/grpc/unix_socket.h"

namespace latchkey {

// UnixListener: its thread ("lk-unix") asks the kernel who connected
// (SO_PEERCRED) before anything of the connection is read. Stops in the
// destructor; connections that were handed on live on.
class UnixListener final {
 public:
  struct Options {
    std::string path;
    mode_t mode = 0600;
    // Only these users; unset: everybody who can open the socket.
    std::optional<std::vector<uint32_t>> allowed_uids;
    // Further connections wait until one of these has ended.
    size_t max_connections = 10'000;
  };
  // Takes a connected descriptor that does not block, and whose it is; called
  // by the thread.
  using Adopt = std::function<void(int fd, uint32_t uid)>;

  // Errors as UnixSocket::Listen.
  static absl::StatusOr<std::unique_ptr<UnixListener>> Start(Options options,
                                                             Clock* clock,
                                                             Adopt adopt);
  ~UnixListener();
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

 private:
  UnixListener(Options options, std::unique_ptr<UnixSocket> socket,
               Adopt adopt);
  bool Init();
  void AcceptUntilStopped();
  // Accepts what waits; false: pause for a while.
  bool AcceptWaiting();
  // The user at the other end, when that one may connect.
  std::optional<uint32_t> AllowedUid(int fd) const;
  // Notices when the connection ends.
  bool Watch(int fd);
  void Forget(int watched);
  void Listen(bool on);

  const Options options_;
  const Adopt adopt_;
  std::unique_ptr<UnixSocket> socket_;
  int epoll_ = -1;
  int stop_event_ = -1;
  bool listening_ = false;  // the thread's own, like the next
  std::set<int> watched_;   // duplicates of the connections' descriptors
  std::unique_ptr<BackgroundTask> thread_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_UNIX_LISTENER_H_
