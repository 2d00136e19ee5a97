// UnixSocket is a listening Unix socket with its file.
#ifndef LATCHKEY_SERVER_GRPC_UNIX_SOCKET_H_
#define LATCHKEY_SERVER_GRPC_UNIX_SOCKET_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace latchkey {

// UnixPath gives PATH of "unix:PATH" and "unix:///ABSOLUTE/PATH", else "".
std::string UnixPath(absl::string_view address);

// UnixSocket closes the socket and removes its file (if it is still its own)
// in the destructor. What can be asked of it is immutable, so thread-safe.
class UnixSocket final {
 public:
  // Listen binds `path` with file mode `mode`. Missing folders are made (0700).
  // A file that another process left behind is replaced; INVALID_REQUEST naming
  // the path when somebody listens on it, when it is no socket, or when it
  // cannot be bound. The socket does not block.
  static absl::StatusOr<std::unique_ptr<UnixSocket>> Listen(
      const std::string& path, mode_t mode);
  ~UnixSocket();
  UnixSocket(const UnixSocket&) = delete;
  UnixSocket& operator=(const UnixSocket&) = delete;

  int fd() const { return fd_; }
  const std::string& path() const { return path_; }

 private:
  UnixSocket(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  const int fd_;
  const std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_UNIX_SOCKET_H_
