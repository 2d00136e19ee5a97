#include "core/provider/stand_in.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace latchkey {
namespace {

std::string Decode(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    int byte = 0;
    if (text[i] == '+') {
      out.push_back(' ');
    } else if (text[i] == '%' && i + 2 < text.size() &&
               absl::SimpleHexAtoi(text.substr(i + 1, 2), &byte)) {
      out.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::map<std::string, std::string> ReadForm(absl::string_view text) {
  std::map<std::string, std::string> form;
  for (const absl::string_view pair : absl::StrSplit(text, '&')) {
    if (pair.empty()) continue;
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    const auto added =
        form.try_emplace(Decode(parts.first), Decode(parts.second));
    if (!added.second) {
      absl::StrAppend(&added.first->second, "&", Decode(parts.second));
    }
  }
  return form;
}

StandInRequest ReadRequest(absl::string_view text) {
  StandInRequest request;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits("\r\n\r\n", 1));
  const std::vector<absl::string_view> lines =
      absl::StrSplit(parts.first, "\r\n");
  const std::vector<absl::string_view> first =
      absl::StrSplit(lines.front(), ' ');
  if (first.size() < 2) return request;
  request.method = std::string(first[0]);
  const std::pair<std::string, std::string> target =
      absl::StrSplit(first[1], absl::MaxSplits('?', 1));
  request.path = target.first;
  request.query = ReadForm(target.second);
  for (const absl::string_view line : lines) {
    if (!absl::StartsWithIgnoreCase(line, "content-type:")) continue;
    request.content_type = std::string(
        absl::StripAsciiWhitespace(line.substr(line.find(':') + 1)));
  }
  request.form = ReadForm(parts.second);
  return request;
}

}  // namespace

StandInAnswer OAuthError(int status, absl::string_view code) {
  return {status,
          absl::StrCat(R"({"error":")", code,
                       R"(","error_description":"Not this time."})"),
          ""};
}

StandIn::StandIn(Handler handler)
    : server_([handler = std::move(handler)](Connection* connection) {
        const StandInAnswer answer =
            handler(ReadRequest(connection->request()));
        connection->Send(absl::StrCat(
            "HTTP/1.1 ", answer.status, " Answer\r\nContent-Type: ",
            "application/json\r\nContent-Length: ", answer.body.size(), "\r\n",
            answer.headers, "Connection: close\r\n\r\n", answer.body));
      }) {}

StandInWorld::StandInWorld()
    : fetcher_(NewCurlFetcher()),
      jwks_(JwksCacheOptions(), fetcher_.get(), &base.clock, &base.random) {}

ProviderDeps StandInWorld::deps() {
  ProviderDeps deps = base.deps();
  deps.jwks = &jwks_;
  deps.http = fetcher_.get();
  return deps;
}

absl::StatusOr<ProviderRegistry> StandInWorld::Make(ProviderSettings settings) {
  std::vector<ProviderSettings> all;
  all.push_back(std::move(settings));
  return ProviderRegistry::Create(base.app, all, deps());
}

}  // namespace latchkey
