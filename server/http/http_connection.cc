#include "server/http/http_connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "boost/asio/post.hpp"
#include "boost/asio/write.hpp"
#include "server/http/request_head.h"

namespace latchkey {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

// Bytes read ahead at most: a header and a little body.
constexpr size_t kReadAhead = 4096;
// Has neither a body nor a length (RFC 9110 §8.6).
constexpr int kNoContent = 204;

std::string PeerOf(const tcp::socket& socket) {
  error_code error;
  const tcp::endpoint endpoint = socket.remote_endpoint(error);
  if (error) return "unknown";
  return EndpointName(endpoint);
}

HttpRequest ToRequest(http::request<http::string_body> message,
                      std::string peer) {
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.path = std::string(PathOf(message));
  request.query = std::string(QueryOf(message));
  request.peer = std::move(peer);
  for (const auto& field : message) {
    request.headers.emplace_back(
        absl::AsciiStrToLower(std::string(field.name_string())),
        std::string(field.value()));
  }
  request.body = std::move(message.body());
  return request;
}

}  // namespace

HttpConnection::HttpConnection(tcp::socket socket,
                               std::shared_ptr<HttpConnectionPool> pool)
    : pool_(std::move(pool)),
      stream_(std::move(socket)),
      buffer_(pool_->config.max_header_bytes + kReadAhead) {
  ++pool_->open;
}

HttpConnection::~HttpConnection() {
  if (pool_->closed.load()) return;
  --pool_->open;
  if (busy_) --pool_->busy;
  if (pool_->on_change) pool_->on_change();
}

void HttpConnection::Start() { WaitForRequest(); }

void HttpConnection::CloseIfIdle() {
  if (idle_) Close();
}

void HttpConnection::CloseNow() { Close(); }

// An idle connection holds no parser and no buffer.
void HttpConnection::WaitForRequest() {
  if (pool_->stopping) return Close();
  idle_ = true;
  if (buffer_.size() > 0) return ReadHeader();  // the next one came already
  buffer_.shrink_to_fit();
  stream_.expires_after(absl::ToChronoMilliseconds(pool_->config.idle_timeout));
  stream_.async_read_some(
      buffer_.prepare(kReadAhead),
      [self = shared_from_this()](error_code error, size_t count) {
        if (error) return self->Close();
        self->buffer_.commit(count);
        self->ReadHeader();
      });
}

void HttpConnection::ReadHeader() {
  idle_ = false;
  parser_ = std::make_unique<Parser>();
  parser_->header_limit(static_cast<uint32_t>(pool_->config.max_header_bytes));
  // Lowered when the path is known.
  parser_->body_limit(pool_->router->MaxBodyLimit());
  header_bytes_ = 0;
  stream_.expires_after(
      absl::ToChronoMilliseconds(pool_->config.header_timeout));
  ParseHeader();
}

// Beast's own async_read_header unfolds lines, so that nobody sees any more
// that they were folded; and it bounds each part of a header, not the sum.
void HttpConnection::ParseHeader() {
  error_code error;
  const auto data = buffer_.cdata();
  const size_t used = parser_->put(data, error);
  const bool folded = HasFoldedLine(
      absl::string_view(static_cast<const char*>(data.data()), used));
  buffer_.consume(used);
  header_bytes_ += used;
  const bool more = error == http::error::need_more;
  const size_t known = header_bytes_ + (more ? buffer_.size() + 1 : 0);
  if (error == http::error::header_limit ||
      known > pool_->config.max_header_bytes) {
    return RefuseTooLarge(431);
  }
  if (error == http::error::body_limit) return RefuseTooLarge(413);
  if (folded || (error && !more)) {
    return RefuseMalformed("This is not HTTP/1.1.\n");
  }
  return more ? ReadMoreHeader() : BeginBody();
}

void HttpConnection::ReadMoreHeader() {
  stream_.async_read_some(
      buffer_.prepare(kReadAhead),
      [self = shared_from_this()](error_code error, size_t count) {
        if (error) return self->Close();
        self->buffer_.commit(count);
        self->ParseHeader();
      });
}

void HttpConnection::BeginBody() {
  const RequestHead& head = parser_->get();
  if (!IsSound(head)) {
    return RefuseMalformed("Host or Transfer-Encoding is not acceptable.\n");
  }
  const size_t limit = pool_->router->BodyLimit(PathOf(head));
  if (parser_->content_length().value_or(0) > limit) {
    return RefuseTooLarge(413);
  }
  parser_->body_limit(limit);
  ReadBody();
}

