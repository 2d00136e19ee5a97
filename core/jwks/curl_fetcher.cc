#include <curl/curl.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/jwks/address_rules.h"
#include "core/jwks/curl_library.h"
#include "core/jwks/http_fetcher.h"
#include "core/jwks/url_rules.h"

namespace latchkey {
namespace {

// How soon a cancelled transfer notices.
constexpr int kPollMillis = 100;

absl::Status Unavailable(absl::string_view cause) {
  return Error(Reason::kIssuerUnavailable, cause);
}

// Transfer is one request and one response, without redirects. libcurl calls
// back into it; a refusal is kept in refusal_, since libcurl's own code for it
// says only that a callback said no.
class Transfer {
 public:
  Transfer(const HttpUrl& url, const FetchOptions& options)
      : url_(url), options_(options) {}

  absl::StatusOr<HttpResponse> Run(const std::string& url);

  // After Run: the absolute URL that the answer redirects to; may be empty.
  const std::string& redirect_url() const { return redirect_url_; }
  absl::Duration elapsed() const { return elapsed_; }

 private:
  absl::Status SetHeaders();
  void SetLimits();
  void SetTls();
  void SetCallbacks();
  absl::StatusOr<CURLcode> Perform();
  absl::StatusOr<HttpResponse> Finish(CURLcode code);

  bool AddressAllowed(const sockaddr& address) const;
  bool TakeHeader(absl::string_view line);
  bool TakeBody(absl::string_view bytes);
  bool Refuse(absl::string_view cause) {
    if (refusal_.empty()) refusal_ = std::string(cause);
    return false;
  }

  static size_t OnHeader(char* data, size_t size, size_t n, void* self);
  static size_t OnBody(char* data, size_t size, size_t n, void* self);
  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose,
                                    curl_sockaddr* address);

  template <typename T>
  void Set(CURLoption option, T value) {
    Curl().easy_setopt(curl_.get(), option, value);
  }

