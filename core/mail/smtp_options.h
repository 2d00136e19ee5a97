// SmtpOptions says which server takes our mail, and how much of it.
#ifndef LATCHKEY_CORE_MAIL_SMTP_OPTIONS_H_
#define LATCHKEY_CORE_MAIL_SMTP_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "core/base/secret.h"

namespace latchkey {

enum class SmtpTls {
  kStartTls,  // RFC 3207; a server without it is refused
  kImplicit,  // RFC 8314
  kNone,      // plaintext, for a server on loopback
};

// SmtpOptions: move-only because of the password.
struct SmtpOptions {
  std::string host;
  uint16_t port = 587;
  SmtpTls tls = SmtpTls::kStartTls;
  std::string ca_file;   // PEM, trusted instead of the system's; may be empty
  std::string username;  // empty: no authentication
  Secret password;
  std::string from;  // address of the sender
  absl::Duration connect_timeout = absl::Seconds(5);
  absl::Duration total_timeout = absl::Seconds(30);
};

struct MailQueueOptions {
  std::string from;      // as in SmtpOptions
  size_t length = 1000;  // mails waiting; more are dropped
  int max_retries = 8;   // after the first try
  // Time before the first retry; doubles with each, up to max_retry_delay.
  absl::Duration retry_delay = absl::Seconds(5);
  absl::Duration max_retry_delay = absl::Minutes(5);
  // Mails of one app; more are dropped. 0: no limit.
  uint32_t app_mails_per_hour = 1000;
};

// Requests for mails to one address, whether or not it is known.
struct MailLimits {
  absl::Duration resend_interval = absl::Minutes(1);  // between two
  uint32_t per_hour = 10;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_MAIL_SMTP_OPTIONS_H_