void HttpConnection::ReadBody() {
  stream_.expires_after(absl::ToChronoMilliseconds(pool_->config.body_timeout));
  if (beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
    // The body is bounded and wanted anyway: say so and read on.
    static constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";
    boost::asio::async_write(
        stream_, boost::asio::buffer(kContinue, sizeof(kContinue) - 1),
        [self = shared_from_this()](error_code error, size_t) {
          if (error) return self->Close();
          self->parser_->get().erase(http::field::expect);
          self->ReadBody();
        });
    return;
  }
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](error_code error, size_t) {
                     if (error == http::error::body_limit) {
                       return self->RefuseTooLarge(413);
                     }
                     if (error == beast::error::timeout) return self->Close();
                     if (error) {
                       return self->RefuseMalformed("The body is malformed.\n");
                     }
                     self->Handle();
                   });
}

void HttpConnection::Handle() {
  stream_.expires_never();  // calls have deadlines of their own
  busy_ = true;
  ++pool_->busy;
  http::request<http::string_body> message = parser_->release();
  parser_.reset();
  response_ = Response();
  response_.version(message.version());
  response_.keep_alive(message.keep_alive() && !pool_->stopping);
  const bool head = message.method() == http::verb::head;
  HttpRequest request = ToRequest(std::move(message), PeerOf(stream_.socket()));
  request.cancelled = [gone = gone_] { return gone->load(); };
  self_ = shared_from_this();
  replied_ = false;
  pool_->router->Handle(std::move(request), [this, head](HttpReply reply) {
    if (head) {
      reply.headers.emplace_back("Content-Length",
                                 absl::StrCat(reply.body.size()));
      reply.body.clear();
    }
    Reply(std::move(reply));
  });
  // Still here: only this thread answers, and only later.
  if (!replied_) WatchClient();
}

void HttpConnection::Reply(HttpReply reply) {
  const std::shared_ptr<HttpConnectionPool> pool = pool_;
  if (pool->io.get_executor().running_in_this_thread()) replied_ = true;
  absl::MutexLock lock(&pool->mu);
  if (pool->closed.load()) {
    const std::shared_ptr<HttpConnection> last = std::move(self_);
    return;
  }
  boost::asio::post(pool->io, [this, reply = std::move(reply)]() mutable {
    const std::shared_ptr<HttpConnection> self = std::move(self_);
    Answer(std::move(reply));
  });
}

void HttpConnection::WatchClient() {
  watching_ = true;
  stream_.socket().async_wait(
      tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
        self->watching_ = false;
        if (error || !self->busy_) return;
        // A look only: bytes are the next request, and stay for its turn.
        char byte = 0;
        const ssize_t count = ::recv(self->stream_.socket().native_handle(),
                                     &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (count == 0 || (count < 0 && errno == ECONNRESET)) {
          self->gone_->store(true);
        }
      });
}

void HttpConnection::Answer(HttpReply reply) {
  error_code ignored;
  if (watching_) stream_.socket().cancel(ignored);
  response_.result(static_cast<unsigned>(reply.status));
  if (!reply.content_type.empty()) {
    response_.set(http::field::content_type, reply.content_type);
  }
  response_.set("X-Content-Type-Options", "nosniff");
  bool sized = reply.status == kNoContent;
  for (const auto& [name, value] : reply.headers) {
    sized = sized || name == "Content-Length";
    response_.set(name, value);
  }
  response_.body() = std::move(reply.body);
  if (!sized) response_.prepare_payload();
  stream_.expires_after(
      absl::ToChronoMilliseconds(pool_->config.write_timeout));
  http::async_write(stream_, response_,
                    [self = shared_from_this()](error_code error, size_t) {
                      if (self->busy_) {
                        self->busy_ = false;
                        --self->pool_->busy;
                        if (self->pool_->on_change) self->pool_->on_change();
                      }
                      if (error || !self->response_.keep_alive()) {
                        return self->Close();
                      }
                      self->response_ = Response();
                      self->WaitForRequest();
                    });
}

void HttpConnection::RefuseTooLarge(int status) {
  const RequestHead& message = parser_->get();
  HttpRequest head;
  head.method = std::string(message.method_string());
  head.path = std::string(PathOf(message));
  const auto origin = message[http::field::origin];
  if (!origin.empty()) head.headers.emplace_back("origin", std::string(origin));
  Refuse(pool_->router->TooLarge(head, status));
}

void HttpConnection::RefuseMalformed(const char* text) {
  HttpReply reply;
  reply.status = 400;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = text;
  Refuse(std::move(reply));
}

void HttpConnection::Refuse(HttpReply reply) {
  response_ = Response();
  response_.version(11);
  response_.keep_alive(false);
  Answer(std::move(reply));
}

void HttpConnection::Close() {
  gone_->store(true);
  error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
  stream_.close();
}

}  // namespace latchkey
