// The head of an HTTP request: what counts as sound has one meaning.
#include <cstddef>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/ip/address.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core/error.hpp"
#include "boost/beast/http/empty_body.hpp"
#include "boost/beast/http/parser.hpp"
#include "server/http/request_head.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey {
namespace {

namespace asio = ::boost::asio;
namespace http = ::boost::beast::http;

void CheckFolded(absl::string_view lines) {
  bool folded = false;
  for (const absl::string_view line : absl::StrSplit(lines, '\n')) {
    folded =
        folded || absl::StartsWith(line, " ") || absl::StartsWith(line, "\t");
  }
  FUZZ_CHECK(HasFoldedLine(lines) == folded);
}

void CheckHead(const RequestHead& head) {
  const absl::string_view target(head.target().data(), head.target().size());
  const absl::string_view path = PathOf(head);
  FUZZ_CHECK(absl::StartsWith(target, path));
  FUZZ_CHECK(!absl::StrContains(path, "?"));
  FUZZ_CHECK(path.size() == target.size() || target[path.size()] == '?');
  if (!IsSound(head)) return;
  size_t hosts = 0;
  size_t codings = 0;
  for (const auto& field : head) {
    const absl::string_view name(field.name_string().data(),
                                 field.name_string().size());
    const absl::string_view value(field.value().data(), field.value().size());
    if (absl::EqualsIgnoreCase(name, "host")) ++hosts;
    if (!absl::EqualsIgnoreCase(name, "transfer-encoding")) continue;
    ++codings;
    FUZZ_CHECK(absl::EqualsIgnoreCase(value, "chunked"));
  }
  FUZZ_CHECK(hosts <= 1);
  FUZZ_CHECK(codings <= 1);
  if (head.version() >= 11) FUZZ_CHECK(hosts == 1);
  if (head.version() < 11) FUZZ_CHECK(codings == 0);
}

// As HttpConnection reads: the header alone, within a limit.
void CheckRequest(absl::string_view input) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(16384);
  boost::beast::error_code error;
  const size_t used =
      parser.put(asio::buffer(input.data(), input.size()), error);
  FUZZ_CHECK(used <= input.size());
  if (!parser.is_header_done()) return;
  CheckHead(parser.get());
  // Both at once is request smuggling's favourite (RFC 9112 §6.1).
  const bool both = parser.chunked() && parser.content_length().has_value();
  if (!error) FUZZ_CHECK(!both);
}

void CheckEndpoint(absl::string_view input) {
  if (input.size() < 18) return;
  const auto byte = [&input](size_t i) {
    return static_cast<unsigned char>(input[i]);
  };
  asio::ip::address_v6::bytes_type bytes;
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = byte(i);
  const auto port = static_cast<unsigned short>(byte(16) << 8 | byte(17));
  const asio::ip::tcp::endpoint six(asio::ip::address_v6(bytes), port);
  const std::string name = EndpointName(six);
  FUZZ_CHECK(absl::StartsWith(name, "["));
  FUZZ_CHECK(absl::EndsWith(name, absl::StrCat("]:", port)));
  const size_t end = name.rfind(']');
  boost::system::error_code error;
  FUZZ_CHECK(asio::ip::make_address(name.substr(1, end - 1), error) ==
             six.address());
  FUZZ_CHECK(!error);
}

}  // namespace

void FuzzOne(absl::string_view input) {
  CheckFolded(input);
  CheckRequest(input);
  CheckEndpoint(input);
}

}  // namespace latchkey
