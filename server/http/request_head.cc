#include "server/http/request_head.h"

#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

namespace http = boost::beast::http;

absl::string_view View(boost::beast::string_view text) {
  return absl::string_view(text.data(), text.size());
}

}  // namespace

bool HasFoldedLine(absl::string_view lines) {
  if (absl::StartsWith(lines, " ") || absl::StartsWith(lines, "\t")) {
    return true;
  }
  return absl::StrContains(lines, "\n ") || absl::StrContains(lines, "\n\t");
}

bool IsSound(const RequestHead& head) {
  const bool http11 = head.version() >= 11;
  const size_t hosts = head.count(http::field::host);
  if (hosts > 1 || (http11 && hosts == 0)) return false;
  const auto codings = head.equal_range(http::field::transfer_encoding);
  if (codings.first == codings.second) return true;
  return http11 && std::next(codings.first) == codings.second &&
         absl::EqualsIgnoreCase(View(codings.first->value()), "chunked");
}

absl::string_view PathOf(const RequestHead& head) {
  const absl::string_view target = View(head.target());
  return target.substr(0, target.find('?'));
}

absl::string_view QueryOf(const RequestHead& head) {
  const absl::string_view target = View(head.target());
  const size_t mark = target.find('?');
  return mark == absl::string_view::npos ? "" : target.substr(mark + 1);
}

std::string EndpointName(const boost::asio::ip::tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return endpoint.address().is_v6()
             ? absl::StrCat("[", host, "]:", endpoint.port())
             : absl::StrCat(host, ":", endpoint.port());
}

}  // namespace latchkey
