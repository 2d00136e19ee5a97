#include <curl/curl.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/secret.h"
#include "core/jwks/curl_library.h"
#include "core/mail/mail_sender.h"

namespace latchkey {
namespace {

using Outcome = SendResult::Outcome;

// How soon a cancelled transfer notices.
constexpr int kPollMillis = 100;

// Replies that are no fault of the mail: the server closes, or does not let us
// log in (RFC 5321 §3.8, RFC 4954 §6).
bool IsOfServer(long reply) {
  return reply == 421 || reply == 454 || reply == 530 || reply == 534 ||
         reply == 535;
}

// SmtpTransfer hands over one message.
class SmtpTransfer {
 public:
  SmtpTransfer(const SmtpOptions& options, const MailMessage& message)
      : options_(options), left_(message.data.RevealSecret()) {
    curl_.reset(Curl().easy_init());
    recipients_.reset(Curl().slist_append(nullptr, message.to.c_str()));
    if (!usable()) return;
    SetServer();
    SetTls();
    Set(CURLOPT_MAIL_FROM, absl::StrCat("<", message.from, ">").c_str());
    Set(CURLOPT_MAIL_RCPT, recipients_.get());
    Set(CURLOPT_UPLOAD, 1L);
    Set(CURLOPT_READFUNCTION, &SmtpTransfer::OnRead);
    Set(CURLOPT_READDATA, this);
    Set(CURLOPT_NOPROGRESS, 0L);
    Set(CURLOPT_XFERINFOFUNCTION, &SmtpTransfer::OnProgress);
    Set(CURLOPT_XFERINFODATA, this);
    Set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(left_.size()));
  }

  SendResult Run(const std::atomic<bool>* cancelled);

 private:
  bool usable() const { return curl_ != nullptr && recipients_ != nullptr; }
  void SetServer();
  void SetTls();
  CURLcode Perform(CURLM* multi);
  long LastReply() const;
  // The server has said that it has the mail. All of it is read only after the
  // 354 of DATA, and libcurl does not count the answer to QUIT.
  bool Accepted() const { return left_.empty() && LastReply() == 250; }
  SendResult Judge(CURLcode code);

  static size_t OnRead(char* out, size_t size, size_t n, void* self);
  // Not zero: libcurl gives up. It asks once a second where it blocks.
  static int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t,
                        curl_off_t);

  template <typename T>
  void Set(CURLoption option, T value) {
    Curl().easy_setopt(curl_.get(), option, value);
  }

  const SmtpOptions& options_;
  absl::string_view left_;
  const std::atomic<bool>* cancelled_ = nullptr;
  CurlEasyPtr curl_;
  CurlListPtr recipients_;
};

void SmtpTransfer::SetServer() {
  const bool implicit = options_.tls == SmtpTls::kImplicit;
  const bool ipv6 = absl::StrContains(options_.host, ":");
  const std::string host =
      ipv6 ? absl::StrCat("[", options_.host, "]") : options_.host;
  Set(CURLOPT_URL,
      absl::StrCat(implicit ? "smtps://" : "smtp://", host, ":", options_.port)
          .c_str());
  Set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  // A proxy from the environment would see who gets mail.
  Set(CURLOPT_PROXY, "");
  Set(CURLOPT_NOSIGNAL, 1L);
  Set(CURLOPT_QUICK_EXIT, 1L);
  Set(CURLOPT_FORBID_REUSE, 1L);
  Set(CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(absl::ToInt64Milliseconds(options_.connect_timeout)));
  Set(CURLOPT_TIMEOUT_MS,
      static_cast<long>(absl::ToInt64Milliseconds(options_.total_timeout)));
  // The total one does not bound the wait for the answer to QUIT.
  Set(CURLOPT_SERVER_RESPONSE_TIMEOUT,
      static_cast<long>(
          std::max<int64_t>(1, absl::ToInt64Seconds(options_.total_timeout))));
  if (options_.username.empty()) return;
  Set(CURLOPT_USERNAME, options_.username.c_str());
  std::string password(options_.password.RevealSecret());
  Set(CURLOPT_PASSWORD, password.c_str());
  WipeString(&password);
}

