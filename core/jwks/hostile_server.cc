#include "core/jwks/hostile_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

// Whether the header is there, and as much of a body as it announces.
bool IsWhole(absl::string_view request) {
  const size_t end = request.find("\r\n\r\n");
  if (end == absl::string_view::npos) return false;
  const std::string lower = absl::AsciiStrToLower(request.substr(0, end));
  const absl::string_view header = lower;
  constexpr absl::string_view kLength = "\r\ncontent-length:";
  const size_t at = header.find(kLength);
  size_t length = 0;
  if (at != absl::string_view::npos) {
    const absl::string_view value = header.substr(at + kLength.size());
    if (!absl::SimpleAtoi(value.substr(0, value.find('\r')), &length)) {
      return true;
    }
  }
  return request.size() - (end + 4) >= length;
}

}  // namespace

bool Connection::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

bool Connection::WaitForClose(absl::Duration timeout) {
  char byte;
  while (true) {
    pollfd watch{fd_, POLLIN, 0};
    if (poll(&watch, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout))) ==
        0) {
      return false;
    }
    if (recv(fd_, &byte, 1, 0) <= 0) return true;
  }
}

HostileServer::HostileServer(Script script) : script_(std::move(script)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, any, size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, any, &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

HostileServer::~HostileServer() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

std::string HostileServer::Url(absl::string_view path) const {
  return absl::StrCat("http://127.0.0.1:", port_, path);
}

std::vector<std::string> HostileServer::requests() const {
  absl::MutexLock lock(&mu_);
  return requests_;
}

void HostileServer::Serve() {
  while (true) {
    const int fd = accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    ServeOne(fd);
    close(fd);
  }
}

void HostileServer::ServeOne(int fd) {
  std::string request;
  char buffer[4096];
  while (!IsWhole(request)) {
    const ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
    if (n <= 0) return;
    request.append(buffer, static_cast<size_t>(n));
  }
  {
    absl::MutexLock lock(&mu_);
    requests_.push_back(request);
  }
  Connection connection(fd, std::move(request));
  script_(&connection);
}

}  // namespace latchkey
