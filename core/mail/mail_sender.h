// MailSender hands one mail to a server.
#ifndef LATCHKEY_CORE_MAIL_MAIL_SENDER_H_
#define LATCHKEY_CORE_MAIL_MAIL_SENDER_H_

#include <atomic>
#include <memory>
#include <string>

#include "core/mail/mail_message.h"
#include "core/mail/smtp_options.h"

namespace latchkey {

struct SendResult {
  enum class Outcome {
    kSent,         // the server has it
    kRefused,      // for good (5xx): trying again is no use
    kTryLater,     // the server said so (4xx)
    kUnreachable,  // no server, TLS, answer or login
  };
  Outcome outcome = Outcome::kSent;
  std::string cause;  // for the log: never the server's own words
};

// MailSender: blocks. Used by one thread; *cancelled, which may be set by any,
// makes it give up within a second or two. A mail that the server has accepted
// counts as sent whatever it does afterwards.
class MailSender {
 public:
  virtual ~MailSender() = default;
  virtual SendResult Send(const MailMessage& message,
                          const std::atomic<bool>* cancelled) = 0;
};

// NewSmtpSender speaks SMTP by way of libcurl, on a connection of its own for
// each mail; certificates are verified. `options` is borrowed.
std::unique_ptr<MailSender> NewSmtpSender(const SmtpOptions* options);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_MAIL_MAIL_SENDER_H_
