// What RFC 9112 demands of a request's head and Beast leaves to its users.
#ifndef LATCHKEY_SERVER_HTTP_REQUEST_HEAD_H_
#define LATCHKEY_SERVER_HTTP_REQUEST_HEAD_H_

#include <string>

#include "absl/strings/string_view.h"
#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/http/fields.hpp"
#include "boost/beast/http/message.hpp"

namespace latchkey {

using RequestHead =
    boost::beast::http::request_header<boost::beast::http::fields>;

// HasFoldedLine finds a line that begins with white space in whole lines as
// received (obs-fold, RFC 9112 §5.2: two readers may see two values).
bool HasFoldedLine(absl::string_view lines);

// IsSound: exactly one Host in HTTP/1.1 (§3.2), no transfer coding but a single
// "chunked", and that in HTTP/1.1 only (§6.1).
bool IsSound(const RequestHead& head);

// PathOf gives the target without its query.
absl::string_view PathOf(const RequestHead& head);

// QueryOf gives what is behind the first "?"; empty when there is none.
absl::string_view QueryOf(const RequestHead& head);

// EndpointName is "127.0.0.1:80" or "[::1]:80".
std::string EndpointName(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_HTTP_REQUEST_HEAD_H_
