#include "server/grpc/unix_listener.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/time/time.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

// How long to leave a socket alone when descriptors or memory have run out.
constexpr int kPauseMillis = 100;
constexpr int kForEver = -1;

bool AddToEpoll(int epoll, int fd, uint32_t events) {
  struct epoll_event event;
  event.events = events;
  event.data.fd = fd;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

// Errors of one connection that ended before it was accepted.
bool ConcernsOneConnection(int error) {
  return error == ECONNABORTED || error == EINTR || error == EPROTO;
}

}  // namespace

UnixListener::UnixListener(Options options, std::unique_ptr<UnixSocket> socket,
                           Adopt adopt)
    : options_(std::move(options)),
      adopt_(std::move(adopt)),
      socket_(std::move(socket)) {}

absl::StatusOr<std::unique_ptr<UnixListener>> UnixListener::Start(
    Options options, Clock* clock, Adopt adopt) {
  ASSIGN_OR_RETURN(std::unique_ptr<UnixSocket> socket,
                   UnixSocket::Listen(options.path, options.mode));
  std::unique_ptr<UnixListener> result(new UnixListener(
      std::move(options), std::move(socket), std::move(adopt)));
  if (!result->Init()) {
    return Error(Reason::kInternal, "no descriptors for a Unix listener");
  }
  UnixListener* listener = result.get();
  listener->thread_ =
      std::make_unique<BackgroundTask>("lk-unix", clock, [listener] {
        listener->AcceptUntilStopped();
        return absl::InfiniteFuture();
      });
  return result;
}

bool UnixListener::Init() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  stop_event_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll_ < 0 || stop_event_ < 0) return false;
  if (!AddToEpoll(epoll_, stop_event_, EPOLLIN)) return false;
  Listen(true);
  return listening_;
}

UnixListener::~UnixListener() {
  if (thread_ != nullptr) {
    ::eventfd_write(stop_event_, 1);
    thread_.reset();
  }
  for (const int fd : watched_) ::close(fd);
  if (epoll_ >= 0) ::close(epoll_);
  if (stop_event_ >= 0) ::close(stop_event_);
}

void UnixListener::Listen(bool on) {
  if (on == listening_) return;
  if (on) {
    listening_ = AddToEpoll(epoll_, socket_->fd(), EPOLLIN);
  } else {
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, socket_->fd(), nullptr);
    listening_ = false;
  }
}

void UnixListener::AcceptUntilStopped() {
  std::array<struct epoll_event, 64> events;
  while (true) {
    const bool full = watched_.size() >= options_.max_connections;
    const int timeout = listening_ || full ? kForEver : kPauseMillis;
    const int count = ::epoll_wait(epoll_, events.data(),
                                   static_cast<int>(events.size()), timeout);
    bool accept_more = true;
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == stop_event_) return;
      if (fd == socket_->fd()) {
        accept_more = AcceptWaiting();
      } else {
        Forget(fd);
      }
    }
    Listen(accept_more && watched_.size() < options_.max_connections);
  }
}

bool UnixListener::AcceptWaiting() {
  while (watched_.size() < options_.max_connections) {
    const int fd = ::accept4(socket_->fd(), nullptr, nullptr,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
      if (ConcernsOneConnection(errno)) continue;
      Log(LogLevel::kWarning, "accept_paused",
          {{"listener", options_.path}, {"errno", errno}});
      return false;
    }
    const std::optional<uint32_t> uid = AllowedUid(fd);
    if (!uid.has_value() || !Watch(fd)) {
      ::close(fd);
      continue;
    }
    adopt_(fd, *uid);
  }
  Log(LogLevel::kWarning, "connection_limit",
      {{"listener", options_.path}, {"limit", options_.max_connections}});
  return true;
}

std::optional<uint32_t> UnixListener::AllowedUid(int fd) const {
  struct ucred peer;
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return std::nullopt;
  }
  if (!options_.allowed_uids.has_value()) return peer.uid;
  const auto& allowed = *options_.allowed_uids;
  if (std::find(allowed.begin(), allowed.end(), peer.uid) != allowed.end()) {
    return peer.uid;
  }
  Log(LogLevel::kWarning, "peer_refused",
      {{"listener", options_.path}, {"uid", peer.uid}, {"pid", peer.pid}});
  return std::nullopt;
}

// The new owner closes its descriptor without telling, so a duplicate is kept:
// whoever ends the connection shuts the socket down, and that shows as a
// hang-up on the duplicate.
bool UnixListener::Watch(int fd) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return false;
  if (!AddToEpoll(epoll_, copy, 0)) {
    ::close(copy);
    return false;
  }
  watched_.insert(copy);
  return true;
}

void UnixListener::Forget(int watched) {
  if (watched_.erase(watched) != 0) ::close(watched);
}

}  // namespace latchkey
