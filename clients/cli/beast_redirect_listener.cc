#include "clients/cli/redirect_listener.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/address_v4.hpp"
#include "boost/asio/ip/address_v6.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ip/v6_only.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http/empty_body.hpp"
#include "boost/beast/http/message.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/string_body.hpp"
#include "boost/beast/http/write.hpp"
#include "clients/cli/failure.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

// Codes of some issuers are long, and so are cookies of localhost.
constexpr uint32_t kMaxHeaderBytes = 32 * 1024;
// Browsers open connections that they may never use.
constexpr int kMaxOpen = 16;
constexpr auto kRequestTime = std::chrono::seconds(30);
constexpr auto kLook = std::chrono::milliseconds(200);

struct Page {
  http::status status;
  const char* text;
};

constexpr Page kGrantedPage = {
    http::status::ok, "You are back at latchkey. You may close this page."};
constexpr Page kRefusedPage = {
    http::status::ok,
    "The login was refused; the terminal says why. You may close this page."};
constexpr Page kStrangerPage = {http::status::forbidden,
                                "This is not the answer that latchkey waits "
                                "for. Begin again from the terminal."};
constexpr Page kNothingPage = {http::status::not_found, "Nothing is here."};
constexpr Page kMethodPage = {http::status::method_not_allowed,
                              "Only GET works here."};

using Response = http::response<http::string_body>;

Response MakeResponse(const Page& page) {
  Response response(page.status, 11);
  response.set(http::field::content_type, "text/html; charset=utf-8");
  response.set(http::field::cache_control, "no-store");
  response.set("Content-Security-Policy", "default-src 'none'");
  response.set("Referrer-Policy", "no-referrer");
  if (page.status == http::status::method_not_allowed) {
    response.set(http::field::allow, "GET");
  }
  response.keep_alive(false);
  response.body() = absl::StrCat(
      "<!doctype html><html lang=\"en\"><title>latchkey</title><p>", page.text,
      "</p></html>\n");
  response.prepare_payload();
  return response;
}

class BeastListener final : public RedirectListener {
 public:
  absl::Status Open(int port);

  int port() const override { return port_; }
  absl::Status Wait(absl::Time deadline, Clock* clock,
                    const Judge& judge) override;

 private:
  class Exchange;

  absl::Status Bind(tcp::acceptor* acceptor, const tcp::endpoint& endpoint);
  void Accept(tcp::acceptor* acceptor);
  Page Answer(const http::request<http::empty_body>& request);
  bool IsOurHost(absl::string_view host) const;

  // The context is destroyed before what its handlers touch, and after the
  // acceptors.
  const Judge* judge_ = nullptr;
  bool judged_ = false;
  bool done_ = false;
  int open_ = 0;
  int port_ = 0;
  boost::asio::io_context io_{1};
  tcp::acceptor v4_{io_};
  tcp::acceptor v6_{io_};
};

// Exchange is one connection: it keeps itself alive until it is answered or
// late.
class BeastListener::Exchange final
    : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(tcp::socket socket, BeastListener* listener)
      : stream_(std::move(socket)), listener_(listener) {
    parser_.header_limit(kMaxHeaderBytes);
    parser_.body_limit(0);
    ++listener_->open_;
  }
  ~Exchange() { --listener_->open_; }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void Start() {
    stream_.expires_after(kRequestTime);
    http::async_read_header(
        stream_, buffer_, parser_,
        [self = shared_from_this()](error_code error, size_t) {
          if (!error) self->Write();
        });
  }

 private:
  void Write() {
    const bool before = listener_->judged_;
    response_ = MakeResponse(listener_->Answer(parser_.get()));
    const bool last = listener_->judged_ && !before;
    http::async_write(stream_, response_,
                      [self = shared_from_this(), last](error_code, size_t) {
                        error_code ignored;
                        self->stream_.socket().shutdown(
                            tcp::socket::shutdown_send, ignored);
                        // Also when the browser has gone: the answer is here.
                        if (last) self->listener_->done_ = true;
                      });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{kMaxHeaderBytes + 4096};
  http::request_parser<http::empty_body> parser_;
  Response response_;
  BeastListener* const listener_;
};