  const HttpUrl& url_;
  const FetchOptions& options_;
  CurlListPtr headers_;
  CurlEasyPtr curl_;
  HttpResponse response_;
  size_t header_bytes_ = 0;
  std::string refusal_;
  std::string redirect_url_;
  absl::Duration elapsed_ = absl::ZeroDuration();
};

absl::Status Transfer::SetHeaders() {
  // Said first, so that a bomb in any coding is the server's own fault.
  CurlListPtr list(Curl().slist_append(nullptr, "Accept-Encoding: identity"));
  if (options_.post_body != nullptr) {
    list.reset(Curl().slist_append(list.release(), "Expect:"));
  }
  for (const auto& [name, value] : options_.headers) {
    const std::string line = absl::StrCat(name, ": ", value);
    if (line.find_first_of("\r\n\0", 0, 3) != std::string::npos) {
      return Unavailable("a request header has a line break");
    }
    list.reset(Curl().slist_append(list.release(), line.c_str()));
  }
  headers_ = std::move(list);
  Set(CURLOPT_HTTPHEADER, headers_.get());
  if (options_.post_body != nullptr) {
    Set(CURLOPT_POSTFIELDSIZE_LARGE,
        static_cast<curl_off_t>(options_.post_body->size()));
    Set(CURLOPT_POSTFIELDS, options_.post_body->data());
  }
  return absl::OkStatus();
}

void Transfer::SetLimits() {
  Set(CURLOPT_PROTOCOLS_STR, url_.scheme.c_str());
  Set(CURLOPT_FOLLOWLOCATION, 0L);
  Set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  // A proxy from the environment would connect in our place, past the address
  // check.
  Set(CURLOPT_PROXY, "");
  Set(CURLOPT_NOSIGNAL, 1L);
  // Does not wait for a resolver thread that is stuck.
  Set(CURLOPT_QUICK_EXIT, 1L);
  Set(CURLOPT_FORBID_REUSE, 1L);
  Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  Set(CURLOPT_HTTP_CONTENT_DECODING, 0L);
  Set(CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(absl::ToInt64Milliseconds(options_.connect_timeout)));
  Set(CURLOPT_TIMEOUT_MS,
      static_cast<long>(absl::ToInt64Milliseconds(options_.total_timeout)));
  Set(CURLOPT_USERAGENT, "latchkey");
}

void Transfer::SetTls() {
  Set(CURLOPT_SSL_VERIFYPEER, 1L);
  Set(CURLOPT_SSL_VERIFYHOST, 2L);
  Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (options_.ca_pem.empty()) return;
  // The folder of the system's authorities would be trusted besides.
  Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  curl_blob authorities;
  authorities.data = const_cast<char*>(options_.ca_pem.data());
  authorities.len = options_.ca_pem.size();
  authorities.flags = CURL_BLOB_NOCOPY;  // options_ outlives the transfer
  Set(CURLOPT_CAINFO_BLOB, &authorities);
}

void Transfer::SetCallbacks() {
  Set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
  Set(CURLOPT_HEADERDATA, this);
  Set(CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
  Set(CURLOPT_WRITEDATA, this);
  Set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::OnOpenSocket);
  Set(CURLOPT_OPENSOCKETDATA, this);
}

size_t Transfer::OnHeader(char* data, size_t size, size_t n, void* self) {
  const absl::string_view line(data, size * n);
  return static_cast<Transfer*>(self)->TakeHeader(line) ? line.size() : 0;
}

size_t Transfer::OnBody(char* data, size_t size, size_t n, void* self) {
  const absl::string_view bytes(data, size * n);
  return static_cast<Transfer*>(self)->TakeBody(bytes) ? bytes.size() : 0;
}

// The address checked is the address used: the name is not resolved again.
curl_socket_t Transfer::OnOpenSocket(void* self, curlsocktype /*purpose*/,
                                     curl_sockaddr* address) {
  auto* transfer = static_cast<Transfer*>(self);
  if (!transfer->AddressAllowed(address->addr)) {
    transfer->Refuse("the host's address is not allowed");
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC,
                address->protocol);
}

bool Transfer::AddressAllowed(const sockaddr& address) const {
  switch (ClassifyAddress(address)) {
    case AddressKind::kPublic:
      return url_.scheme == "https";
    case AddressKind::kLoopback:
      // A public name that resolves to loopback is somebody's trick.
      return url_.is_loopback_host();
    case AddressKind::kPrivate:
      return url_.scheme == "https" && options_.allow_private_addresses;
    case AddressKind::kUnusable:
      return false;
  }
  return false;
}

bool Transfer::TakeHeader(absl::string_view line) {
  header_bytes_ += line.size();  // 1xx answers count too
  if (header_bytes_ > options_.max_header_bytes) {
    return Refuse("the answer's header is too large");
  }
  if (absl::StartsWith(line, "HTTP/")) response_.headers.clear();
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return true;
  const std::string name = absl::AsciiStrToLower(line.substr(0, colon));
  const absl::string_view value =
      absl::StripAsciiWhitespace(line.substr(colon + 1));
  if (name == "content-encoding" &&
      !absl::EqualsIgnoreCase(value, "identity")) {
    return Refuse("the answer has a content encoding");
  }
  if (name == "transfer-encoding" &&
      !absl::EqualsIgnoreCase(value, "chunked")) {
    return Refuse("the answer has a transfer encoding other than chunked");
  }
  response_.headers[name] = std::string(value);
  return true;
}

bool Transfer::TakeBody(absl::string_view bytes) {
  if (bytes.size() > options_.max_body_bytes - response_.body.size()) {
    return Refuse("the answer's body is too large");
  }
  response_.body.append(bytes.data(), bytes.size());
  return true;
}

// curl_easy_perform would look at our flag once a second only.
absl::StatusOr<CURLcode> Transfer::Perform() {
  CurlMultiPtr multi(Curl().multi_init());
  if (multi == nullptr) return Unavailable("no memory for a transfer");
  Curl().multi_add_handle(multi.get(), curl_.get());
  CURLcode code = CURLE_OK;
  int running = 1;
  while (true) {
    if (options_.cancelled != nullptr && options_.cancelled->load()) {
      code = CURLE_ABORTED_BY_CALLBACK;
      break;
    }
    if (Curl().multi_perform(multi.get(), &running) != CURLM_OK) {
      code = CURLE_FAILED_INIT;
      break;
    }
    if (running == 0) break;
    Curl().multi_poll(multi.get(), nullptr, 0, kPollMillis, nullptr);
  }
  int left = 0;
  while (const CURLMsg* message = Curl().multi_info_read(multi.get(), &left)) {
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  }
  Curl().multi_remove_handle(multi.get(), curl_.get());
  return code;
}

absl::StatusOr<HttpResponse> Transfer::Finish(CURLcode code) {
  // A refused address may be one of several; only a failure counts.
  if (code != CURLE_OK) {
    return Unavailable(refusal_.empty() ? Curl().easy_strerror(code)
                                        : refusal_);
  }
  long status = 0;
  Curl().easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  char* redirect = nullptr;
  Curl().easy_getinfo(curl_.get(), CURLINFO_REDIRECT_URL, &redirect);
  if (redirect != nullptr) redirect_url_ = redirect;
  curl_off_t micros = 0;
  Curl().easy_getinfo(curl_.get(), CURLINFO_TOTAL_TIME_T, &micros);
  elapsed_ = absl::Microseconds(micros);
  return std::move(response_);
}

absl::StatusOr<HttpResponse> Transfer::Run(const std::string& url) {
  curl_.reset(Curl().easy_init());
  if (curl_ == nullptr) return Unavailable("no memory for a transfer");
  Set(CURLOPT_URL, url.c_str());
  SetLimits();
  SetTls();
  SetCallbacks();
  RETURN_IF_ERROR(SetHeaders());
  ASSIGN_OR_RETURN(const CURLcode code, Perform());
  return Finish(code);
}

class CurlFetcher final : public HttpFetcher {
 public:
  absl::StatusOr<HttpResponse> Fetch(const std::string& url,
                                     const FetchOptions& options) override;
};

// MayFollow: to the same origin, and never with a body to be sent again.
bool MayFollow(const HttpUrl& from, const std::string& to,
               const FetchOptions& options) {
  if (to.empty() || options.post_body != nullptr) return false;
  const absl::StatusOr<HttpUrl> target = ParseHttpUrl(to);
  return target.ok() && target->origin() == from.origin();
}

absl::StatusOr<HttpResponse> CurlFetcher::Fetch(const std::string& url,
                                                const FetchOptions& options) {
  RETURN_IF_ERROR(LoadCurl());
  FetchOptions left = options;
  std::string current = url;
  for (int redirects = 0;; ++redirects) {
    if (absl::Status allowed =
            CheckFetchUrl(current, options.allow_loopback_http);
        !allowed.ok()) {
      return Unavailable(allowed.message());
    }
    ASSIGN_OR_RETURN(const HttpUrl parsed, ParseHttpUrl(current));
    Transfer transfer(parsed, left);
    ASSIGN_OR_RETURN(HttpResponse response, transfer.Run(current));
    left.total_timeout -= transfer.elapsed();
    const std::string& next = transfer.redirect_url();
    if (redirects >= options.max_redirects ||
        !MayFollow(parsed, next, options)) {
      return response;
    }
    // libcurl takes a timeout of zero for none at all.
    if (left.total_timeout < absl::Milliseconds(1)) {
      return Unavailable("no time left after redirects");
    }
    current = next;
  }
}

}  // namespace

std::unique_ptr<HttpFetcher> NewCurlFetcher() {
  return std::make_unique<CurlFetcher>();
}

}  // namespace latchkey
