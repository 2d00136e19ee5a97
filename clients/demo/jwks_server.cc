#include "clients/demo/jwks_server.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/ip/address.hpp"
#include "boost/asio/read_until.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/write.hpp"
#include "core/base/reason.h"

namespace latchkey {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr size_t kMaxRequestBytes = 4096;
constexpr size_t kMaxOpen = 32;
constexpr auto kRequestTime = std::chrono::seconds(5);

std::string Reply(absl::string_view status, absl::string_view headers,
                  absl::string_view body) {
  return absl::StrCat("HTTP/1.1 ", status, "\r\n", headers,
                      "Content-Length: ", body.size(),
                      "\r\nConnection: close\r\n\r\n", body);
}

}  // namespace

// Exchange is one connection: it keeps itself alive until it is answered or
// late.
class JwksServer::Exchange final
    : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(tcp::socket socket, JwksServer* server)
      : socket_(std::move(socket)), timer_(*server->io_), server_(server) {
    ++server_->open_;
  }
  ~Exchange() { --server_->open_; }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void Start() {
    timer_.expires_after(kRequestTime);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->Close();
    });
    boost::asio::async_read_until(
        socket_, boost::asio::dynamic_buffer(request_, kMaxRequestBytes),
        "\r\n\r\n", [self = shared_from_this()](error_code error, size_t) {
          error ? self->Close() : self->Write();
        });
  }

 private:
  void Write() {
    reply_ = server_->Answer(request_);
    boost::asio::async_write(
        socket_, boost::asio::buffer(reply_),
        [self = shared_from_this()](error_code, size_t) { self->Close(); });
  }

  void Close() {
    error_code ignored;
    timer_.cancel();
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  tcp::socket socket_;
  boost::asio::steady_timer timer_;
  JwksServer* const server_;
  std::string request_;
  std::string reply_;
};

JwksServer::JwksServer(boost::asio::io_context* io, Document document)
    : io_(io), acceptor_(*io), document_(std::move(document)) {}

absl::Status JwksServer::Listen(absl::string_view address) {
  const std::vector<std::string> parts = absl::StrSplit(address, ':');
  uint32_t port = 0;
  error_code error;
  const auto ip = boost::asio::ip::make_address_v4(parts[0], error);
  if (parts.size() != 2 || error || !absl::SimpleAtoi(parts[1], &port) ||
      port > 65535) {
    return Error(Reason::kInvalidRequest,
                 absl::StrCat(address, ": not like 127.0.0.1:9090"));
  }
  const tcp::endpoint endpoint(ip, static_cast<uint16_t>(port));
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
  if (error) {
    return Error(Reason::kInvalidRequest,
                 absl::StrCat(address, ": ", error.message()));
  }
  Accept();
  return absl::OkStatus();
}

int JwksServer::port() const {
  error_code ignored;
  return acceptor_.local_endpoint(ignored).port();
}

void JwksServer::Accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (error == boost::asio::error::operation_aborted) return;
    if (!error && open_ < kMaxOpen) {
      std::make_shared<Exchange>(std::move(socket), this)->Start();
    }
    Accept();
  });
}

std::string JwksServer::Answer(absl::string_view request) const {
  const std::vector<absl::string_view> words =
      absl::StrSplit(request.substr(0, request.find("\r\n")), ' ');
  if (words.size() != 3) return Reply("400 Bad Request", "", "");
  if (words[0] != "GET") {
    return Reply("405 Method Not Allowed", "Allow: GET\r\n", "");
  }
  if (words[1] != document_.path) return Reply("404 Not Found", "", "");
  return Reply("200 OK",
               "Content-Type: application/json\r\n"
               "Cache-Control: public, max-age=300\r\n",
               document_.body);
}

}  // namespace latchkey