absl::Status BeastListener::Bind(tcp::acceptor* acceptor,
                                 const tcp::endpoint& endpoint) {
  error_code error;
  acceptor->open(endpoint.protocol(), error);
  if (!error && endpoint.address().is_v6()) {
    acceptor->set_option(boost::asio::ip::v6_only(true), error);
  }
  // The last login's connections may still be in TIME_WAIT.
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(kMaxOpen, error);
  if (!error) return absl::OkStatus();
  if (error == boost::asio::error::address_in_use) {
    return UsageError(absl::StrCat(
        "port ", endpoint.port(),
        " of this machine, where the issuer's answer would come to, is taken: "
        "is another login going on? Give --redirect-port, or --device"));
  }
  return absl::UnavailableError(
      absl::StrCat("cannot listen on this machine: ", error.message()));
}

absl::Status BeastListener::Open(int port) {
  RETURN_IF_ERROR(
      Bind(&v4_, tcp::endpoint(boost::asio::ip::address_v4::loopback(),
                               static_cast<uint16_t>(port))));
  error_code ignored;
  port_ = v4_.local_endpoint(ignored).port();
  Accept(&v4_);
  const absl::Status v6 =
      Bind(&v6_, tcp::endpoint(boost::asio::ip::address_v6::loopback(),
                               static_cast<uint16_t>(port_)));
  // A machine may do without IPv6.
  if (absl::IsInvalidArgument(v6)) return v6;
  if (v6.ok()) Accept(&v6_);
  return absl::OkStatus();
}

void BeastListener::Accept(tcp::acceptor* acceptor) {
  acceptor->async_accept(
      [this, acceptor](error_code error, tcp::socket socket) {
        if (error == boost::asio::error::operation_aborted) return;
        if (!error && open_ < kMaxOpen) {
          std::make_shared<Exchange>(std::move(socket), this)->Start();
        }
        Accept(acceptor);
      });
}

// A page elsewhere must not reach this under a name of its own.
bool BeastListener::IsOurHost(absl::string_view host) const {
  for (const char* name : {"localhost", "127.0.0.1", "[::1]"}) {
    if (host == absl::StrCat(name, ":", port_)) return true;
  }
  return false;
}

Page BeastListener::Answer(const http::request<http::empty_body>& request) {
  const auto host = request[http::field::host];
  if (!IsOurHost({host.data(), host.size()})) return kStrangerPage;
  const absl::string_view target(request.target().data(),
                                 request.target().size());
  const size_t mark = target.find('?');
  if (target.substr(0, mark) != kRedirectPath) return kNothingPage;
  if (request.method() != http::verb::get) return kMethodPage;
  if (judged_ || mark == absl::string_view::npos) return kStrangerPage;
  const RedirectVerdict verdict = (*judge_)(target.substr(mark + 1));
  judged_ = verdict != RedirectVerdict::kStranger;
  if (!judged_) return kStrangerPage;
  return verdict == RedirectVerdict::kGranted ? kGrantedPage : kRefusedPage;
}

absl::Status BeastListener::Wait(absl::Time deadline, Clock* clock,
                                 const Judge& judge) {
  judge_ = &judge;
  judged_ = false;
  done_ = false;
  while (!done_) {
    if (clock->TimeNow() >= deadline) {
      return absl::DeadlineExceededError(
          "nobody logged in at the issuer in time");
    }
    io_.restart();
    io_.run_one_for(kLook);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<RedirectListener>> NewRedirectListener(
    int port) {
  auto listener = std::make_unique<BeastListener>();
  RETURN_IF_ERROR(listener->Open(port));
  return std::unique_ptr<RedirectListener>(std::move(listener));
}

}  // namespace latchkey
