// A tiny HTTP server for one document, for trying latchkey out.
#ifndef LATCHKEY_CLIENTS_DEMO_JWKS_SERVER_H_
#define LATCHKEY_CLIENTS_DEMO_JWKS_SERVER_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"

namespace latchkey {

// JwksServer answers GET of one path, a request for each connection. It runs on
// the thread of the io_context and is used on that thread only; it outlives the
// run. A request has 4 KiB and 5 seconds; 32 connections at once.
class JwksServer final {
 public:
  struct Document {
    std::string path;  // "/oauth2/default/v1/keys"
    std::string body;
  };

  JwksServer(boost::asio::io_context* io, Document document);

  // Listen binds "127.0.0.1:9090". INVALID_REQUEST naming the address.
  absl::Status Listen(absl::string_view address);

  int port() const;

 private:
  class Exchange;

  void Accept();
  std::string Answer(absl::string_view request) const;

  boost::asio::io_context* const io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  const Document document_;
  size_t open_ = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_DEMO_JWKS_SERVER_H_
