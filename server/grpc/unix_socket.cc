#include "server/grpc/unix_socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

constexpr int kBacklog = 1024;

absl::Status Fail(const std::string& path, absl::string_view what, int error) {
  return Error(
      Reason::kInvalidRequest,
      absl::StrCat("unix:", path, ": ", what, ": ", std::strerror(error)));
}

struct sockaddr_un Address(const std::string& path) {
  struct sockaddr_un address;
  std::memset(&address, 0, sizeof(address));
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

int NewSocket() {
  return ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int Bind(int fd, const std::string& path) {
  const struct sockaddr_un address = Address(path);
  const auto* generic = reinterpret_cast<const struct sockaddr*>(&address);
  return ::bind(fd, generic, sizeof(address)) == 0 ? 0 : errno;
}

// Makes the folders above `path`, open to nobody else.
absl::Status MakeFolders(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
      return Fail(path, absl::StrCat("cannot make ", folder), errno);
    }
  }
  return absl::OkStatus();
}

// Removes the file of a socket that nobody listens on.
absl::Status RemoveStale(const std::string& path) {
  struct stat file;
  if (::lstat(path.c_str(), &file) != 0) return Fail(path, "lstat", errno);
  if (!S_ISSOCK(file.st_mode)) {
    return Fail(path, "a file that is no socket is in the way", EADDRINUSE);
  }
  const int probe = NewSocket();
  if (probe < 0) return Fail(path, "socket", errno);
  const struct sockaddr_un address = Address(path);
  const auto* generic = reinterpret_cast<const struct sockaddr*>(&address);
  const int error = ::connect(probe, generic, sizeof(address)) == 0 ? 0 : errno;
  ::close(probe);
  if (error != ECONNREFUSED) {
    return Fail(path, "another process listens on it", EADDRINUSE);
  }
  if (::unlink(path.c_str()) != 0) return Fail(path, "unlink", errno);
  return absl::OkStatus();
}

absl::Status BindOrReplace(int fd, const std::string& path) {
  int error = Bind(fd, path);
  if (error == EADDRINUSE) {
    RETURN_IF_ERROR(RemoveStale(path));
    error = Bind(fd, path);
  }
  return error == 0 ? absl::OkStatus() : Fail(path, "bind", error);
}

}  // namespace

std::string UnixPath(absl::string_view address) {
  if (!absl::ConsumePrefix(&address, "unix:")) return "";
  if (absl::StartsWith(address, "///")) address.remove_prefix(2);
  return std::string(address);
}

absl::StatusOr<std::unique_ptr<UnixSocket>> UnixSocket::Listen(
    const std::string& path, mode_t mode) {
  struct sockaddr_un address;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return Fail(path, "path must have 1 to 107 bytes", ENAMETOOLONG);
  }
  RETURN_IF_ERROR(MakeFolders(path));
  const int fd = NewSocket();
  if (fd < 0) return Fail(path, "socket", errno);
  std::unique_ptr<UnixSocket> result(new UnixSocket(fd, path));
  RETURN_IF_ERROR(BindOrReplace(fd, path));
  struct stat file;
  if (::lstat(path.c_str(), &file) != 0) return Fail(path, "lstat", errno);
  result->device_ = file.st_dev;
  result->inode_ = file.st_ino;
  // Nobody can connect before listen(), whatever the umask was.
  if (::chmod(path.c_str(), mode) != 0) return Fail(path, "chmod", errno);
  if (::listen(fd, kBacklog) != 0) return Fail(path, "listen", errno);
  return result;
}

UnixSocket::~UnixSocket() {
  ::close(fd_);
  struct stat file;
  if (inode_ != 0 && ::lstat(path_.c_str(), &file) == 0 &&
      file.st_dev == device_ && file.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
}

}  // namespace latchkey