void SmtpTransfer::SetTls() {
  // "All": without TLS nothing is said after the greeting.
  Set(CURLOPT_USE_SSL,
      static_cast<long>(options_.tls == SmtpTls::kNone ? CURLUSESSL_NONE
                                                       : CURLUSESSL_ALL));
  Set(CURLOPT_SSL_VERIFYPEER, 1L);
  Set(CURLOPT_SSL_VERIFYHOST, 2L);
  Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (options_.ca_file.empty()) return;
  Set(CURLOPT_CAINFO, options_.ca_file.c_str());
  Set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
}

size_t SmtpTransfer::OnRead(char* out, size_t size, size_t n, void* self) {
  absl::string_view& left = static_cast<SmtpTransfer*>(self)->left_;
  const size_t taken = std::min(size * n, left.size());
  std::memcpy(out, left.data(), taken);
  left.remove_prefix(taken);
  return taken;
}

// What was accepted is not worth more than a second's wait for the goodbye.
int SmtpTransfer::OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t,
                             curl_off_t) {
  const auto* transfer = static_cast<const SmtpTransfer*>(self);
  return transfer->cancelled_->load() || transfer->Accepted() ? 1 : 0;
}

long SmtpTransfer::LastReply() const {
  long reply = 0;
  Curl().easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &reply);
  return reply;
}

CURLcode SmtpTransfer::Perform(CURLM* multi) {
  CURLcode code = CURLE_OK;
  int running = 1;
  while (true) {
    if (cancelled_->load()) return CURLE_ABORTED_BY_CALLBACK;
    if (Curl().multi_perform(multi, &running) != CURLM_OK) {
      return CURLE_FAILED_INIT;
    }
    if (running == 0) break;
    Curl().multi_poll(multi, nullptr, 0, kPollMillis, nullptr);
  }
  int left = 0;
  while (const CURLMsg* message = Curl().multi_info_read(multi, &left)) {
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  }
  return code;
}

SendResult SmtpTransfer::Judge(CURLcode code) {
  // Whatever came after it.
  if (code == CURLE_OK || Accepted()) return {Outcome::kSent, ""};
  const long reply = LastReply();
  const std::string cause =
      absl::StrCat(Curl().easy_strerror(code), reply == 0 ? "" : ", reply ",
                   reply == 0 ? "" : absl::StrCat(reply));
  if (IsOfServer(reply) || code == CURLE_LOGIN_DENIED) {
    return {Outcome::kUnreachable, cause};
  }
  if (reply >= 500) return {Outcome::kRefused, cause};
  if (reply >= 400) return {Outcome::kTryLater, cause};
  return {Outcome::kUnreachable, cause};
}

SendResult SmtpTransfer::Run(const std::atomic<bool>* cancelled) {
  CurlMultiPtr multi(Curl().multi_init());
  if (!usable() || multi == nullptr) {
    return {Outcome::kUnreachable, "no memory for a transfer"};
  }
  cancelled_ = cancelled;
  Curl().multi_add_handle(multi.get(), curl_.get());
  const CURLcode code = Perform(multi.get());
  SendResult result = Judge(code);
  Curl().multi_remove_handle(multi.get(), curl_.get());
  return result;
}

class SmtpSender final : public MailSender {
 public:
  explicit SmtpSender(const SmtpOptions* options) : options_(*options) {}

  SendResult Send(const MailMessage& message,
                  const std::atomic<bool>* cancelled) override {
    const absl::Status loaded = LoadCurl();
    if (!loaded.ok()) {
      return {Outcome::kUnreachable, std::string(loaded.message())};
    }
    return SmtpTransfer(options_, message).Run(cancelled);
  }

 private:
  const SmtpOptions& options_;
};

}  // namespace

std::unique_ptr<MailSender> NewSmtpSender(const SmtpOptions* options) {
  return std::make_unique<SmtpSender>(options);
}

}  // namespace latchkey
