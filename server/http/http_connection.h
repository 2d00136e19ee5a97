// HttpConnection serves one TCP connection, request after request.
#ifndef LATCHKEY_SERVER_HTTP_HTTP_CONNECTION_H_
#define LATCHKEY_SERVER_HTTP_HTTP_CONNECTION_H_

#include <atomic>
#include <functional>
#include <memory>

#include "absl/synchronization/mutex.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http.hpp"
#include "core/config/listener_config.h"
#include "server/http/router.h"

namespace latchkey {

// What all connections of a server share. Used by its one thread only, but for
// `io`, `mu` and `closed`. Replies may come when the server is gone already, so
// the io_context lives here.
struct HttpConnectionPool {
  boost::asio::io_context io{1};
  // Held where a reply is posted: none is posted when `closed` is set.
  absl::Mutex mu;
  // Set under `mu` when the server's thread has ended: replies go nowhere, and
  // connections leave the counters alone.
  std::atomic<bool> closed{false};
  HttpConfig config;
  Router* router = nullptr;
  size_t open = 0;
  size_t busy = 0;  // with a request that is not answered yet
  bool stopping = false;
  std::function<void()> on_change;  // after `open` or `busy` went down
};

// HttpConnection keeps itself alive while it waits for something. Everything
// runs on the thread of its io_context; only the reply of a handler may come
// from another, and is posted over. So it dies on that thread, unless the
// server is gone before the reply. Every wait has a time limit of its own.
class HttpConnection final
    : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(boost::asio::ip::tcp::socket socket,
                 std::shared_ptr<HttpConnectionPool> pool);
  ~HttpConnection();

  void Start();
  // CloseIfIdle ends a connection that waits for a request.
  void CloseIfIdle();
  // CloseNow ends it whatever it does.
  void CloseNow();

 private:
  using Parser =
      boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Response =
      boost::beast::http::response<boost::beast::http::string_body>;

  void WaitForRequest();
  void ReadHeader();
  void ParseHeader();
  void ReadMoreHeader();
  void BeginBody();
  void ReadBody();
  void Handle();
  // From any thread, once for each Handle.
  void Reply(HttpReply reply);
  // Notes in `gone_` when the client closes while a call runs. Bytes of a next
  // request end the watch.
  void WatchClient();
  void Answer(HttpReply reply);
  // For requests that could not be read: answers and closes.
  void Refuse(HttpReply reply);
  void RefuseMalformed(const char* text);
  void RefuseTooLarge(int status);
  void Close();

  // First, so that it outlives the stream.
  const std::shared_ptr<HttpConnectionPool> pool_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::unique_ptr<Parser> parser_;
  size_t header_bytes_ = 0;  // of the present request, parsed already
  Response response_;
  // Itself, from Handle to Reply.
  std::shared_ptr<HttpConnection> self_;
  const std::shared_ptr<std::atomic<bool>> gone_ =
      std::make_shared<std::atomic<bool>>(false);
  bool watching_ = false;
  bool replied_ = false;  // within Handle
  bool idle_ = true;
  bool busy_ = false;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_HTTP_HTTP_CONNECTION_H_
