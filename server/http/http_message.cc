#include "server/http/http_message.h"

namespace latchkey {

absl::string_view HttpRequest::Header(absl::string_view name) const {
  for (const auto& [header, value] : headers) {
    if (header == name) return value;
  }
  return "";
}

}  // namespace latchkey
